import SearchSpace
import Tensors

/// One cell of a derived network through the kernels: the same mathematics as `DerivedCell`, which is its reference.
///
/// To the kernels it is a cell with a one-hot Z on each of its edges, whose zeros are left out.
struct DerivedKernelCell: Sendable {
    private let plan: CellPlan
    private let choices: [Genotype.Choice]
    private let core: KernelCellCore
    /// Edges x operations, in the order of `KernelOperations`.
    private let mixture: [Float]

    /// - Parameters:
    ///   - cell: one that `carries` says yes to.
    ///   - range: the cell's weights in the flat vector.
    ///   - givesPlanes: where all that may read the output are kernels (`CellDescription.givesPlanes`).
    init(_ cell: CellPlan, of network: DerivedPlan, layout: WeightLayout, range: Range<Int>, givesPlanes: Bool) {
        precondition(Self.carries(cell, of: network))
        plan = cell
        choices = network.genotype[cell.kind]
        var places = KernelPlaces(cell: cell, layout: layout, range: range)
        var mixture = [Float](repeating: 0, count: choices.count * KernelOperations.count)
        for (edge, choice) in choices.enumerated() {
            if let place = KernelOperations.place(of: choice.operation) {
                mixture[edge * KernelOperations.count + place] = 1
            }
            places.add(
                choice.operation, cell.chain(of: choice.operation, from: choice.from, in: network.operationSetting),
                edge: edge, named: cell.keptName(edge))
        }
        self.mixture = mixture
        let description = CellDescription(
            channels: cell.channels, inputs: network.genotype.inputs,
            nodes: network.genotype.intermediateNodes(of: cell.kind),
            edges: choices.map { ($0.from, $0.to) }, concatenated: network.genotype.concat(cell.kind),
            reduces: cell.kind == .reduce, reducesPrevious: cell.reducesPrevious,
            poolsHaveBatchNorm: network.operationSetting.poolsHaveBatchNorm, givesPlanes: givesPlanes,
            mixturePlaces: mixture.indices.map(Int32.init), weightOffsets: places.weightOffsets,
            affineOffsets: places.affineOffsets)
        core = KernelCellCore(description, places, slice: cell.name)
    }

    /// Whether the kernels know all that the cell does: its operations, and outputs of one size.
    static func carries(_ cell: CellPlan, of network: DerivedPlan) -> Bool {
        let knowsOperations = network.genotype[cell.kind].allSatisfy { KernelOperations.place(of: $0.operation) != nil }
        let givesInputsOn = network.genotype.concat(cell.kind).contains { $0 < network.genotype.inputs }
        return knowsOperations && !(cell.kind == .reduce && givesInputsOn)
    }

    /// Whether cells may give planes, where all blocks are cells of the kernels: of two inputs, and no node given on twice.
    static func givePlanes(_ genotype: Genotype) -> Bool {
        genotype.inputs == CellDescription.mostInputs
            && CellKind.allCases.allSatisfy { Set(genotype.concat($0)).count == genotype.concat($0).count }
    }

    func forward(
        _ before: Tensor, _ previous: Tensor, _ context: ForwardContext
    ) throws(TorchError) -> (previous: Tensor, output: Tensor) {
        let z = try Tensor(mixture, shape: [mixture.count], precision: context.precision, device: context.device)
        return try core.forward(
            before, previous, mixture: z, dropPath: masks(context), skipsZeros: true, context)
    }

    /// Edges x images; drop path spares identities (DARTS `model.py`).
    private func masks(_ context: ForwardContext) -> ArraySlice<Float>? {
        guard let dropPath = context.dropPath else { return nil }
        let images = context.imageCount
        var own = Array(dropPath[plan.firstEdge * images..<(plan.firstEdge + choices.count) * images])
        for (edge, choice) in choices.enumerated()
        where choice.operation == .skipConnect && plan.stride(from: choice.from) == 1 {
            for image in 0..<images { own[edge * images + image] = 1 }
        }
        return own[...]
    }
}
