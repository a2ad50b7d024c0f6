import Configuration
import Estimation
package import SearchSpace
import Wire

/// Alpha's gradient from the rewards of a round's children: REINFORCE with a baseline, and the entropy's bonus.
///
/// Each shard reports its child's accuracy times the child's score. What that lacks needs all children, or sizes that workers do not
/// know, so it is put in here, with the children drawn again from their keys: the factor of a child's size, and the baseline.
struct PolicyGradient: Sendable {
    /// Nil where accuracy alone is rewarded.
    let sizes: SizeReward?

    /// - Parameter architecture: whose running baseline the rewards move.
    func mean(_ sum: RoundSum, _ architecture: inout ArchitectureState, _ plan: TrainingPlan) -> ArchitectureGradient {
        let section = plan.configuration.policy
        let children = sum.job.children(
            noise: plan.configuration.architecture.noise, shape: architecture.alpha.shape,
            seed: UInt64(plan.configuration.run.seed))
        let factors = children.map { sizes?.factor(of: $0.chosen.chosenEntries) ?? 1 }
        let rewards = zip(sum.reports, factors).map { Double($0.hits) / Double($0.imageCount) * $1 }
        let baselines = RewardBaseline(section.baseline).values(
            for: rewards, decay: section.baselineDecay, running: &architecture.rewardBaseline)
        let gradients = children.indices.map { child in
            let score = children[child].score.entries
            return zip(sum.reports[child].alphaGradient, score).map {
                Float(factors[child] * Double($0) + baselines[child] * $1)
            }
        }
        var gradient = ArchitectureGradient(sum, gradients: gradients, plan)
        gradient.reward = rewards.reduce(0, +) / Double(rewards.count)
        let bonus = EntropyBonus.gradient(
            EdgeTable(architecture.alpha.shape, sum.job.table), coefficient: section.entropy)
        for (entry, slope) in bonus.entries.enumerated() { gradient.mean[entry] += Float(slope) }
        return gradient
    }
}

/// What a child's size counts in its reward (MnasNet: Tan et al. 2019).
package struct SizeReward: Sendable, Equatable {
    /// What is counted.
    package let resource: Resource
    /// The size from which on, or around which, accuracy counts less; in the resource's unit.
    package let target: Double
    private let shape: RewardShape
    private let fixed: Double
    private let sizes: EdgeTable<Double>

    /// - Parameters:
    ///   - target: in the resource's unit, the part that no choice changes included.
    ///   - size: of the networks that the target speaks of.
    init(_ shape: RewardShape, target: Double, of resource: Resource, size: DerivedSize) {
        self.shape = shape
        self.resource = resource
        self.target = target
        fixed = Double(size.fixed[resource])
        sizes = size.values(resource)
    }

    /// - Parameter entries: of the operations that the child has, one an edge.
    func factor(of entries: [Int]) -> Double {
        shape.factor(size: entries.reduce(fixed) { $0 + sizes.entries[$1] }, target: target)
    }
}

extension RewardBaseline {
    fileprivate init(_ baseline: SearchConfiguration.Policy.Baseline) {
        switch baseline {
        case .movingAverage: self = .movingAverage
        case .leaveOneOut: self = .leaveOneOut
        }
    }
}
