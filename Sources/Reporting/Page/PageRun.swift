package import Formats

/// What a page shows of one run. It is read elsewhere: these are values alone.
package struct PageRun: Sendable {
    /// Of a setting: where its value came from stands beside it.
    package struct Setting: Sendable, Equatable {
        package let key: String
        package let value: String
        /// Empty where it is not known.
        package let origin: String

        /// As a run's folder tells it.
        package init(key: String, value: String, origin: String) {
            self.key = key
            self.value = value
            self.origin = origin
        }
    }

    /// A warning or an error of the run's log.
    package struct Warning: Sendable, Equatable {
        /// RFC 3339 in UTC, or whatever stands there.
        package let time: String
        package let level: String
        package let message: String

        /// As a line of `events.jsonl` tells it.
        package init(time: String, level: String, message: String) {
            self.time = time
            self.level = level
            self.message = message
        }
    }

    /// A name with what it stands for: a fact with its value, a purpose with its command.
    package struct Fact: Sendable, Equatable {
        package let name: String
        package let value: String

        /// In words for people.
        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The cells of an epoch, one picture (SVG) a kind.
    package struct Picture: Sendable, Equatable {
        /// As the epoch's line has it; a page finds the picture by it.
        package let genotype: String
        /// By the kind's name.
        package let svg: [Fact]

        /// What `CellPicture` drew.
        package init(genotype: String, svg: [Fact]) {
            self.genotype = genotype
            self.svg = svg
        }
    }

    /// As people call it: its folder, mostly.
    package var name: String
    /// 32 hexadecimal digits.
    package var identity = ""
    /// Whether it trains a fixed cell.
    package var isRetraining = false
    /// `status.json`'s document; null where there is none.
    package var status = JSONValue.null
    package var steps = PageSteps()
    /// Ascending.
    package var epochs: [PageEpoch] = []
    /// The cell that it ended with; nil where it has not.
    package var genotype: String?
    package var pictures: [Picture] = []
    package var settings: [Setting] = []
    /// Versions, machines, data, results.
    package var facts: [Fact] = []
    /// What to type to have it again, and to go on with it.
    package var commands: [Fact] = []
    /// The newest ones, in their order.
    package var warnings: [Warning] = []
    /// Warnings that were left out.
    package var earlierWarnings = 0
    /// What could not be shown, a sentence each.
    package var remarks: [String] = []
    /// Of `metrics.jsonl`, whole lines that were read: a page that goes on reads from there.
    package var metricsBytes = 0

    /// Without anything but its name.
    package init(name: String) { self.name = name }

    var json: JSONValue {
        func facts(_ facts: [Fact]) -> JSONValue {
            .array(facts.map { .array([.string($0.name), .string($0.value)]) })
        }
        return .object([
            "name": .string(name), "identity": .string(identity), "retraining": .bool(isRetraining),
            "status": status, "steps_per_epoch": steps.perEpoch.map { .number($0) } ?? .null, "steps": steps.json,
            "epochs": .array(epochs.map(\.json)), "operations": epochs.lazy.compactMap(\.operations).last ?? .null,
            "genotype": genotype.map { .string($0) } ?? .null,
            "pictures": .object(
                pictures.map { picture in
                    .init(picture.genotype, .object(picture.svg.map { .init($0.name, .string($0.value)) }))
                }),
            "settings": .array(
                settings.map { .array([.string($0.key), .string($0.value), .string($0.origin)]) }),
            "facts": facts(self.facts), "commands": facts(commands),
            "warnings": .array(
                warnings.map { .array([.string($0.time), .string($0.level), .string($0.message)]) }),
            "earlier_warnings": .integer(earlierWarnings), "remarks": .array(remarks.map { .string($0) }),
            "metrics_bytes": .integer(metricsBytes),
        ])
    }
}
