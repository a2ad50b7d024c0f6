import SearchSpace
import Tensors

/// A residual block by the kernels or by libtorch's operators.
extension ResidualBlock {
    func forward(_ input: Tensor, _ path: CellPath, _ context: ForwardContext) throws(TorchError) -> Tensor {
        switch path {
        case .kernels where !self.input.isOdd: try byKernels(input, context)
        case .kernels, .operators: try byOperators(input, context)
        }
    }

    private func byOperators(_ input: Tensor, _ context: ForwardContext) throws(TorchError) -> Tensor {
        let (main, shortcut) = chains
        var output = input
        for (name, chain) in main { output = try chain.forward(output, name, context) }
        return try shortcut.chain.forward(input, shortcut.name, context) + output
    }

    private func byKernels(_ input: Tensor, _ context: ForwardContext) throws(TorchError) -> Tensor {
        let (main, shortcut) = chains
        let convolutions = main.map { part in
            (
                weight: part.chain.convolutionNames.map { context.weights["\(part.name).\($0).weight"] }[0],
                norm: part.chain.batchNormNames.map { "\(part.name).\($0)" }[0]
            )
        }
        func part(_ number: Int) -> (weight: Tensor, scale: Tensor, shift: Tensor) {
            let (weight, norm) = convolutions[number]
            return (weight, context.weights["\(norm).weight"], context.weights["\(norm).bias"])
        }
        let weights = CellKernels.ResidualWeights(
            first: part(0), second: part(1),
            shortcut: shortcut.chain.convolutionNames.map { context.weights["\(shortcut.name).\($0).weight"] }[0])
        switch context.statistics {
        case .ofBatch(let collector):
            let (output, own) = try CellKernels.residual(
                input, channels: outputs, weights: weights, given: nil, parts: context.parts)
            for (number, convolution) in convolutions.enumerated() {
                let entry = collector.entry(convolution.norm)
                collector.add(entry, values: own[2 * outputs * number..<2 * outputs * (number + 1)])
            }
            return output
        case .given(let values, let entries):
            let given = convolutions.flatMap { convolution in
                guard let entry = entries[convolution.norm] else {
                    preconditionFailure("no batch norm '\(convolution.norm)'")
                }
                return values[entry.range]
            }
            return try CellKernels.residual(
                input, channels: outputs, weights: weights, given: given, parts: context.parts
            ).output
        }
    }
}
