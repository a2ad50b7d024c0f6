import Estimation
package import SearchSpace
import Wire

/// How much work the rounds of a search are: multiply-adds of convolutions and classifier, as the papers count a network. Backward
/// counts twice forward: it computes the gradients by inputs and by weights. An operation that a shard leaves out is not counted;
/// which ones it drew follows from its key, so the count is exact and the same for any workers.
package struct NetworkWork: Sendable, Equatable {
    /// Forwards that a pass forward and backward counts for.
    package static let forwardsOfGradient = 3.0

    private let fixed: Double
    private let costs: EdgeTable<Double>

    /// - Parameter plan: of the super-network.
    package init(_ plan: NetworkPlan) {
        let size = DerivedSize(plan)
        fixed = Double(size.fixed[.flops])
        costs = size.values(.flops)
    }

    /// Of one image forward through all operations.
    package var ofAllOperations: Double { costs.entries.reduce(fixed, +) }

    /// Of one image forward through one operation an edge, each as likely as the others.
    package var ofMeanChild: Double {
        costs.shape.rows.reduce(fixed) { sum, row in
            sum + costs.entries[row].reduce(0, +) / Double(row.count)
        }
    }

    /// Of a whole round.
    func multiplyAdds(of job: RoundJob, _ plan: TrainingPlan) -> Double {
        let forwards = job.yields.isDisjoint(with: [.weightGradient, .alphaGradient]) ? 1 : Self.forwardsOfGradient
        return forwards * imagesTimesOperations(job, plan)
    }

    private func imagesTimesOperations(_ job: RoundJob, _ plan: TrainingPlan) -> Double {
        switch job.mixing {
        case .none: return 0
        case .relaxed, .softmax: return Double(job.imageCount) * ofAllOperations
        case .given: return Double(job.imageCount) * of(EdgeTable(costs.shape, job.table))
        case .oneHot, .categorical:
            let images = Double(job.imageCount / job.shardCount)
            return (0..<job.shardCount).reduce(0) { sum, shard in
                guard let sample = job.sample(shard, shape: costs.shape, plan) else { return sum }
                return sum + images * of(sample.mixture)
            }
        }
    }

    private func of(_ mixture: EdgeTable<Float>) -> Double {
        zip(mixture.entries, costs.entries).reduce(fixed) { $0 + ($1.0 == 0 ? 0 : $1.1) }
    }
}
