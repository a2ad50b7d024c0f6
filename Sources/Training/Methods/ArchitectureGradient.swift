import Configuration
import Estimation
import Optimization
import SearchSpace
import Wire

/// What the shards of a round say of alpha: their mean gradient, before the cost's is in it.
struct ArchitectureGradient: Sendable {
    /// The round that it is of: its shards' mixtures can be made again.
    let job: RoundJob
    /// By alpha's entries.
    var mean: [Float]
    /// Signal and noise of the shards' gradients; nil where they do not tell them.
    let spread: GradientSpread?
    /// dL/dZ of each shard; none where alpha learns by rewards.
    let credits: [[Float]]
    /// Of each shard, without any factor.
    let losses: [Float]
    /// Mean over the children; nil where nothing is rewarded.
    var reward: Double?

    /// - Parameter gradients: one a shard, by alpha's entries.
    init(_ sum: RoundSum, gradients: [[Float]], _ plan: TrainingPlan) {
        job = sum.job
        mean = meanOverShards(gradients)
        spread = GradientSpread(of: gradients, noise: plan.configuration.architecture.noise)
        credits = sum.reports.allSatisfy(\.credits.isEmpty) ? [] : sum.reports.map(\.credits)
        losses = sum.reports.map(\.loss)
    }

    /// As the shards report it.
    init(_ sum: RoundSum, _ plan: TrainingPlan) {
        self.init(sum, gradients: sum.reports.map(\.alphaGradient), plan)
    }

    var isFinite: Bool { mean.allSatisfy(\.isFinite) }
}
