/// What an operation stands in: it decides what a pool's module is.
package enum OperationSetting: Sendable, Hashable {
    /// A mixed operation, where every pool has a batch norm behind it (DARTS `model_search.py`).
    case mixedOperation
    /// A derived network, whose pools have one or not.
    case derivedNetwork(poolsHaveBatchNorm: Bool)

    /// Whether a batch norm stands behind every pool.
    package var poolsHaveBatchNorm: Bool { self != .derivedNetwork(poolsHaveBatchNorm: false) }
}

extension Operation {
    /// The operation's layers (DARTS and SNAS `operations.py`).
    ///
    /// - Parameters:
    ///   - channels: of input and output alike.
    ///   - stride: 1 or 2.
    /// - Returns: nil for `none`, whose output is zero: it costs nothing, and its credit is exactly 0.
    package func chain(channels: Int, stride: Int, in setting: OperationSetting) -> OperationChain? {
        precondition(stride == 1 || stride == 2)
        return switch self {
        case .none: nil
        case .maxPool3x3: Self.pool(.maximum, stride, setting)
        case .avgPool3x3: Self.pool(.average, stride, setting)
        case .skipConnect: stride == 1 ? .identity : .factorizedReduce(outputs: channels)
        case .sepConv3x3: Self.separable(channels, kernel: 3, stride)
        case .sepConv5x5: Self.separable(channels, kernel: 5, stride)
        case .sepConv7x7: Self.separable(channels, kernel: 7, stride)
        case .dilConv3x3: .sequential("op", Self.depthwisePointwise(channels, kernel: 3, stride, dilation: 2))
        case .dilConv5x5: .sequential("op", Self.depthwisePointwise(channels, kernel: 5, stride, dilation: 2))
        case .conv7x1And1x7: Self.rowThenColumn(channels, kernel: 7, stride)
        case .noise: .noise(stride: stride)
        case .convolution1x1: .reluConvBN(outputs: channels, kernel: 1, stride: stride)
        case .convolution3x3: .reluConvBN(outputs: channels, kernel: 3, stride: stride)
        }
    }

    private static func pool(_ pool: OperationChain.Pool, _ stride: Int, _ setting: OperationSetting) -> OperationChain
    {
        switch setting {
        case .mixedOperation: .sequential("", [.pool(pool, stride: stride), .batchNorm])
        case .derivedNetwork(poolsHaveBatchNorm: true): .sequential("op", [.pool(pool, stride: stride), .batchNorm])
        case .derivedNetwork(poolsHaveBatchNorm: false): .sequential("op", [.pool(pool, stride: stride)])
        }
    }

    /// The stride is the first depthwise convolution's.
    private static func separable(_ channels: Int, kernel: Int, _ stride: Int) -> OperationChain {
        .sequential(
            "op",
            depthwisePointwise(channels, kernel: kernel, stride) + depthwisePointwise(channels, kernel: kernel, 1))
    }

    private static func depthwisePointwise(
        _ channels: Int, kernel: Int, _ stride: Int, dilation: Int = 1
    ) -> [OperationChain.Step] {
        [
            .relu,
            .convolution(
                .init(outputs: channels, kernel: kernel, stride: stride, dilation: dilation, groups: channels)),
            .convolution(.init(outputs: channels, kernel: 1)), .batchNorm,
        ]
    }

    /// The row's convolution takes the columns' stride, the column's the rows'.
    private static func rowThenColumn(_ channels: Int, kernel: Int, _ stride: Int) -> OperationChain {
        .sequential(
            "",
            [
                .relu, .convolution(.init(outputs: channels, kernel: (1, kernel), stride: (1, stride))),
                .convolution(.init(outputs: channels, kernel: (kernel, 1), stride: (stride, 1))), .batchNorm,
            ])
    }
}
