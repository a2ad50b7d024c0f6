/// A pair of cells: the operation on each edge that is kept, and the nodes that are concatenated.
///
/// Two forms are in use. With **all edges** (SNAS) every earlier node feeds every intermediate one, `none` included, in edge
/// order. With **two edges a node** (DARTS and before) choices 2i and 2i+1 feed node i, in the order in which they were
/// published: it is the order of the modules `_ops.0`, `_ops.1`, ... Both may then come from the same node.
package struct Genotype: Sendable, Hashable {
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

    /// Input nodes of a cell: 2, or 1 where the cells are NAS-Bench-201's.
    package let inputs: Int
    /// By target node. Where there is one kind of cell it is `normal`, and `reduce` is empty.
    package var normal: [Choice]
    package var reduce: [Choice]
    /// Nodes that the cell concatenates.
    package var normalConcat: [Int]
    package var reduceConcat: [Int]

    package init(
        inputs: Int = 2, normal: [Choice], reduce: [Choice], normalConcat: [Int], reduceConcat: [Int]
    ) {
        self.inputs = inputs
        self.normal = normal
        self.reduce = reduce
        self.normalConcat = normalConcat
        self.reduceConcat = reduceConcat
    }

    package subscript(kind: CellKind) -> [Choice] { kind == .normal ? normal : reduce }

    package func concat(_ kind: CellKind) -> [Int] { kind == .normal ? normalConcat : reduceConcat }

    /// Intermediate nodes of a cell of a kind.
    package func intermediateNodes(of kind: CellKind) -> Int { (self[kind].last?.to ?? inputs - 1) - inputs + 1 }

    /// The kinds of cell that it tells of.
    package var kinds: [CellKind] { CellKind.allCases.filter { !self[$0].isEmpty } }

    /// Whether every earlier node feeds every intermediate one, in edge order.
    package var hasAllEdges: Bool {
        kinds.allSatisfy { kind in
            let nodes = max(1, intermediateNodes(of: kind))
            let edges = CellTopology(intermediateNodes: nodes, inputs: inputs).edges
            return edges.map(\.from) == self[kind].map(\.from) && edges.map(\.to) == self[kind].map(\.to)
        }
    }

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
