import Configuration
import Optimization
import SearchSpace

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
        /// Mean reward of the step's children; nil where nothing is rewarded.
        let reward: Double?
    }

    /// Of a step that was skipped: what came of other shards before it was given up is a matter of chance.
    static let skipped = StepFigures(
        loss: .nan, hits: 0, images: 0, weightGradientNorm: .nan, isFinite: true, architecture: nil, credits: [])
}

/// Shards' vectors, averaged in the same fixed tree as the payloads.
func meanOverShards(_ vectors: [[Float]]) -> [Float] {
    let tree = ShardTree(shardCount: vectors.count)
    var sum = TreeSum(tree: tree)
    for (shard, vector) in vectors.enumerated() { _ = sum.fill(tree.leaf(shard), with: vector) }
    return (sum.total ?? []).map { $0 / Float(vectors.count) }
}
