package import Configuration
import Estimation
import Optimization
import Randomness
package import SearchSpace
package import Wire

/// A SNAS search as a value: it says which round it wants, takes the round's sum, and says what came of it.
///
/// Single level (SNAS 2.3): weights and alpha are stepped together from the same batch and loss. A step is one update
/// round. After an epoch held-out images are seen by up to four networks (`EvaluatedNetwork`), those that rest on a draw under
/// several, each with the inherited weights and with statistics recalibrated for it and thrown away after.
package struct SearchRun: Sendable {
    package let configuration: SearchConfiguration
    package let layout: WeightLayout
    package let topology: CellTopology
    package let classes: Int
    package let gradientImages: Int
    package let heldOutImages: Int
    /// Nil: the loss alone decides, and nobody asks how large the cell gets.
    package let budget: Budget?
    package internal(set) var state: SearchState
    /// What the open evaluation has reached; nil between evaluations.
    var evaluation: EvaluationProgress?

    /// - Parameters:
    ///   - gradientImages: images that give gradients; at least a batch.
    ///   - heldOutImages: images that only evaluate; may be none.
    package init(
        configuration: SearchConfiguration, layout: WeightLayout, topology: CellTopology, classes: Int,
        gradientImages: Int, heldOutImages: Int, budget: Budget? = nil
    ) {
        precondition(gradientImages >= configuration.training.batchSize)
        self.configuration = configuration
        self.layout = layout
        self.topology = topology
        self.classes = classes
        self.gradientImages = gradientImages
        self.heldOutImages = heldOutImages
        self.budget = budget
        state = SearchState(configuration: configuration, layout: layout, topology: topology)
    }

    /// Goes on from a checkpoint's state, which must have this run's shapes.
    package mutating func resume(from state: SearchState) {
        precondition(state.weights.count == layout.weightCount)
        self.state = state
        evaluation = nil
    }

    // MARK: Where the run stands

    package var stepsPerEpoch: Int { gradientImages / configuration.training.batchSize }

    package var totalSteps: Int { stepsPerEpoch * configuration.training.epochs }

    /// Where the run ends; `max_steps` truncates it and changes no schedule.
    package var lastStep: Int {
        configuration.training.maxSteps > 0 ? min(configuration.training.maxSteps, totalSteps) : totalSteps
    }

    /// Whether an update round would be next but an evaluation is due first.
    private var evaluationIsDue: Bool {
        state.step > 0 && state.evaluatedEpochs < epochsBegun && endsEpoch(state.step - 1)
    }

    /// Whether `step` is the last of its epoch or of the run.
    func endsEpoch(_ step: Int) -> Bool { (step + 1) % stepsPerEpoch == 0 || step + 1 == lastStep }

    private var epochsBegun: Int { (state.step + stepsPerEpoch - 1) / stepsPerEpoch }

    func epoch(of step: Int) -> Int { step / stepsPerEpoch }

    // MARK: Rounds

    /// Nil when the run is over.
    package mutating func nextRound() -> PlannedRound? {
        if evaluation != nil || evaluationIsDue { return nextEvaluationRound() }
        guard state.step < lastStep else { return nil }
        let step = state.step
        let job = RoundJob(
            .gradientBatch, mixing: .relaxed(temperature: temperature(at: step)),
            yields: [.weightGradient, .alphaGradient, .statistics], step: UInt64(step),
            epoch: UInt32(epoch(of: step)), stepInEpoch: UInt32(step % stepsPerEpoch),
            shardCount: configuration.training.shards, imageCount: configuration.training.batchSize,
            dropPathProbability: configuration.training.dropPathProb,
            operationDropProbability: operationDropProbability(at: step), table: state.alpha.entries)
        return planned(job)
    }

    /// Takes the sum of the round that `nextRound` asked for.
    ///
    /// - Parameters:
    ///   - total: the payloads' fixed-tree sum, not divided.
    ///   - reports: one a shard, in order.
    package mutating func absorb(_ job: RoundJob, total: [Float], reports: [ShardReport]) -> [SearchReport] {
        job.yields.hasGradient
            ? update(job, total: total, reports: reports)
            : absorbEvaluation(job, total: total, reports: reports).map(withBudget)
    }

    func planned(_ job: RoundJob, statistics: [Float]? = nil, place: RoundPlace? = nil) -> PlannedRound {
        PlannedRound(job, statistics: statistics, layout: layout, classes: classes, place: place)
    }
}
