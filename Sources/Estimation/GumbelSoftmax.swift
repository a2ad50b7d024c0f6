#if canImport(Glibc)
    import Glibc
#endif
package import Randomness
package import SearchSpace

/// The relaxed one-hot draw of SNAS (Xie et al. 2019, section 2.2, formula 3; the concrete distribution of Maddison et al.
/// and Jang et al.): Z = softmax((alpha + G) / temperature) on each edge, G Gumbel noise, alpha the stored logits.
///
/// P(argmax Z = k) = softmax(alpha)_k at any temperature; Z becomes one-hot as it falls.
package enum GumbelSoftmax {
    /// - Parameter noise: one value an entry of the table.
    /// - Returns: Z, row-major edge by operation.
    package static func sample(alpha: AlphaTable, temperature: Double, noise: [Double]) -> [Double] {
        precondition(noise.count == alpha.values.count && temperature > 0)
        var z = zip(alpha.values, noise).map { (Double($0) + $1) / temperature }
        for edge in 0..<alpha.edgeCount {
            let row = edge * Operation.count..<(edge + 1) * Operation.count
            let top = z[row].max() ?? 0
            var total = 0.0
            for entry in row {
                z[entry] = exp(z[entry] - top)
                total += z[entry]
            }
            for entry in row { z[entry] /= total }
        }
        return z
    }

    /// One draw of both tables, shared by all cells of a kind. Each shard of each step has its own key, as each rank of the
    /// official distributed code has its own noise: averaging over shards lowers the variance of alpha's gradient.
    ///
    /// - Parameter purpose: `.gumbel` for a step, `.evaluationGumbel` for a pass over held-out images.
    package static func sample(
        alpha: Alpha, temperature: Double, seed: UInt64, purpose: Purpose, step: UInt64, shard: UInt32
    ) -> RelaxedSample {
        let stream = RandomStream(seed: seed, purpose: purpose, major: step, minor: shard)
        let count = alpha.normal.values.count
        let normal = GumbelNoise.draw(count: count, stream: stream)
        let reduce = GumbelNoise.draw(count: count, stream: stream, offset: UInt64(count))
        return RelaxedSample(
            normal: sample(alpha: alpha.normal, temperature: temperature, noise: normal),
            reduce: sample(alpha: alpha.reduce, temperature: temperature, noise: reduce), temperature: temperature)
    }
}
