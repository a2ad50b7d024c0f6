import Formats
package import SearchSpace

/// What `snas measure latency` writes and `--latency_table` reads: every number with its spread, and on what it was measured.
package struct LatencyFile: Sendable, Equatable {
    /// On what, and how, all of it was measured.
    package struct Conditions: Sendable, Equatable {
        /// Of a pass.
        package let images: Int
        /// That computed at once, a pass each.
        package let threads: Int
        /// Passes of each network that count.
        package let repeats: Int
        /// Whose code computes the cells: one of the kernels' names, or `operators`.
        package let kernels: String
        package let device: String
        package let host: String
        package let processor: String
        /// Of snas and its libraries.
        package let versions: String
        /// RFC 3339.
        package let date: String
        /// What operations' times, measured one kind at a time, were multiplied with so that networks of drawn cells take the
        /// sums.
        package let scale: Double

        package init(
            images: Int, threads: Int, repeats: Int, scale: Double, kernels: String, device: String, host: String,
            processor: String,
            versions: String, date: String
        ) {
            self.images = images
            self.threads = threads
            self.repeats = repeats
            self.scale = scale
            self.kernels = kernels
            self.device = device
            self.host = host
            self.processor = processor
            self.versions = versions
            self.date = date
        }
    }

    package let network: LatencyTable.MeasuredNetwork
    package let conditions: Conditions
    /// Of the network that keeps `none` on every edge: stem, preprocessing, classifier, and what joins them.
    package let fixed: MeasuredTime
    /// What an operation adds to that, on one edge.
    package let entries: [(entry: MeasuredCosts.Entry, time: MeasuredTime)]

    package init(
        network: LatencyTable.MeasuredNetwork, conditions: Conditions, fixed: MeasuredTime,
        entries: [(entry: MeasuredCosts.Entry, time: MeasuredTime)]
    ) {
        self.network = network
        self.conditions = conditions
        self.fixed = fixed
        self.entries = entries
    }

    package static func == (left: LatencyFile, right: LatencyFile) -> Bool { left.text == right.text }

    /// Of this form of file.
    static let format = 1
    /// Of the largest file that is read.
    static let limitBytes = 1 << 20
    /// Channels, sides and the like.
    static let counts = 1...1_000_000
    /// Eleven days.
    static let nanoseconds = 0...1_000_000_000_000_000
    /// Of a whole network: no machine takes less than a microsecond, in which costs count (`LogarithmicCost`).
    static let wholeNetwork = 1001...nanoseconds.upperBound
    static let kind = "snas latency table"
    /// In the folder of a run that reads it.
    package static let keptName = "latency.json"

    // MARK: Writing

    /// The file's text.
    package var text: String { json.serialized(pretty: true) + "\n" }

    private var json: JSONValue {
        .object([
            "kind": .string(Self.kind), "format": .integer(Self.format), "space": .string(network.space),
            "graph": .string(network.graph), "channels": .integer(network.channels), "layers": .integer(network.layers),
            "image": .array([network.image.channels, network.image.height, network.image.width].map { .integer($0) }),
            "classes": .integer(network.classes), "batch": .integer(conditions.images),
            "threads": .integer(conditions.threads), "repeats": .integer(conditions.repeats),
            "scale": .number(conditions.scale),
            "kernels": .string(conditions.kernels), "device": .string(conditions.device),
            "host": .string(conditions.host), "processor": .string(conditions.processor),
            "versions": .string(conditions.versions), "date": .string(conditions.date),
            "fixed": .object(Self.members(fixed)),
            "entries": .array(
                entries.map { entry, time in
                    .object(
                        [
                            JSONValue.Member("operation", .string(entry.operation.name)),
                            JSONValue.Member("channels", .integer(entry.place.channels)),
                            JSONValue.Member("height", .integer(entry.place.height)),
                            JSONValue.Member("width", .integer(entry.place.width)),
                            JSONValue.Member("stride", .integer(entry.place.stride)),
                        ] + Self.members(time))
                }),
        ])
    }

    private static func members(_ time: MeasuredTime) -> [JSONValue.Member] {
        [JSONValue.Member("median_ns", .integer(time.median)), JSONValue.Member("spread_ns", .integer(time.spread))]
    }

    /// For people, without line ends.
    package var lines: [String] {
        ["without operations \(Self.words(fixed))"]
            + entries.map { "\($0.entry.operation.name) at \($0.entry.place.words): \(Self.words($0.time))" }
    }

    private static func words(_ time: MeasuredTime) -> String {
        "\(Nanoseconds.rounded(time.median)), quartiles \(Nanoseconds.rounded(time.spread)) apart"
    }

    /// What a search reads of it.
    package var table: LatencyTable {
        LatencyTable(
            digest: Hexadecimal.string(SHA256.digest(Array(text.utf8))), network: network, images: conditions.images,
            threads: conditions.threads, costs: costs)
    }

    var costs: MeasuredCosts {
        MeasuredCosts(
            .latency, fixed: fixed.median,
            costs: Dictionary(entries.map { ($0.entry, $0.time.median) }, uniquingKeysWith: { $1 }))
    }
}
