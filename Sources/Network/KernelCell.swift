import SearchSpace
import Tensors

/// One cell of a super-network through the kernels: the same mathematics as `Cell`, which is its reference.
///
/// To the kernels an auxiliary skip is an edge of its own beside the edge that has it, whose Z stands behind the kind's entries
/// (`auxiliarySkipWeights`).
struct KernelCell: Sendable {
    private let plan: CellPlan
    private let edges: Int
    /// Edges that have an auxiliary skip.
    private let skips: [Edge]
    private let core: KernelCellCore

    /// - Parameters:
    ///   - space: one that `carries` says yes to.
    ///   - range: the cell's weights in the flat vector.
    ///   - givesPlanes: where all that may read the output are kernels (`CellDescription.givesPlanes`).
    init(_ plan: CellPlan, space: SearchSpace, layout: WeightLayout, range: Range<Int>, givesPlanes: Bool) {
        self.plan = plan
        let topology = space.topology(plan.kind)
        edges = topology.edgeCount
        skips = space.edgesWithAuxiliarySkip(plan.kind)
        var places = KernelPlaces(cell: plan, layout: layout, range: range)
        func add(_ operation: Operation, from source: Int, edge: Int, named name: String) {
            let chain = plan.chain(of: operation, from: source, in: plan.candidateSetting)
            places.add(operation, chain, edge: edge, named: name)
        }
        for edge in topology.edges {
            for (column, operation) in space.candidates(plan.kind, edge).enumerated() {
                add(operation, from: edge.from, edge: edge.index, named: plan.candidateName(edge, column: column))
            }
        }
        for (number, edge) in skips.enumerated() {
            add(.skipConnect, from: edge.from, edge: edges + number, named: plan.auxiliarySkipName(edge))
        }
        let description = CellDescription(
            channels: plan.channels, inputs: topology.inputs, nodes: topology.intermediateNodes,
            edges: (topology.edges + skips).map { ($0.from, $0.to) }, concatenated: Array(topology.outputNodes),
            reduces: plan.kind == .reduce, reducesPrevious: plan.reducesPrevious,
            poolsHaveBatchNorm: plan.candidateSetting.poolsHaveBatchNorm, givesPlanes: givesPlanes,
            mixturePlaces: Self.mixturePlaces(plan.kind, space), weightOffsets: places.weightOffsets)
        core = KernelCellCore(description, places, slice: plan.name)
    }

    /// Whether the kernels know all that the space's cells do.
    static func carries(_ space: SearchSpace) -> Bool {
        space.partsWithoutKernels.isEmpty
    }

    /// Whether all that reads a cell's output reads planes: the blocks that stand between the cells of stages do not, nor do
    /// cells of one input.
    static func givePlanes(_ plan: NetworkPlan) -> Bool {
        plan.cells.count == plan.blocks.count
            && plan.cells.allSatisfy { plan.space.topology($0.kind).inputs == CellDescription.mostInputs }
    }

    /// Where each of the kernels' operations has its Z among the kind's entries, edge by edge; -1 where it is no candidate.
    private static func mixturePlaces(_ kind: CellKind, _ space: SearchSpace) -> [Int32] {
        let own = space.shape.entries(of: kind)
        let candidates = space.topology(kind).edges.flatMap { edge in
            KernelOperations.all.map { operation in
                space.shape.entry(kind, edge: edge.index, operation).map { Int32($0 - own.lowerBound) } ?? -1
            }
        }
        let skips = space.edgesWithAuxiliarySkip(kind).indices.flatMap { number in
            KernelOperations.all.map { $0 == .skipConnect ? Int32(own.count + number) : -1 }
        }
        return candidates + skips
    }

    /// Z of a kind's auxiliary skips, which stands behind the kind's entries: 1, or 0 where the skip is left out.
    ///
    /// - Parameter keepsAll: false leaves out those beside a choice, of which only the operation remains.
    static func auxiliarySkipWeights(
        _ kind: CellKind, _ space: SearchSpace, _ mixture: EdgeTable<Float>, keepsAll: Bool
    ) -> [Float] {
        space.edgesWithAuxiliarySkip(kind).map { edge in
            let mixed = space.candidates(kind, edge).count { operation in
                operation != .none && mixture[kind, edge.index, operation] != 0
            }
            return keepsAll || mixed > 1 ? 1 : 0
        }
    }

    func forward(
        _ before: Tensor, _ previous: Tensor, _ context: ForwardContext
    ) throws(TorchError) -> (previous: Tensor, output: Tensor) {
        try core.forward(
            before, previous, mixture: context.mixture.table(of: plan), dropPath: masks(context),
            skipsZeros: context.skipsZeros, context)
    }

    /// Edges x images; an auxiliary skip is dropped with its edge.
    private func masks(_ context: ForwardContext) -> ArraySlice<Float>? {
        guard let dropPath = context.dropPath else { return nil }
        let images = context.imageCount
        let own = dropPath[plan.firstEdge * images..<(plan.firstEdge + edges) * images]
        guard !skips.isEmpty else { return own }
        let beside = skips.flatMap { edge in
            dropPath[(plan.firstEdge + edge.index) * images..<(plan.firstEdge + edge.index + 1) * images]
        }
        return (own + beside)[...]
    }
}

/// What the cells of both networks do with the kernels: weights in, statistics in or out.
struct KernelCellCore: Sendable {
    private let description: CellDescription
    /// Slot of the kernels' statistics to entry of the layout.
    private let statistics: [(slot: Int, entry: StatisticEntry)]
    private let slice: String

    init(_ description: CellDescription, _ places: KernelPlaces, slice: String) {
        self.description = description
        self.slice = slice
        statistics = places.statistics
    }

    /// - Parameter dropPath: edges x images of this cell.
    /// - Returns: `previous` for those who read it behind this cell, and the output.
    func forward(
        _ before: Tensor, _ previous: Tensor, mixture: Tensor, dropPath: ArraySlice<Float>?, skipsZeros: Bool,
        _ context: ForwardContext
    ) throws(TorchError) -> (previous: Tensor, output: Tensor) {
        let channels = description.channels
        var given: [Float]?
        if case .given(let values, _) = context.statistics {
            var slots = [Float](repeating: 0, count: description.statisticCount)
            for (slot, entry) in statistics {
                for channel in 0..<2 * channels {
                    slots[2 * slot * channels + channel] = values[entry.meanOffset + channel]
                }
            }
            given = slots
        }
        let (output, passed, own) = try CellKernels.forward(
            description, before: before, previous: previous, weights: context.weights[slice], mixture: mixture,
            dropPath: dropPath, given: given, skipsZeros: skipsZeros, parts: context.parts)
        if case .ofBatch(let collector) = context.statistics {
            for (slot, entry) in statistics where !context.leavesOut(entry) {
                collector.add(entry, values: own[2 * slot * channels..<2 * (slot + 1) * channels])
            }
        }
        return (passed, output)
    }
}
