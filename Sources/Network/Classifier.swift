import SearchSpace
import Tensors

/// What stands behind the last block: the mean over its map and one linear layer.
extension Skeleton {
    /// Logits of the last block's output: images x classes.
    func logits(_ output: Tensor, _ path: CellPath, _ context: ForwardContext) throws(TorchError) -> Tensor {
        guard path == .operators else {
            return try KernelHead(name: "classifier", norm: hasTailNorm ? Self.tailNorm : nil, hasRelu: hasTailNorm)
                .logits(output, context)
        }
        let active = hasTailNorm ? try context.batchNorm(output, Self.tailNorm).relu() : output
        return try active.globalMean()
            .linear(weight: context.weights["classifier.weight"], bias: context.weights["classifier.bias"])
    }
}

/// Logits of a map by the kernels.
struct KernelHead {
    /// Of the linear layer.
    let name: String
    /// Of the batch norm before the ReLU; nil where there is none.
    let norm: String?
    let hasRelu: Bool

    /// Images x classes.
    func logits(_ input: Tensor, _ context: ForwardContext) throws(TorchError) -> Tensor {
        let linear = CellKernels.LinearWeights(
            weight: context.weights["\(name).weight"], bias: context.weights["\(name).bias"])
        guard let norm else {
            return try CellKernels.logits(
                input, channels: 0, activation: hasRelu ? .relu : .none, weights: linear
            ).output
        }
        let entry = context.statisticEntry(norm)
        let (output, own) = try CellKernels.logits(
            input, channels: entry.channels,
            activation: .normalised(scale: context.weights["\(norm).weight"], shift: context.weights["\(norm).bias"]),
            weights: linear, given: context.given(entry))
        context.collect(entry, own)
        return output
    }
}

/// Statistics of the batch norms that the kernels compute one by one.
extension ForwardContext {
    func statisticEntry(_ name: String) -> StatisticEntry {
        switch statistics {
        case .ofBatch(let collector): return collector.entry(name)
        case .given(_, let entries):
            guard let entry = entries[name] else { preconditionFailure("no batch norm '\(name)'") }
            return entry
        }
    }

    /// Means, then variances; nil where a batch's own are measured.
    func given(_ entry: StatisticEntry) -> [Float]? {
        guard case .given(let values, _) = statistics else { return nil }
        return Array(values[entry.range])
    }

    /// - Parameter own: means, then variances, of the batch; empty where they were given.
    func collect(_ entry: StatisticEntry, _ own: [Float]) {
        if case .ofBatch(let collector) = statistics { collector.add(entry, values: own[...]) }
    }
}
