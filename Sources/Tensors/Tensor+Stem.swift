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
        precondition(given.map { $0.count == 2 * channels } ?? true)
        var statistics = [Float](repeating: 0, count: given == nil ? 2 * channels : 0)
        let output = statistics.withUnsafeMutableBufferPointer { own in
            if let given {
                given.withUnsafeBufferPointer {
                    ct_stem(
                        images.handle, weight.handle, scale.handle, shift.handle, $0.baseAddress, nil, Int32(parts))
                }
            } else {
                ct_stem(
                    images.handle, weight.handle, scale.handle, shift.handle, nil, own.baseAddress, Int32(parts))
            }
        }
        return (try Tensor(owning: output, "compute a stem"), statistics)
    }
}
