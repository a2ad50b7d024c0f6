import Configuration
package import Estimation
package import Randomness
package import SearchSpace
package import Wire

/// What a shard of a step makes of alpha. A worker asks before it computes the shard, the coordinator when it needs the same mixture
/// again for a cost: nothing comes over the wire for it.
extension RoundJob {
    /// What the draws of its images are keyed by.
    package var stream: ImageStream { images == .searchBatch || images == .rewardBatch ? .search : .gradient }

    /// Nil where the table is the mixture, or nothing is mixed.
    package func sample(
        _ shard: Int, noise: ShardNoise, shape: EdgeTableShape, seed: UInt64
    ) -> (any ShardSample)? {
        let alpha = { EdgeTable(shape, self.table) }
        func relaxed(_ temperature: Double) -> RelaxedSample {
            GumbelSoftmax.stepSample(
                alpha: alpha(), temperature: temperature, noise: noise, seed: seed, step: step, images: stream,
                shard: shard, shardCount: shardCount)
        }
        switch mixing {
        case .none, .given: return nil
        case .softmax: return Softmax.sample(alpha: alpha())
        case .relaxed(let temperature): return relaxed(temperature)
        case .floored(let temperature, let floor): return FlooredSample(relaxed(temperature), floor: floor)
        case .oneHot(let temperature): return OneHotSample(relaxed(temperature))
        case .categorical: return categorical(shard, noise: noise, shape: shape, seed: seed)
        }
    }

    /// What a shard's draw adds to alpha, one value an entry of the table.
    package func gumbelNoise(_ shard: Int, noise: ShardNoise, count: Int, seed: UInt64) -> [Double] {
        GumbelSoftmax.stepNoise(
            count: count, noise: noise, seed: seed, step: step, images: stream, shard: shard, shardCount: shardCount)
    }

    /// The children of a round whose mixing is categorical: one a shard.
    func children(noise: ShardNoise, shape: EdgeTableShape, seed: UInt64) -> [CategoricalSample] {
        precondition(mixing == .categorical)
        return (0..<shardCount).map { categorical($0, noise: noise, shape: shape, seed: seed) }
    }

    private func categorical(
        _ shard: Int, noise: ShardNoise, shape: EdgeTableShape, seed: UInt64
    ) -> CategoricalSample {
        CategoricalSample(
            alpha: EdgeTable(shape, table),
            noise: gumbelNoise(shard, noise: noise, count: shape.count, seed: seed))
    }
}

extension RoundJob {
    /// The same of a round of this run.
    func sample(_ shard: Int, shape: EdgeTableShape, _ plan: TrainingPlan) -> (any ShardSample)? {
        sample(
            shard, noise: plan.configuration.architecture.noise, shape: shape,
            seed: UInt64(plan.configuration.run.seed))
    }
}
