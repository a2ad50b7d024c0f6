import CTorch

extension CellKernels {
    /// Weights of a residual block, in their order.
    package struct ResidualWeights: Sendable {
        let all: [Tensor]

        /// - Parameters:
        ///   - first: a 3x3 convolution of stride 2 and the batch norm behind it.
        ///   - second: the same with stride 1.
        ///   - shortcut: a pointwise convolution.
        package init(
            first: (weight: Tensor, scale: Tensor, shift: Tensor),
            second: (weight: Tensor, scale: Tensor, shift: Tensor), shortcut: Tensor
        ) {
            all = [first.weight, first.scale, first.shift, second.weight, second.scale, second.shift, shortcut]
        }
    }

    /// What stands between two stages of NAS-Bench-201's networks, in the kernels. Gradients flow to the input and all weights.
    ///
    /// - Parameters:
    ///   - input: of even sides.
    ///   - channels: of the output.
    ///   - given: means, then variances, of the first and then of the second batch norm to normalise with; nil normalises with the
    ///     batch's own.
    ///   - parts: as of a cell.
    /// - Returns: the block's output, channels last, and the batch's own statistics, variances unbiased (empty when they were
    ///   given).
    package static func residual(
        _ input: Tensor, channels: Int, weights: ResidualWeights, given: [Float]?, parts: Int = 1
    ) throws(TorchError) -> (output: Tensor, statistics: [Float]) {
        precondition(weights.all.count == Int(ct_residual_weights))
        precondition(given.map { $0.count == 4 * channels } ?? true)
        var statistics = [Float](repeating: 0, count: given == nil ? 4 * channels : 0)
        let handles: [OpaquePointer?] = weights.all.map(\.handle)
        let output = statistics.withUnsafeMutableBufferPointer { own in
            if let given {
                given.withUnsafeBufferPointer { ct_residual(input.handle, handles, $0.baseAddress, nil, Int32(parts)) }
            } else {
                ct_residual(input.handle, handles, nil, own.baseAddress, Int32(parts))
            }
        }
        return (try Tensor(owning: output, "compute a residual block"), statistics)
    }
}
