import SearchSpace
import Tensors

/// One cell of a network that is built from a genotype.
struct DerivedCell: Sendable {
    private let plan: CellPlan
    private let choices: [Genotype.Choice]
    private let nodes: Range<Int>
    private let concat: [Int]
    private let setting: OperationSetting

    init(_ cell: CellPlan, of network: DerivedPlan) {
        plan = cell
        choices = network.genotype[cell.kind]
        nodes = network.genotype.inputs..<network.genotype.inputs + network.genotype.intermediateNodes(of: cell.kind)
        concat = network.genotype.concat(cell.kind)
        setting = network.operationSetting
    }

    func forward(_ before: Tensor, _ previous: Tensor, _ context: ForwardContext) throws(TorchError) -> Tensor {
        var states = try plan.inputs(before, previous, context)
        for node in nodes {
            var sum: Tensor?
            for (edge, choice) in choices.enumerated() where choice.to == node {
                guard let output = try output(of: choice, edge: edge, states[choice.from], context) else { continue }
                if let others = sum { sum = try others + output } else { sum = output }
            }
            if let sum { states.append(sum) } else { states.append(try zeros(context)) }
        }
        return try Tensor.concatenatedOrOnly(concat.map { states[$0] })
    }

    /// Drop path takes an image's whole edge away, but never an identity (DARTS `model.py`).
    ///
    /// - Returns: nil for `none`.
    private func output(
        of choice: Genotype.Choice, edge: Int, _ input: Tensor, _ context: ForwardContext
    ) throws(TorchError) -> Tensor? {
        guard let chain = plan.chain(of: choice.operation, from: choice.from, in: setting) else { return nil }
        let output = try chain.forward(
            input, plan.keptName(edge), context, noise: NoisePlace(plan, edge: edge))
        guard !chain.isIdentity, let mask = try context.dropPathMask(plan, edge: edge) else {
            return output
        }
        return try output.scaledImages(by: mask)
    }

    /// A node that no live edge reaches.
    private func zeros(_ context: ForwardContext) throws(TorchError) -> Tensor {
        try Tensor.zeros(
            images: context.imageCount, channels: plan.channels, height: plan.outputHeight, width: plan.outputWidth,
            precision: context.precision, device: context.device)
    }
}
