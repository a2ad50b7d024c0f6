import CTorch

extension CellKernels {
    /// A 3x3 convolution (padding 1, stride 1) and batch norm with scale and shift, in the kernels. Gradients flow to the
    /// weights, scale and shift, not to the images.
    ///
    /// - Parameters:
    ///   - images: images x channels x height x width.
    ///   - weight: `channels` x the images' channels x 3 x 3; scale and shift: `channels` values.
    ///   - given: means, then variances, to normalise with; nil normalises with the batch's own.
    ///   - parts: as of a cell.
    /// - Returns: the stem's output, channels last, and the batch's own means and unbiased variances (empty when they were
    ///   given).
    package static func stem(
        _ images: Tensor, channels: Int, weight: Tensor, scale: Tensor, shift: Tensor, given: [Float]?,
        parts: Int = 1
    ) throws(TorchError) -> (output: Tensor, statistics: [Float]) {
        try normalised(channels: channels, given: given, "compute a stem") { given, own in
            ct_stem(images.handle, weight.handle, scale.handle, shift.handle, given, own, Int32(parts))
        }
    }

    /// A layer of the ImageNet form's stem in the kernels: a 3x3 convolution (padding 1, stride 2) and batch norm with scale and
    /// shift. Gradients flow to the input, the weights, scale and shift, not with given statistics.
    ///
    /// - Parameters:
    ///   - input: images x channels x height x width.
    ///   - rectifies: whether a ReLU stands before the convolution.
    ///   - channels: of the output; weights and statistics as those of `stem`.
    ///   - parts: as of a cell.
    /// - Returns: as `stem`; of half the sides, rounded up.
    package static func halving(
        _ input: Tensor, rectifies: Bool, channels: Int, weight: Tensor, scale: Tensor, shift: Tensor,
        given: [Float]?, parts: Int = 1
    ) throws(TorchError) -> (output: Tensor, statistics: [Float]) {
        try normalised(channels: channels, given: given, "compute a layer of a stem") { given, own in
            ct_halving(
                input.handle, rectifies ? 1 : 0, weight.handle, scale.handle, shift.handle, given, own, Int32(parts))
        }
    }

    /// - Parameter compute: takes statistics to normalise with, or where the batch's own go.
    private static func normalised(
        channels: Int, given: [Float]?, _ purpose: String,
        _ compute: (_ given: UnsafePointer<Float>?, _ own: UnsafeMutablePointer<Float>?) -> OpaquePointer?
    ) throws(TorchError) -> (output: Tensor, statistics: [Float]) {
        precondition(given.map { $0.count == 2 * channels } ?? true)
        var statistics = [Float](repeating: 0, count: given == nil ? 2 * channels : 0)
        let output = statistics.withUnsafeMutableBufferPointer { own in
            if let given {
                given.withUnsafeBufferPointer { compute($0.baseAddress, nil) }
            } else {
                compute(nil, own.baseAddress)
            }
        }
        return (try Tensor(owning: output, purpose), statistics)
    }
}
