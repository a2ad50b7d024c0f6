/// An edge of the cell: from an earlier node to an intermediate one. The first nodes are the cell's inputs (in the papers' cell
/// 0 and 1, the outputs of the two previous cells), the intermediate ones follow.
package struct Edge: Sendable, Hashable {
    /// Row of the edge in an alpha table.
    package let index: Int
    /// The node that it reads; smaller than `to`.
    package let from: Int
    /// The intermediate node that it leads to.
    package let to: Int
}

/// The graph of a cell: every intermediate node is joined to every earlier node (SNAS 2.1) and sums what its edges bring. Two
/// inputs and four intermediate nodes give 14 edges, ordered by target and then source. A graph with fewer edges has `none` as the
/// only candidate of those that it leaves out (`SearchSpace.isLeftOut`).
package struct CellTopology: Sendable, Hashable {
    /// What the cell gives on.
    package enum Output: String, Sendable, Hashable, CaseIterable {
        /// All intermediate nodes, one behind the other (NASNet, DARTS, SNAS).
        case concatenation
        /// The last of them (NAS-Bench-201).
        case lastNode = "last_node"
    }

    /// Earlier blocks that the cell reads, each of them a node: 2 in the papers' cell, 1 in NAS-Bench-201's.
    package let inputs: Int
    /// Nodes behind the inputs, 1 or more.
    package let intermediateNodes: Int
    /// Which nodes the next cells read.
    package let output: Output
    /// By target node, then by source; an edge's place here is its `index`.
    package let edges: [Edge]

    /// Without arguments it is the papers' cell, which has 14 edges.
    package init(intermediateNodes: Int = 4, inputs: Int = 2, output: Output = .concatenation) {
        precondition(intermediateNodes >= 1 && inputs >= 1)
        self.intermediateNodes = intermediateNodes
        self.inputs = inputs
        self.output = output
        var edges: [Edge] = []
        for node in inputs..<inputs + intermediateNodes {
            for source in 0..<node { edges.append(Edge(index: edges.count, from: source, to: node)) }
        }
        self.edges = edges
    }

    /// All of them; edges that a space leaves out are counted, for they have rows.
    package var edgeCount: Int { edges.count }

    /// The intermediate nodes, in order.
    package var nodes: Range<Int> { inputs..<inputs + intermediateNodes }

    /// Those that make the cell's output, in order.
    package var outputNodes: Range<Int> {
        switch output {
        case .concatenation: nodes
        case .lastNode: nodes.upperBound - 1..<nodes.upperBound
        }
    }

    /// Rows of the edges that end in `node`.
    package func edges(into node: Int) -> Range<Int> {
        precondition(nodes.contains(node))
        let first = (inputs..<node).reduce(0, +)
        return first..<first + node
    }
}
