package import SearchSpace

/// What one shard of a step makes of alpha, and how what came of it becomes alpha's gradient: an estimator of the gradient of the
/// expected loss. A worker and the coordinator make the same sample from the same key.
package protocol ShardSample: Sendable {
    /// What the network multiplies the operations' outputs with.
    var mixture: EdgeTable<Float> { get }

    /// Z where the sample is relaxed, whatever the network is given of it; nil where it is a choice and nothing else.
    var relaxed: RelaxedSample? { get }

    /// The shard's gradient by alpha, in Double.
    ///
    /// - Parameter credits: r = dL/dZ at the sample's mixture; 0 for operations that were not computed.
    func alphaGradient(credits: EdgeTable<Double>) -> EdgeTable<Double>
}

extension ShardSample {
    /// The same from what a network reports, computed in Double and rounded once.
    package func alphaGradient(credits: EdgeTable<Float>) -> EdgeTable<Float> {
        alphaGradient(credits: credits.map(Double.init)).map { Float($0) }
    }
}
