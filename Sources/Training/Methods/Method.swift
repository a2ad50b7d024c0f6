import Configuration
import Optimization
import SearchSpace
package import Wire

/// How a run steps: which rounds a step takes, and what becomes of their sums.
///
/// A step changes the state once or not at all. What a round inside a step decides the method keeps to itself until the step's last
/// round is in and everything in it is finite; a checkpoint knows nothing of it, and a run that goes on takes the step's rounds
/// again, to the same bits.
package protocol Method: Sendable {
    /// The round that the open step wants next; the first of a step where none is open.
    mutating func nextRound(of state: RunState, _ plan: TrainingPlan) -> PlannedRound

    /// Takes the sum of the round that `nextRound` asked for.
    mutating func absorb(_ sum: RoundSum, into state: inout RunState, _ plan: TrainingPlan) -> StepProgress

    /// The open step is given up: nothing of it counts.
    mutating func abandonStep()

    /// Whether some rounds of the open step are in.
    var isInsideStep: Bool { get }
}

/// Of methods whose steps have one round.
extension Method {
    /// With one round a step there is nothing open.
    package mutating func abandonStep() {}

    /// With one round a step there is nothing open.
    package var isInsideStep: Bool { false }
}

/// What came of a round.
package struct RoundSum: Sendable {
    /// As it was asked for.
    package let job: RoundJob
    /// The payloads' fixed-tree sum, not divided.
    package let total: [Float]
    /// One a shard, in order.
    package let reports: [ShardReport]

    /// - Parameter reports: as many as the job has shards.
    package init(_ job: RoundJob, total: [Float], reports: [ShardReport]) {
        precondition(reports.count == job.shardCount)
        self.job = job
        self.total = total
        self.reports = reports
    }

    /// Mean over the shards' mean losses.
    var loss: Double { reports.reduce(0.0) { $0 + Double($1.loss) } / Double(reports.count) }

    var images: Int { reports.reduce(0) { $0 + $1.imageCount } }

    var hits: Int { reports.reduce(0) { $0 + $1.hits } }

    /// Whether every shard says so of itself.
    var areShardsFinite: Bool { reports.allSatisfy { $0.finite && $0.loss.isFinite } }
}

/// How a step stands after one of its rounds.
package enum StepProgress: Sendable {
    /// The step goes on.
    case anotherRound
    /// Something is not finite: the state is as it was.
    case notFinite
    /// The state has taken the step.
    case stepped(StepFigures)
}

/// What a step tells of itself.
package struct StepFigures: Sendable {
    let loss: Double
    let hits: Int
    let images: Int
    /// Before clipping.
    let weightGradientNorm: Double
    /// Whether all that was stepped is finite.
    let isFinite: Bool
    /// Nil where the architecture is fixed.
    let architecture: Architecture?
    /// dL/dZ of each shard; none where the architecture is fixed.
    let credits: [[Float]]

    struct Architecture: Sendable {
        /// Of the mean gradient with the cost's in it, before clipping.
        let gradientNorm: Double
        /// Signal and noise of the loss's gradient; nil where the shards do not tell them.
        let gradient: GradientSpread?
        /// Mean cost of the shards' samples; nil where no coefficient is in force.
        let cost: Double?
    }

    /// Of a step that was skipped: what came of other shards before it was given up is a matter of chance.
    static let skipped = StepFigures(
        loss: .nan, hits: 0, images: 0, weightGradientNorm: .nan, isFinite: true, architecture: nil, credits: [])
}

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

/// Shards' vectors, averaged in the same fixed tree as the payloads.
func meanOverShards(_ vectors: [[Float]]) -> [Float] {
    let tree = ShardTree(shardCount: vectors.count)
    var sum = TreeSum(tree: tree)
    for (shard, vector) in vectors.enumerated() { _ = sum.fill(tree.leaf(shard), with: vector) }
    return (sum.total ?? []).map { $0 / Float(vectors.count) }
}
