import SearchSpace
import Tensors

/// The candidate operations as chains of operators (DARTS `operations.py`; SNAS keeps the pools' batch norm everywhere).
extension Operation {
    /// - Returns: nil for `none`, whose output is zero: it costs nothing, and its credit is exactly 0.
    func forward(
        _ input: Tensor, _ name: String, channels: Int, stride: Int, _ context: ForwardContext
    ) throws(TorchError) -> Tensor? {
        switch self {
        case .none: return nil
        case .maxPool3x3: return try context.batchNorm(try input.maxPooled(stride: stride), name + ".1")
        case .avgPool3x3: return try context.batchNorm(try input.averagePooled(stride: stride), name + ".1")
        case .skipConnect: return stride == 1 ? input : try Preprocess.factorizedReduce(input, name, context)
        case .sepConv3x3: return try Self.separable(input, name, channels, kernel: 3, stride, context)
        case .sepConv5x5: return try Self.separable(input, name, channels, kernel: 5, stride, context)
        case .dilConv3x3: return try Self.dilated(input, name, channels, kernel: 3, stride, context)
        case .dilConv5x5: return try Self.dilated(input, name, channels, kernel: 5, stride, context)
        }
    }

    private static func separable(
        _ input: Tensor, _ name: String, _ channels: Int, kernel: Int, _ stride: Int, _ context: ForwardContext
    ) throws(TorchError) -> Tensor {
        var output = input
        for (position, stride) in [(1, stride), (5, 1)] {
            output = try output.relu()
                .convolved(
                    with: context.weights["\(name).op.\(position).weight"], stride: stride, padding: kernel / 2,
                    groups: channels
                )
                .convolved(with: context.weights["\(name).op.\(position + 1).weight"])
            output = try context.batchNorm(output, "\(name).op.\(position + 2)")
        }
        return output
    }

    private static func dilated(
        _ input: Tensor, _ name: String, _ channels: Int, kernel: Int, _ stride: Int, _ context: ForwardContext
    ) throws(TorchError) -> Tensor {
        let output = try input.relu()
            .convolved(
                with: context.weights["\(name).op.1.weight"], stride: stride, padding: kernel - 1, dilation: 2,
                groups: channels
            )
            .convolved(with: context.weights["\(name).op.2.weight"])
        return try context.batchNorm(output, "\(name).op.3")
    }
}

/// What brings a cell's inputs to its own channels and size.
enum Preprocess {
    static func reluConvBN(_ input: Tensor, _ name: String, _ context: ForwardContext) throws(TorchError) -> Tensor {
        try context.batchNorm(
            try input.relu().convolved(with: context.weights["\(name).op.1.weight"]), "\(name).op.2")
    }

    /// Two pointwise convolutions of stride 2; the second sees the input shifted by one pixel in both axes, so that
    /// together they read more than every fourth pixel.
    static func factorizedReduce(
        _ input: Tensor, _ name: String, _ context: ForwardContext
    ) throws(TorchError) -> Tensor {
        let active = try input.relu()
        let first = try active.convolved(with: context.weights["\(name).conv_1.weight"], stride: 2)
        let second = try active.withoutFirstRowAndColumn()
            .convolved(with: context.weights["\(name).conv_2.weight"], stride: 2)
        return try context.batchNorm(try Tensor.concatenated([first, second]), "\(name).bn")
    }
}
