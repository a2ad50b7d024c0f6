/// What Prometheus calls a metric: a name, what it means, and its values now. A family without values is not shown: what is not
/// known is no zero.
package struct MetricFamily: Sendable, Equatable {
    /// How a value may move.
    package enum Kind: String, Sendable {
        /// Only up, from 0 when the process began.
        case counter
        case gauge
        case histogram
    }

    /// One value, with what tells it from the family's others.
    package struct Sample: Sendable, Equatable {
        /// Behind the family's name; empty but in a histogram.
        let suffix: String
        let labels: [Label]
        let value: Double
    }

    /// A label's name and value.
    package struct Label: Sendable, Equatable {
        let name: String
        let value: String

        /// - Parameters:
        ///   - name: of letters, digits and underscores.
        ///   - value: any text; one of few, except in a family that has one sample alone.
        package init(_ name: String, _ value: String) {
            precondition(MetricFamily.isName(name) && !name.hasPrefix("__"), "a label named '\(name)'")
            self.name = name
            self.value = value
        }
    }

    /// With its prefix, unit and, of a counter, `_total`.
    package let name: String
    let help: String
    let kind: Kind
    /// In the order in which they are shown.
    package let samples: [Sample]

    private init(_ name: String, _ help: String, _ kind: Kind, _ samples: [Sample]) {
        precondition(Self.isName(name), "a metric named '\(name)'")
        precondition((kind == .counter) == name.hasSuffix("_total"), "'\(name)' as a \(kind.rawValue)")
        self.name = name
        self.help = help
        self.kind = kind
        self.samples = samples
    }

    /// Letters, digits and underscores, no digit first. Colons are for the rules of whoever asks.
    private static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else {
            return false
        }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
    }

    // MARK: Kinds

    /// A value that goes up and down; nil while it is not known.
    package static func gauge(_ name: String, _ help: String, _ value: Double?) -> MetricFamily {
        MetricFamily(name, help, .gauge, value.map { [Sample(suffix: "", labels: [], value: $0)] } ?? [])
    }

    /// 1 or 0.
    package static func gauge(_ name: String, _ help: String, _ isSo: Bool) -> MetricFamily {
        gauge(name, help, isSo ? 1 : 0)
    }

    /// A value for each of a few names.
    package static func gauge(
        _ name: String, _ help: String, by label: String, _ values: [(name: String, value: Double)]
    ) -> MetricFamily {
        MetricFamily(name, help, .gauge, samples(label, values))
    }

    /// Facts as labels of a value that is always 1.
    package static func facts(_ name: String, _ help: String, _ labels: [Label]) -> MetricFamily {
        MetricFamily(name, help, .gauge, [Sample(suffix: "", labels: labels, value: 1)])
    }

    /// What happened since the process began.
    package static func counter(_ name: String, _ help: String, _ value: Double) -> MetricFamily {
        MetricFamily(name, help, .counter, [Sample(suffix: "", labels: [], value: value)])
    }

    /// What happened since the process began, for each of a few names.
    package static func counter(
        _ name: String, _ help: String, by label: String, _ values: [(name: String, value: Double)]
    ) -> MetricFamily {
        MetricFamily(name, help, .counter, samples(label, values))
    }

    /// How often what was observed came to at most so much, by bucket.
    package static func histogram(_ name: String, _ help: String, _ observed: MetricHistogram) -> MetricFamily {
        let buckets = observed.cumulative.map { bound, count in
            Sample(suffix: "_bucket", labels: [Label("le", PrometheusText.number(bound))], value: Double(count))
        }
        let ends = [
            Sample(suffix: "_sum", labels: [], value: observed.sum),
            Sample(suffix: "_count", labels: [], value: Double(observed.count)),
        ]
        return MetricFamily(name, help, .histogram, buckets + ends)
    }

    private static func samples(_ label: String, _ values: [(name: String, value: Double)]) -> [Sample] {
        values.map { Sample(suffix: "", labels: [Label(label, $0.name)], value: $0.value) }
    }
}
