import Host
package import SearchSpace

/// A measured table as a search reads it: an input like a data set, named by its digest, that no later measurement changes.
///
/// Settings and the wire carry it as one word, so that whoever has the configuration has the numbers.
package struct LatencyTable: Sendable, Equatable {
    /// Of the file that it was read from: SHA-256, 64 hexadecimal digits.
    package let digest: String
    /// What was measured.
    package let network: MeasuredNetwork
    /// Of a pass.
    package let images: Int
    /// That computed at once, a pass each.
    package let threads: Int
    /// Nanoseconds of a pass.
    package let costs: MeasuredCosts

    /// The network of a table: numbers of one say nothing of another.
    package struct MeasuredNetwork: Sendable, Equatable {
        /// As its search space is called.
        package let space: String
        /// How its cells are stacked, and their nodes (`SearchSpace.graph`).
        package let graph: String
        /// Of the first cells.
        package let channels: Int
        /// Cells.
        package let layers: Int
        package let image: ImageShape
        package let classes: Int

        package init(space: String, graph: String, channels: Int, layers: Int, image: ImageShape, classes: Int) {
            self.space = space
            self.graph = graph
            self.channels = channels
            self.layers = layers
            self.image = image
            self.classes = classes
        }

        /// Of the networks that are derived on a plan.
        package init(_ plan: NetworkPlan) {
            self.init(
                space: plan.space.name, graph: plan.space.graph, channels: plan.initChannels, layers: plan.layers,
                image: plan.image, classes: plan.classes)
        }
    }

    package init(digest: String, network: MeasuredNetwork, images: Int, threads: Int, costs: MeasuredCosts) {
        self.digest = digest
        self.network = network
        self.images = images
        self.threads = threads
        self.costs = costs
    }

    // MARK: Whose it is

    /// That the numbers are those of a network.
    ///
    /// - Parameter plan: of the network that targets speak of.
    /// - Throws: `UserError`: configuration for a table of another network, data for one with holes.
    package func check(fits plan: NetworkPlan) throws {
        let asked = MeasuredNetwork(plan)
        let differences = [
            ("space", network.space, asked.space), ("nodes", network.graph, asked.graph),
            ("target_channels", "\(network.channels)", "\(asked.channels)"),
            ("target_layers", "\(network.layers)", "\(asked.layers)"),
            ("images of", Self.words(network.image), Self.words(asked.image)),
            ("classes", "\(network.classes)", "\(asked.classes)"),
        ].filter { $0.1 != $0.2 }
        if let (name, own, other) = differences.first {
            throw UserError(
                .configuration,
                "latency_table is of another network: it was measured with \(name) \(own), and this one has \(other); snas measure "
                    + "latency measures this one")
        }
        let holes = costs.holes(in: plan)
        if let hole = holes.first {
            let others = holes.count == 1 ? "" : " and \(holes.count - 1) more"
            throw UserError(
                .data,
                "latency_table has holes: it lacks \(hole.operation.name) at \(hole.place.words)\(others)")
        }
    }

    /// Nanoseconds of a pass of one network, whose cell need not be one that the space has with all its edges.
    ///
    /// - Throws: `UserError`: configuration for a network that was not measured, data for a table that lacks an operation of it.
    package func latency(of plan: DerivedPlan) throws -> Int {
        let nodes = plan.genotype.kinds.map { plan.genotype.intermediateNodes(of: $0) }
        let size = (channels: plan.initChannels, layers: plan.cellCount)
        guard size == (network.channels, network.layers), plan.image == network.image, plan.classes == network.classes,
            network.graph.hasPrefix("\(plan.form.skeleton.rawValue)-"), plan.form != .imageNet,
            SearchSpace.nodes(ofGraph: network.graph, kinds: nodes.count) == nodes
        else {
            throw UserError(
                .configuration,
                "latency_table is of another network: it was measured with \(network.channels) channels, \(network.layers) cells, "
                    + "images of \(Self.words(network.image)), \(network.classes) classes and nodes \(network.graph); this one has "
                    + "\(size.channels), \(size.layers), \(Self.words(plan.image)), \(plan.classes) and "
                    + nodes.map(String.init).joined(separator: "/"))
        }
        guard let amount = costs.amount(of: plan) else {
            throw UserError(.data, "latency_table has holes: it lacks an operation of this cell at one of its places")
        }
        return amount
    }

    private static func words(_ image: ImageShape) -> String { "\(image.channels)x\(image.height)x\(image.width)" }

    // MARK: As a word

    private static let mark = "latency"

    /// `latency:DIGEST:SPACE:GRAPH:CHANNELSxLAYERS:CxHxW:CLASSES:IMAGESxTHREADS:FIXED:ENTRIES`, entries parted by `;`, each
    /// `OPERATION,CHANNELS,HEIGHT,WIDTH,STRIDE,NANOSECONDS`.
    package var word: String {
        let entries = costs.costs.map { entry, cost in
            let place = entry.place
            return "\(entry.operation.name),\(place.channels),\(place.height),\(place.width),\(place.stride),\(cost)"
        }
        return [
            Self.mark, digest, network.space, network.graph, "\(network.channels)x\(network.layers)",
            Self.words(network.image), "\(network.classes)", "\(images)x\(threads)", "\(costs.fixed)",
            entries.sorted().joined(separator: ";"),
        ].joined(separator: ":")
    }

    /// - Returns: nil for what `word` does not write.
    package init?(word: String) {
        let parts = word.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 10, parts[0] == Self.mark, Self.isDigest(parts[1]), SearchSpace.isName(parts[2]),
            SearchSpace.isGraph(parts[3]),
            let size = Self.numbers(parts[4], 2), let image = Self.numbers(parts[5], 3),
            let classes = Self.numbers(parts[6], 1)?.first, let pass = Self.numbers(parts[7], 2),
            let fixed = Int(parts[8]), LatencyFile.wholeNetwork.contains(fixed)
        else { return nil }
        var costs: [MeasuredCosts.Entry: Int] = [:]
        for text in parts[9].split(separator: ";", omittingEmptySubsequences: false) {
            guard let (entry, cost) = Self.entry(text), costs.updateValue(cost, forKey: entry) == nil else {
                return nil
            }
        }
        self.init(
            digest: parts[1],
            network: MeasuredNetwork(
                space: parts[2], graph: parts[3], channels: size[0], layers: size[1],
                image: ImageShape(channels: image[0], height: image[1], width: image[2]), classes: classes),
            images: pass[0], threads: pass[1], costs: MeasuredCosts(.latency, fixed: fixed, costs: costs))
    }

    private static func isDigest(_ text: String) -> Bool {
        text.utf8.count == 64 && text.utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) }
    }

    private static func numbers(_ text: String, _ count: Int) -> [Int]? {
        let numbers = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
        return numbers.count == count && numbers.allSatisfy(LatencyFile.counts.contains) ? numbers : nil
    }

    private static func entry(_ text: Substring) -> (MeasuredCosts.Entry, Int)? {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count == 6, let operation = Operation(name: String(parts[0])), let cost = Int(parts[5]),
            LatencyFile.nanoseconds.contains(cost)
        else { return nil }
        let numbers = parts[1...4].map { Int($0) ?? 0 }
        guard numbers.allSatisfy(LatencyFile.counts.contains) else { return nil }
        let place = OperationPlace(channels: numbers[0], height: numbers[1], width: numbers[2], stride: numbers[3])
        return (MeasuredCosts.Entry(operation, at: place), cost)
    }
}
