import Estimation
import SearchSpace
import Wire

/// What a search's rounds are. An operation that a shard leaves out is not counted; which ones it drew follows from its key, so the
/// count is exact and the same for any workers.
extension NetworkWork {
    /// Multiply-adds of a whole round.
    func multiplyAdds(of job: RoundJob, _ plan: TrainingPlan) -> Double {
        let forwards = job.yields.isDisjoint(with: [.weightGradient, .alphaGradient]) ? 1 : Self.forwardsOfGradient
        return forwards * forward(job, plan)
    }

    private func forward(_ job: RoundJob, _ plan: TrainingPlan) -> Double {
        switch job.mixing {
        case .none: return 0
        case .relaxed, .softmax: return Double(job.imageCount) * ofAllOperations
        case .given: return Double(job.imageCount) * of(EdgeTable(shape, job.table))
        case .floored, .oneHot, .categorical:
            let images = Double(job.imageCount / job.shardCount)
            return (0..<job.shardCount).reduce(0) { sum, shard in
                guard let sample = job.sample(shard, shape: shape, plan) else { return sum }
                return sum + images * of(sample.mixture)
            }
        }
    }
}
