import CTorch

/// What stands behind and beside the cells, in the kernels.
extension CellKernels {
    /// A linear layer: the weight is outputs x inputs, the bias has a value for each output.
    package struct LinearWeights: Sendable {
        let weight: Tensor
        let bias: Tensor

        package init(weight: Tensor, bias: Tensor) {
            self.weight = weight
            self.bias = bias
        }
    }

    /// What stands between a map and the mean over it.
    package enum HeadActivation: Sendable {
        case none
        case relu
        /// A batch norm with scale and shift, then a ReLU.
        case normalised(scale: Tensor, shift: Tensor)
    }

    /// Batch norm and ReLU where they are asked for, the mean over the map, a linear layer. Gradients flow to the input and all
    /// weights.
    ///
    /// - Parameters:
    ///   - given: means, then variances, to normalise with; nil normalises with the batch's own.
    ///   - channels: of the input.
    /// - Returns: images x classes, and the batch's own means and unbiased variances (empty when they were given, or nothing is
    ///   normalised).
    package static func logits(
        _ input: Tensor, channels: Int, activation: HeadActivation, weights linear: LinearWeights, given: [Float]? = nil
    ) throws(TorchError) -> (output: Tensor, statistics: [Float]) {
        precondition(given.map { $0.count == 2 * channels } ?? true)
        var weights = [linear.weight, linear.bias]
        var (hasRelu, ownCount) = (true, 0)
        switch activation {
        case .none: hasRelu = false
        case .relu: break
        case .normalised(let scale, let shift):
            weights += [scale, shift]
            ownCount = given == nil ? 2 * channels : 0
        }
        var statistics = [Float](repeating: 0, count: ownCount)
        let handles: [OpaquePointer?] = weights.map(\.handle)
        func output(_ given: UnsafePointer<Float>?) -> OpaquePointer? {
            statistics.withUnsafeMutableBufferPointer {
                ct_head(
                    input.handle, handles, Int32(handles.count), hasRelu ? 1 : 0, given,
                    ownCount > 0 ? $0.baseAddress : nil)
            }
        }
        let handle = given.map { $0.withUnsafeBufferPointer { output($0.baseAddress) } } ?? output(nil)
        return (try Tensor(owning: handle, "compute a head"), statistics)
    }

    /// An auxiliary head up to its last batch norm: ReLU, the means of the map's four corners, a pointwise convolution, batch norm,
    /// ReLU, a 2 x 2 convolution. Gradients flow to the input and all weights.
    ///
    /// - Parameters:
    ///   - rows: of a corner's window, fewer than the map's; and so `columns`.
    ///   - pointwise: `channels` x the input's x 1 x 1; scale and shift: `channels` values; square: outputs x `channels` x 2 x 2.
    /// - Returns: images x outputs x 1 x 1, and the batch's means and unbiased variances.
    package static func auxiliary(
        _ input: Tensor, rows: Int, columns: Int, channels: Int, pointwise: Tensor, scale: Tensor, shift: Tensor,
        square: Tensor
    ) throws(TorchError) -> (output: Tensor, statistics: [Float]) {
        let handles: [OpaquePointer?] = [pointwise, scale, shift, square].map(\.handle)
        precondition(handles.count == Int(ct_auxiliary_weights))
        var statistics = [Float](repeating: 0, count: 2 * channels)
        let output = statistics.withUnsafeMutableBufferPointer {
            ct_auxiliary(input.handle, handles, Int32(rows), Int32(columns), $0.baseAddress)
        }
        return (try Tensor(owning: output, "compute an auxiliary head"), statistics)
    }

    /// Mean cross-entropies of logits (images x classes), each times its weight, added. Gradients flow to the logits.
    ///
    /// - Parameters:
    ///   - labels: of the images, for all of the logits.
    ///   - smoothing: share of each label that is spread evenly over all classes.
    package static func loss(
        _ heads: [(logits: Tensor, weight: Double)], labels: Tensor, smoothing: Double = 0
    ) throws(TorchError) -> Tensor {
        let handles: [OpaquePointer?] = heads.map(\.logits.handle)
        return try Tensor(
            owning: ct_loss(handles, heads.map(\.weight), Int32(handles.count), labels.handle, smoothing),
            "take the loss")
    }

    /// Cross-entropy of logits without smoothing, summed over the images.
    package static func lossSum(_ logits: Tensor, labels: Tensor) throws(TorchError) -> Double {
        var sum = 0.0
        guard ct_loss_sum(logits.handle, labels.handle, &sum) == 0 else { throw TorchError("take the loss") }
        return sum
    }
}
