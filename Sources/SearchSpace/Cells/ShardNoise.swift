/// How the noise of a step's shards hangs together. Each shard's own noise has the same distribution whichever it is; what the
/// shards' draws have in common changes the variance of their mean alone.
package enum ShardNoise: String, Sendable, Hashable, CaseIterable {
    /// Every shard has its own, as every rank of the official distributed code has.
    case independent
    /// Shards 2p and 2p + 1 have u and 1 - u (Hammersley and Morton 1956, antithetic variates). The last of an odd number of
    /// shards has its own.
    case antithetic
    /// Of S shards each has one of the S equal parts of (0, 1), entry by entry in another order (McKay, Beckman and Conover
    /// 1979, Latin hypercube sampling).
    case stratified
}
