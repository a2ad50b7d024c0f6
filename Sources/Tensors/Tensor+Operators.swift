import CTorch

/// The operators of the search space on images x channels x height x width.
extension Tensor {
    /// Entry by entry: the larger of it and 0.
    package func relu() throws(TorchError) -> Tensor { try Tensor(owning: ct_relu(handle), "apply ReLU") }

    /// Without bias. The weight is outputs x inputs / groups x height x width; padding is zeros on every side.
    package func convolved(
        with weight: Tensor, stride: Int = 1, padding: Int = 0, dilation: Int = 1, groups: Int = 1
    ) throws(TorchError) -> Tensor {
        try Tensor(
            owning: ct_convolution(
                handle, weight.handle, Int32(stride), Int32(padding), Int32(dilation), Int32(groups)), "convolve")
    }

    /// 3x3, padding 1.
    package func maxPooled(stride: Int) throws(TorchError) -> Tensor {
        try Tensor(owning: ct_max_pool(handle, Int32(stride)), "pool")
    }

    /// 3x3, padding 1, which the mean does not count.
    package func averagePooled(stride: Int) throws(TorchError) -> Tensor {
        try Tensor(owning: ct_average_pool(handle, Int32(stride)), "pool")
    }

    /// Normalised with the batch's own mean and biased variance; the variance that comes out is unbiased.
    package func batchNormalised(
        scale: Tensor?, shift: Tensor?, epsilon: Double
    ) throws(TorchError) -> (output: Tensor, mean: Tensor, variance: Tensor) {
        var mean: OpaquePointer?
        var variance: OpaquePointer?
        let output = try Tensor(
            owning: ct_batch_norm(handle, scale?.handle, shift?.handle, epsilon, &mean, &variance), "normalise")
        return (output, try Tensor(owning: mean, "normalise"), try Tensor(owning: variance, "normalise"))
    }

    /// Normalised with given statistics, one mean and one variance a channel; nothing is measured.
    ///
    /// - Parameters:
    ///   - scale: what each channel is multiplied with afterwards; nil for 1.
    ///   - shift: what is added then; nil for 0.
    package func normalised(
        mean: Tensor, variance: Tensor, scale: Tensor?, shift: Tensor?, epsilon: Double
    ) throws(TorchError) -> Tensor {
        try Tensor(
            owning: ct_batch_norm_with(
                handle, scale?.handle, shift?.handle, mean.handle, variance.handle, epsilon), "normalise")
    }

    /// What the second half of a factorised reduction reads (DARTS `FactorizedReduce`). Odd sides get a row or column
    /// of zeros at their end.
    package func withoutFirstRowAndColumn() throws(TorchError) -> Tensor {
        try Tensor(owning: ct_without_first_row_and_column(handle), "cut")
    }

    /// Joined along channels, in order.
    package static func concatenated(_ tensors: [Tensor]) throws(TorchError) -> Tensor {
        let handles = tensors.map { Optional($0.handle) }
        return try Tensor(owning: ct_concatenate(handles, Int32(handles.count)), "concatenate")
    }

    /// Of one tensor that very tensor.
    package static func concatenatedOrOnly(_ tensors: [Tensor]) throws(TorchError) -> Tensor {
        if let only = tensors.first, tensors.count == 1 { return only }
        return try concatenated(tensors)
    }

    /// Entry by entry; both of one shape.
    package static func + (left: Tensor, right: Tensor) throws(TorchError) -> Tensor {
        try Tensor(owning: ct_add(left.handle, right.handle), "add")
    }

    /// The entries of a vector, as scalars.
    package func entries() throws(TorchError) -> [Tensor] {
        var handles = [OpaquePointer?](repeating: nil, count: count)
        guard ct_entries(handle, &handles, Int64(handles.count)) == 0 else { throw TorchError("take entries") }
        return handles.compactMap { $0.map(Tensor.init(adopting:)) }
    }

    /// sum of weights[k] * tensors[k], added in order.
    package static func weightedSum(_ tensors: [Tensor], weights: [Tensor]) throws(TorchError) -> Tensor {
        precondition(tensors.count == weights.count && !tensors.isEmpty)
        let handles = tensors.map { Optional($0.handle) }
        let scalars = weights.map { Optional($0.handle) }
        return try Tensor(owning: ct_weighted_sum(handles, scalars, Int32(handles.count)), "mix")
    }

    /// Each image times its entry of the mask.
    package func scaledImages(by mask: Tensor) throws(TorchError) -> Tensor {
        try Tensor(owning: ct_scale_images(handle, mask.handle), "scale images")
    }

    /// Over rows and columns: images x channels.
    package func globalMean() throws(TorchError) -> Tensor { try Tensor(owning: ct_global_mean(handle), "average") }

    /// This (images x inputs) times the weight (outputs x inputs), plus the bias.
    package func linear(weight: Tensor, bias: Tensor) throws(TorchError) -> Tensor {
        try Tensor(owning: ct_linear(handle, weight.handle, bias.handle), "classify")
    }

    /// Cross-entropy of these logits: the mean over the images, or the sum.
    package func crossEntropy(labels: Tensor, sum: Bool = false) throws(TorchError) -> Tensor {
        try Tensor(owning: ct_cross_entropy(handle, labels.handle, sum ? 1 : 0), "take the loss")
    }

    /// Of these logits (images x classes): images whose largest one is that of their label.
    package func hits(labels: Tensor) throws(TorchError) -> Int {
        let hits = ct_hits(handle, labels.handle)
        guard hits >= 0 else { throw TorchError("count hits") }
        return Int(hits)
    }
}

/// What derived networks need beside the candidates of a search.
extension Tensor {
    /// A full convolution whose padding is half its kernel.
    package func convolved(
        withRectangle weight: Tensor, strideRows: Int, strideColumns: Int
    ) throws(TorchError) -> Tensor {
        try Tensor(
            owning: ct_rectangular_convolution(handle, weight.handle, Int32(strideRows), Int32(strideColumns)),
            "convolve")
    }

    /// Means of windows, without padding.
    package func windowMeans(
        rows: (kernel: Int, stride: Int), columns: (kernel: Int, stride: Int)
    ) throws(TorchError) -> Tensor {
        try Tensor(
            owning: ct_mean_of_windows(
                handle, Int32(rows.kernel), Int32(columns.kernel), Int32(rows.stride), Int32(columns.stride)), "pool")
    }

    /// Every entry times a constant.
    package func scaled(by factor: Double) throws(TorchError) -> Tensor {
        try Tensor(owning: ct_scale(handle, factor), "scale")
    }

    /// Mean cross-entropy of these logits against labels of which a share of `smoothing` is spread evenly over all classes.
    package func crossEntropy(labels: Tensor, smoothing: Double) throws(TorchError) -> Tensor {
        try Tensor(owning: ct_smoothed_cross_entropy(handle, labels.handle, smoothing), "take the loss")
    }

    /// Images whose label is among the `count` largest logits; of equal ones the first stand before the others.
    package func hits(labels: Tensor, amongTop count: Int) throws(TorchError) -> Int {
        let hits = ct_top_hits(handle, labels.handle, Int32(count))
        guard hits >= 0 else { throw TorchError("count hits") }
        return Int(hits)
    }

    /// The class of each image's largest logit.
    package func predictions(imageCount: Int) throws(TorchError) -> [Int32] {
        var classes = [Int32](repeating: 0, count: imageCount)
        guard ct_predictions(handle, &classes, Int64(imageCount)) == 0 else { throw TorchError("take predictions") }
        return classes
    }
}
