import SearchSpace
import Tensors

/// The operations as chains of operators (DARTS `operations.py`), the pools as a search has them: with batch norm.
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
        case .sepConv7x7: return try Self.separable(input, name, channels, kernel: 7, stride, context)
        case .conv7x1And1x7: return try Self.rowThenColumn(input, name, stride, context)
        }
    }

    /// The row's convolution takes the columns' stride, the column's the rows'.
    private static func rowThenColumn(
        _ input: Tensor, _ name: String, _ stride: Int, _ context: ForwardContext
    ) throws(TorchError) -> Tensor {
        let output = try input.relu()
            .convolved(withRectangle: context.weights["\(name).1.weight"], strideRows: 1, strideColumns: stride)
            .convolved(withRectangle: context.weights["\(name).2.weight"], strideRows: stride, strideColumns: 1)
        return try context.batchNorm(output, "\(name).3")
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
