package import Estimation
package import Randomness
package import SearchSpace
package import Wire

/// What a shard of a step makes of alpha. A worker asks before it computes the shard, the coordinator when it needs the same mixture
/// again for a cost: nothing comes over the wire for it.
extension RoundJob {
    /// What the draws of its images are keyed by.
    package var stream: ImageStream { images == .searchBatch ? .search : .gradient }

    /// Nil where the table is the mixture, or nothing is mixed.
    package func sample(
        _ shard: Int, noise: ShardNoise, shape: EdgeTableShape, seed: UInt64
    ) -> RelaxedSample? {
        let alpha = { EdgeTable(shape, self.table) }
        switch mixing {
        case .none, .given: return nil
        case .softmax: return Softmax.sample(alpha: alpha())
        case .relaxed(let temperature), .oneHot(let temperature):
            return GumbelSoftmax.stepSample(
                alpha: alpha(), temperature: temperature, noise: noise, seed: seed, step: step, images: stream,
                shard: shard, shardCount: shardCount)
        }
    }
}
