/// An edge of the cell: from an earlier node to an intermediate one. Nodes 0 and 1 are the outputs of the two previous
/// cells, 2 and up are intermediate.
package struct Edge: Sendable, Hashable {
    /// Row of the edge in an alpha table.
    package let index: Int
    package let from: Int
    package let to: Int
}

/// The graph of a cell: every intermediate node is joined to every earlier node (SNAS 2.1). Four intermediate nodes give 14
/// edges, ordered by target and then source.
package struct CellTopology: Sendable, Hashable {
    package let intermediateNodes: Int
    package let edges: [Edge]

    package init(intermediateNodes: Int = 4) {
        precondition(intermediateNodes >= 1)
        self.intermediateNodes = intermediateNodes
        var edges: [Edge] = []
        for node in 2..<2 + intermediateNodes {
            for source in 0..<node { edges.append(Edge(index: edges.count, from: source, to: node)) }
        }
        self.edges = edges
    }

    package var edgeCount: Int { edges.count }

    /// All intermediate nodes, in order: what the cell concatenates.
    package var outputNodes: Range<Int> { 2..<2 + intermediateNodes }

    /// Rows of the edges that end in `node`.
    package func edges(into node: Int) -> Range<Int> {
        precondition(outputNodes.contains(node))
        let first = (2..<node).reduce(0, +)
        return first..<first + node
    }
}
