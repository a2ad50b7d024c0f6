/// What a search keeps: the operation on each edge of both cells.
package struct Genotype: Sendable, Equatable {
    package struct Choice: Sendable, Hashable {
        package let operation: Operation
        package let from: Int
        package let to: Int

        package init(operation: Operation, from: Int, to: Int) {
            self.operation = operation
            self.from = from
            self.to = to
        }
    }

    /// In edge order.
    package var normal: [Choice]
    package var reduce: [Choice]
    /// Nodes that the cell concatenates.
    package var normalConcat: [Int]
    package var reduceConcat: [Int]

    package init(normal: [Choice], reduce: [Choice], normalConcat: [Int], reduceConcat: [Int]) {
        self.normal = normal
        self.reduce = reduce
        self.normalConcat = normalConcat
        self.reduceConcat = reduceConcat
    }

    /// The most probable operation of every edge, `none` included and dead nodes legal (SNAS 2.2). Edges stand in index
    /// order; the official code sorts them by strength, which says nothing about the network.
    package static func derived(from alpha: Alpha, topology: CellTopology) -> Genotype {
        precondition(alpha.normal.edgeCount == topology.edgeCount)
        func choices(_ table: AlphaTable) -> [Choice] {
            zip(topology.edges, table.mostProbable()).map { Choice(operation: $1, from: $0.from, to: $0.to) }
        }
        let concat = Array(topology.outputNodes)
        return Genotype(
            normal: choices(alpha.normal), reduce: choices(alpha.reduce), normalConcat: concat, reduceConcat: concat)
    }

    package subscript(kind: CellKind) -> [Choice] { kind == .normal ? normal : reduce }

    /// Intermediate nodes that no live edge reaches, directly or through dead nodes: their output is zero.
    package func deadNodes(of kind: CellKind) -> Set<Int> {
        var dead: Set<Int> = []
        let nodes = Set(self[kind].map(\.to)).sorted()
        for node in nodes {
            let isAlive = self[kind].contains { $0.to == node && $0.operation != .none && !dead.contains($0.from) }
            if !isAlive { dead.insert(node) }
        }
        return dead
    }
}
