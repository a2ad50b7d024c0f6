/// A pair of cells: the operation on each edge that is kept, and the nodes that are concatenated.
///
/// Two forms are in use. With **all edges** (SNAS) every earlier node feeds every intermediate one, `none` included, in edge
/// order. With **two edges a node** (DARTS and before) choices 2i and 2i+1 feed node i, in the order in which they were
/// published: it is the order of the modules `_ops.0`, `_ops.1`, ... Both may then come from the same node.
package struct Genotype: Sendable, Hashable {
    /// An edge that is kept, and what it computes.
    package struct Choice: Sendable, Hashable {
        /// `none` where all edges are listed and this one carries nothing.
        package let operation: Operation
        /// The node that the edge comes from. The cell's inputs have the first numbers: 0 and 1, or 0 alone.
        package let from: Int
        /// The intermediate node that the edge leads to; its number is larger than `from`.
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
    /// The reduction cell's, by target node.
    package var reduce: [Choice]
    /// Nodes whose outputs, in this order and one behind the other, are the normal cell's output.
    package var normalConcat: [Int]
    /// Those of the reduction cell; empty where there is none.
    package var reduceConcat: [Int]

    /// Checks nothing: `init(parsing:)` checks a text, `CellSpace.contains` whether a space has such a cell.
    package init(
        inputs: Int = 2, normal: [Choice], reduce: [Choice], normalConcat: [Int], reduceConcat: [Int]
    ) {
        self.inputs = inputs
        self.normal = normal
        self.reduce = reduce
        self.normalConcat = normalConcat
        self.reduceConcat = reduceConcat
    }

    /// What the cell of a kind keeps; empty for `reduce` where there is one kind of cell.
    package subscript(kind: CellKind) -> [Choice] { kind == .normal ? normal : reduce }

    /// Nodes that the cell of a kind concatenates, in this order.
    package func concat(_ kind: CellKind) -> [Int] { kind == .normal ? normalConcat : reduceConcat }

    /// Intermediate nodes of a cell of a kind, up to the last that has an edge; 0 where the kind has none.
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
