import SearchSpace
import Tensors

/// One cell of a network that is built from a genotype.
struct DerivedCell: Sendable {
    private let plan: CellPlan
    private let choices: [Genotype.Choice]
    private let nodes: Int
    private let concat: [Int]
    private let poolsHaveBatchNorm: Bool
    private let name: String

    init(_ cell: CellPlan, of network: DerivedPlan) {
        plan = cell
        choices = network.genotype[cell.kind]
        nodes = network.genotype.intermediateNodes
        concat = network.genotype.concat(cell.kind)
        poolsHaveBatchNorm = network.poolsHaveBatchNorm
        name = "cells.\(cell.index)"
    }

    func forward(_ before: Tensor, _ previous: Tensor, _ context: ForwardContext) throws(TorchError) -> Tensor {
        let input0 =
            plan.reducesPrevious
            ? try Preprocess.factorizedReduce(before, "\(name).preprocess0", context)
            : try Preprocess.reluConvBN(before, "\(name).preprocess0", context)
        var states = [input0, try Preprocess.reluConvBN(previous, "\(name).preprocess1", context)]
        for node in 2..<2 + nodes {
            var sum: Tensor?
            for (edge, choice) in choices.enumerated() where choice.to == node {
                guard let output = try output(of: choice, edge: edge, states[choice.from], context) else { continue }
                if let others = sum { sum = try others + output } else { sum = output }
            }
            if let sum { states.append(sum) } else { states.append(try zeros(context)) }
        }
        return try Tensor.concatenated(concat.map { states[$0] })
    }

    /// Drop path takes an image's whole edge away, but never an identity (DARTS `model.py`).
    ///
    /// - Returns: nil for `none`.
    private func output(
        of choice: Genotype.Choice, edge: Int, _ input: Tensor, _ context: ForwardContext
    ) throws(TorchError) -> Tensor? {
        let stride = plan.stride(of: choice)
        let output = try operate(choice.operation, input, "\(name)._ops.\(edge)", stride, context)
        let isIdentity = choice.operation == .skipConnect && stride == 1
        guard let output, !isIdentity, let mask = try context.dropPathMask(cell: plan.index, edge: edge) else {
            return output
        }
        return try output.scaledImages(by: mask)
    }

    private func operate(
        _ operation: Operation, _ input: Tensor, _ name: String, _ stride: Int, _ context: ForwardContext
    ) throws(TorchError) -> Tensor? {
        guard operation.isPool else {
            return try operation.forward(input, name, channels: plan.channels, stride: stride, context)
        }
        let pooled =
            operation == .maxPool3x3 ? try input.maxPooled(stride: stride) : try input.averagePooled(stride: stride)
        return poolsHaveBatchNorm ? try context.batchNorm(pooled, name + ".op.1") : pooled
    }

    /// A node that no live edge reaches.
    private func zeros(_ context: ForwardContext) throws(TorchError) -> Tensor {
        try Tensor.zeros(
            images: context.imageCount, channels: plan.channels, height: plan.outputHeight, width: plan.outputWidth,
            precision: context.precision, device: context.device)
    }
}
