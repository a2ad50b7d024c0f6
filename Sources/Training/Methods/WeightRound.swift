import Configuration
import Optimization
import SearchSpace
import Wire

/// The gradient of the weights, divided, and the sums of the batch statistics of a round over a batch.
struct WeightRound {
    let gradient: MeanGradient
    let statistics: [Float]
    /// Nil where every shard computed everything.
    private let usage: RoundUsage?

    /// - Parameter shape: of alpha; nil where the architecture is fixed.
    init(_ sum: RoundSum, _ shape: EdgeTableShape?, _ plan: TrainingPlan) {
        precondition(sum.total.count == plan.layout.weightCount + plan.layout.statisticCount)
        gradient = MeanGradient(
            of: sum.total[..<plan.layout.weightCount], shards: sum.job.shardCount,
            maximumNorm: plan.configuration.training.gradClip)
        statistics = Array(sum.total[plan.layout.weightCount...])
        usage = shape.flatMap { RoundUsage(sum.job, $0, plan) }
    }

    var isFinite: Bool { gradient.isFinite && VectorSum.isFinite(statistics) }

    /// Takes the step: weights and running statistics by this round, and the architecture as the method has stepped it.
    ///
    /// - Parameters:
    ///   - architecture: nil where it is fixed.
    ///   - credits: dL/dZ of each shard.
    func step(
        _ state: inout RunState, _ sum: RoundSum, _ architecture: ArchitectureState?,
        _ figures: StepFigures.Architecture?, credits: [[Float]], _ plan: TrainingPlan
    ) -> StepProgress {
        let norm = gradient.norm
        let areWeightsFinite = state.step(
            gradient, statistics: statistics, shards: sum.job.shardCount, usage: usage, plan)
        state.architecture = architecture
        return .stepped(
            StepFigures(
                loss: sum.loss, hits: sum.hits, images: sum.images, weightGradientNorm: norm,
                isFinite: areWeightsFinite && state.isFiniteBesideWeights, architecture: figures, credits: credits))
    }
}
