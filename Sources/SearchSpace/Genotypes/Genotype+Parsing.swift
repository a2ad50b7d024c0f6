/// Why a text is no genotype of this space.
package struct GenotypeError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What does not fit, in words for the person who gave the text.
    package let reason: String

    /// The reason alone: where the text came from is known to the caller.
    package var description: String { reason }
}

extension Genotype {
    /// Reads NAS-Bench-201's string and both of the field's flat forms (see `Genotype`): names, tuples, lists and
    /// `range`, either quote. Nothing is evaluated. With all edges a node's edges may stand in any order, as the
    /// official SNAS code writes them; they are put into edge order.
    ///
    /// - Throws: `GenotypeError` with the place and what was expected there.
    package init(parsing text: String) throws(GenotypeError) {
        guard !Self.isStaged(text) else {
            try self.init(parsingStaged: text)
            return
        }
        var reader = GenotypeReader(text)
        try reader.expect("Genotype")
        try reader.expect("(")
        let normal = try reader.cell("normal")
        try reader.expect(",")
        let normalConcat = try reader.concat("normal_concat")
        try reader.expect(",")
        let reduce = try reader.cell("reduce")
        try reader.expect(",")
        let reduceConcat = try reader.concat("reduce_concat")
        reader.skipComma()
        try reader.expect(")")
        try reader.end()
        let normalShape = try CellShape("normal", edgeCount: normal.count, concat: normalConcat)
        let reduceShape = try CellShape("reduce", edgeCount: reduce.count, concat: reduceConcat)
        guard normalShape.hasAllEdges == reduceShape.hasAllEdges || min(normal.count, reduce.count) == 2 else {
            throw GenotypeError(
                reason: "normal has \(normal.count) edges, reduce has \(reduce.count): all edges of one, two a node of "
                    + "the other"
            )
        }
        self.init(
            normal: try normalShape.choices(normal), reduce: try reduceShape.choices(reduce),
            normalConcat: normalConcat, reduceConcat: reduceConcat)
    }
}

/// Which form a list of pairs has.
private struct CellShape {
    let cell: String
    let nodes: Int
    let hasAllEdges: Bool

    /// All edges of 1, 2, 3, 4, ... nodes are 2, 5, 9, 14, ...; two a node are 2, 4, 6, 8, ... A count that is both is read
    /// as all edges, unless a node is concatenated that such a cell does not have.
    ///
    /// - Throws: `GenotypeError` where the edges are those of no cell, or its output names nodes that it has not.
    init(_ cell: String, edgeCount: Int, concat: [Int]) throws(GenotypeError) {
        var full = 1
        while full * (full + 3) / 2 < edgeCount { full += 1 }
        let isFull = full * (full + 3) / 2 == edgeCount
        guard edgeCount > 0, isFull || edgeCount % 2 == 0 else {
            throw GenotypeError(
                reason:
                    "\(cell) has \(edgeCount) edges; two for each of four nodes are 8, all edges of four nodes are 14")
        }
        self.cell = cell
        hasAllEdges = isFull && (edgeCount % 2 == 1 || concat.max() ?? 0 < 2 + full)
        nodes = hasAllEdges ? full : edgeCount / 2
        let end = 2 + nodes
        guard concat.allSatisfy({ (2..<end).contains($0) }) else {
            throw GenotypeError(reason: "\(cell)_concat \(concat) names nodes outside 2..<\(end)")
        }
        guard Set(concat).count == concat.count else {
            throw GenotypeError(reason: "\(cell)_concat \(concat) names a node twice")
        }
    }

    /// Gives the pairs their target nodes.
    func choices(
        _ pairs: [(operation: Operation, from: Int)]
    ) throws(GenotypeError) -> [Genotype.Choice] {
        var choices: [Genotype.Choice] = []
        for node in 2..<2 + nodes {
            let edges = hasAllEdges ? node : 2
            let own = pairs[choices.count..<choices.count + edges]
            if let late = own.first(where: { $0.from >= node }) {
                throw GenotypeError(
                    reason: "\(cell) node \(node) has an edge from node \(late.from), which is not an earlier one")
            }
            let ordered = hasAllEdges ? own.sorted { $0.from < $1.from } : Array(own)
            if hasAllEdges, ordered.map(\.from) != Array(0..<node) {
                throw GenotypeError(
                    reason:
                        "\(cell) node \(node) has edges from \(own.map(\.from)), with all edges it has one from each of "
                        + "\(Array(0..<node))")
            }
            choices += ordered.map { Genotype.Choice(operation: $0.operation, from: $0.from, to: node) }
        }
        return choices
    }
}
