import SearchSpace
import Tensors

extension OperationChain {
    /// The chain as operators, one after the other.
    ///
    /// - Parameters:
    ///   - name: of the operation's module in the network.
    ///   - place: of the edge's noise, where it is on an edge.
    func forward(
        _ input: Tensor, _ name: String, _ context: ForwardContext, noise place: NoisePlace? = nil
    ) throws(TorchError) -> Tensor {
        var output = input
        for layer in layers { output = try Self.forward(output, layer.step, layer.name(in: name), context, place) }
        return output
    }

    private static func forward(
        _ input: Tensor, _ step: Step, _ name: String, _ context: ForwardContext, _ place: NoisePlace?
    ) throws(TorchError) -> Tensor {
        switch step {
        case .relu: try input.relu()
        case .convolution(let convolution):
            try convolution.forward(input, weight: context.weights["\(name).weight"])
        case .halves:
            try Tensor.concatenated([
                try input.convolved(with: context.weights["\(name)_1.weight"], stride: 2),
                try input.withoutFirstRowAndColumn().convolved(with: context.weights["\(name)_2.weight"], stride: 2),
            ])
        case .pool(.maximum, let stride): try input.maxPooled(stride: stride)
        case .pool(.average, let stride): try input.averagePooled(stride: stride)
        case .halvingMean: try input.windowMeans(rows: (2, 2), columns: (2, 2))
        case .batchNorm: try context.batchNorm(input, name)
        case .identity: input
        case .noise: try context.noise(at: place)
        }
    }
}

extension OperationChain.Convolution {
    fileprivate func forward(_ input: Tensor, weight: Tensor) throws(TorchError) -> Tensor {
        guard kernelHeight == kernelWidth else {
            precondition(groups == 1 && dilation == 1)
            return try input.convolved(
                withRectangle: weight, strideRows: strideRows, strideColumns: strideColumns)
        }
        return try input.convolved(
            with: weight, stride: strideRows, padding: dilation * (kernelHeight / 2), dilation: dilation, groups: groups
        )
    }
}

extension CellPlan {
    /// The cell's inputs as its edges read them: where it reads two, in its own channels and size.
    func inputs(
        _ before: Tensor, _ previous: Tensor, _ context: ForwardContext
    ) throws(TorchError) -> [Tensor] {
        guard let chains = preprocessing else { return [previous] }
        return [
            try chains.before.forward(before, "\(name).preprocess0", context),
            try chains.previous.forward(previous, "\(name).preprocess1", context),
        ]
    }
}
