import CTorch

/// What a batch of several shards computes by shard: the images of all stand one behind the other, as many of each.
extension Tensor {
    /// Normalised with each shard's own mean and biased variance.
    ///
    /// - Returns: images x channels x height x width; means and unbiased variances, shards x channels.
    package func batchNormalised(
        scale: Tensor?, shift: Tensor?, epsilon: Double, shards: Int
    ) throws(TorchError) -> (output: Tensor, mean: Tensor, variance: Tensor) {
        var mean: OpaquePointer?
        var variance: OpaquePointer?
        let output = try Tensor(
            owning: ct_batch_norm_by_shard(
                handle, scale?.handle, shift?.handle, epsilon, Int64(shards), &mean, &variance), "normalise")
        return (output, try Tensor(owning: mean, "normalise"), try Tensor(owning: variance, "normalise"))
    }

    /// Of a table, shards x columns: each column as images x 1 x 1 x 1, where every image has its shard's entry.
    package func columns(_ count: Int, images: Int) throws(TorchError) -> [Tensor] {
        var handles = [OpaquePointer?](repeating: nil, count: count)
        guard ct_columns_by_image(handle, Int64(images), &handles, Int64(count)) == 0 else {
            throw TorchError("take columns")
        }
        return handles.compactMap { $0.map(Tensor.init(adopting:)) }
    }

    /// Mean cross-entropy of each shard's images: a vector.
    ///
    /// - Parameter smoothing: share of each label that is spread evenly over all classes.
    package func crossEntropies(labels: Tensor, smoothing: Double, shards: Int) throws(TorchError) -> Tensor {
        try Tensor(owning: ct_losses_by_shard(handle, labels.handle, smoothing, Int64(shards)), "take the losses")
    }

    /// Of these logits (images x classes): each shard's images whose largest one is that of their label.
    package func hits(labels: Tensor, shards: Int) throws(TorchError) -> [Int] {
        let hits = try Tensor(owning: ct_hits_by_shard(handle, labels.handle, Int64(shards)), "count hits")
        return try hits.doubles().map { Int($0) }
    }

    /// Sum of the products of two vectors' entries.
    package func innerProduct(_ other: Tensor) throws(TorchError) -> Tensor {
        try Tensor(owning: ct_inner_product(handle, other.handle), "take an inner product")
    }

    /// All values, row-major, in full precision.
    package func doubles() throws(TorchError) -> [Double] {
        var values = [Double](repeating: 0, count: count)
        guard ct_copy_doubles(handle, &values, Int64(values.count)) == 0 else { throw TorchError("copy values out") }
        return values
    }
}
