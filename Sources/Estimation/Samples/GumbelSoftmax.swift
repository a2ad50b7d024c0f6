package import Randomness
package import SearchSpace

/// The relaxed one-hot draw of SNAS (Xie et al. 2019, section 2.2, formula 3; the concrete distribution of Maddison et al.
/// and Jang et al.): Z = softmax((alpha + G) / temperature) on each edge, G Gumbel noise, alpha the stored logits.
///
/// P(argmax Z = k) = softmax(alpha)_k at any temperature; Z becomes one-hot as it falls.
package enum GumbelSoftmax {
    /// - Parameter noise: one value an entry of the table.
    package static func sample(alpha: EdgeTable<Float>, temperature: Double, noise: [Double]) -> RelaxedSample {
        precondition(temperature > 0)
        let noisy = zip(alpha.entries, noise).map { (Double($0) + $1) / temperature }
        return RelaxedSample(z: EdgeTable(alpha.shape, noisy).softmax(), temperature: temperature)
    }

    /// One draw of the whole table, shared by all cells of a kind. Each shard of each step has its own key, as each rank of the
    /// official distributed code has its own noise: averaging over shards lowers the variance of alpha's gradient.
    ///
    /// - Parameter purpose: `.gumbel` for a step, `.evaluationGumbel` for a pass over held-out images.
    package static func sample(
        alpha: EdgeTable<Float>, temperature: Double, seed: UInt64, purpose: Purpose, step: UInt64, shard: UInt32
    ) -> RelaxedSample {
        let stream = RandomStream(seed: seed, purpose: purpose, major: step, minor: shard)
        return sample(
            alpha: alpha, temperature: temperature,
            noise: GumbelNoise.draw(count: alpha.shape.count, stream: stream))
    }
}
