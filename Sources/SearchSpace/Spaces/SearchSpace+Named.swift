/// The spaces that have a name.
package enum NamedSpace: String, Sendable, Hashable, CaseIterable {
    /// The papers': eight operations on every edge (DARTS, SNAS 2.1).
    case darts
    /// RobustDARTS (Zela et al. 2020): two operations an edge, the best two of a DARTS search of the DARTS space, other ones on
    /// every edge.
    case s1
    /// The same paper: `skip_connect` and `sep_conv_3x3` on every edge.
    case s2
    /// The same paper: `none` besides.
    case s3
    /// The same paper: `sep_conv_3x3` and noise.
    case s4
    /// NAS-Bench-201 (Dong and Yang 2020): one kind of cell of four nodes, its input counted, six edges of five operations,
    /// stacked in three stages.
    case nasBench201 = "nas_bench_201"

    /// Nodes that the space is given for; nil where it takes any number.
    package var fixedNodes: Int? { self == .s1 || self == .nasBench201 ? 4 : nil }

    /// How the space's authors stack its cells.
    package var skeleton: Skeleton { self == .nasBench201 ? .stages : .reductions }

    /// - Parameter nodes: intermediate ones of a cell, as the papers count; `fixedNodes` where there are such.
    package func space(nodes: Int) -> SearchSpace {
        precondition(fixedNodes ?? nodes == nodes)
        let topology = CellTopology(intermediateNodes: nodes)
        switch self {
        case .darts: return .darts(nodes: nodes)
        case .s1: return SearchSpace(name: rawValue, topology: topology, candidates: Self.bestTwoOfDARTS)
        case .s2: return SearchSpace(name: rawValue, topology: topology, everywhere: [.skipConnect, .sepConv3x3])
        case .s4: return SearchSpace(name: rawValue, topology: topology, everywhere: [.noise, .sepConv3x3])
        case .nasBench201:
            let staged = Skeleton.stages.topology(intermediateNodes: nodes - 1)
            let edges = [[Operation]](repeating: Self.ofNASBench201, count: staged.edgeCount)
            return SearchSpace(name: rawValue, topology: staged, candidates: [edges, []], skeleton: .stages)
        case .s3:
            return SearchSpace(name: rawValue, topology: topology, everywhere: [.none, .skipConnect, .sepConv3x3])
        }
    }

    /// The space with these operations alone: some of its own; of the papers' space, where every edge has the same ones, any that
    /// there are.
    ///
    /// - Returns: nil where an edge would be left with nothing that does anything, or the space has not one of them.
    package func space(nodes: Int, operations: Set<Operation>) -> SearchSpace? {
        guard self == .darts else {
            let whole = space(nodes: nodes)
            return operations.isSubset(of: whole.operations) ? whole.restricted(to: operations) : nil
        }
        guard operations.contains(where: { $0 != .none }) else { return nil }
        return SearchSpace(
            name: rawValue, topology: CellTopology(intermediateNodes: nodes),
            everywhere: Operation.allCases.filter(operations.contains))
    }

    /// In the benchmark's order.
    private static let ofNASBench201: [Operation] = [
        .none, .skipConnect, .convolution1x1, .convolution3x3, .avgPool3x3,
    ]

    /// Of the normal cell, then of the reduction.
    private static let bestTwoOfDARTS: [[[Operation]]] = [
        [
            [.skipConnect, .dilConv3x3], [.skipConnect, .dilConv5x5], [.skipConnect, .dilConv5x5],
            [.skipConnect, .sepConv3x3], [.skipConnect, .dilConv3x3], [.maxPool3x3, .skipConnect],
            [.skipConnect, .sepConv3x3], [.skipConnect, .sepConv3x3], [.skipConnect, .dilConv3x3],
            [.skipConnect, .sepConv3x3], [.maxPool3x3, .skipConnect], [.skipConnect, .dilConv3x3],
            [.dilConv3x3, .dilConv5x5], [.dilConv3x3, .dilConv5x5],
        ],
        [
            [.maxPool3x3, .avgPool3x3], [.maxPool3x3, .dilConv3x3], [.maxPool3x3, .avgPool3x3],
            [.maxPool3x3, .avgPool3x3], [.skipConnect, .dilConv5x5], [.maxPool3x3, .avgPool3x3],
            [.maxPool3x3, .sepConv3x3], [.skipConnect, .dilConv3x3], [.skipConnect, .dilConv5x5],
            [.maxPool3x3, .avgPool3x3], [.maxPool3x3, .avgPool3x3], [.skipConnect, .dilConv5x5],
            [.skipConnect, .dilConv5x5], [.skipConnect, .dilConv5x5],
        ],
    ]
}

extension SearchSpace {
    /// The space of the papers with any number of intermediate nodes.
    package static func darts(nodes: Int = 4) -> SearchSpace {
        SearchSpace(
            name: NamedSpace.darts.rawValue, topology: CellTopology(intermediateNodes: nodes),
            everywhere: Operation.papers)
    }
}

extension Operation {
    /// What an edge of the papers' space chooses from (SNAS 2.1, DARTS), in the order of their columns.
    package static let papers: [Operation] = [
        .none, .maxPool3x3, .avgPool3x3, .skipConnect, .sepConv3x3, .sepConv5x5, .dilConv3x3, .dilConv5x5,
    ]
}
