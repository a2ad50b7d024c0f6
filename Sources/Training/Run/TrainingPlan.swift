package import Configuration
import Optimization
package import SearchSpace
import Wire

/// What stays the same while a run runs: its settings, the layout of its weights, how many images there are; and what follows: where
/// epochs and the run end, and what the schedules say.
package struct TrainingPlan: Sendable {
    package let configuration: SearchConfiguration
    /// Of the super-network, or of the derived network that is trained.
    package let layout: WeightLayout
    /// Outputs of the classifier.
    package let classes: Int
    /// Images that give gradients; at least a batch.
    package let gradientImages: Int
    /// Images that alpha of a bilevel search learns from; none of other runs.
    package let searchImages: Int
    /// Images that a choice among cells reads at the end; none of runs without one.
    package let choosingImages: Int
    /// Images that only evaluate; may be none.
    package let heldOutImages: Int

    /// - Parameters:
    ///   - gradientImages: at least a batch.
    ///   - searchImages: at least a batch where the search is bilevel; of a policy, what a step of alpha reads.
    ///   - choosingImages: at least one where the cell is chosen among several.
    package init(
        _ configuration: SearchConfiguration, layout: WeightLayout, classes: Int, gradientImages: Int,
        searchImages: Int = 0, choosingImages: Int = 0, heldOutImages: Int
    ) {
        let isBilevel = configuration.retrain.genotype == nil && configuration.method.isBilevel
        precondition(gradientImages >= configuration.training.batchSize)
        precondition(!isBilevel || searchImages >= configuration.searchBatch)
        precondition(configuration.candidates == nil || choosingImages > 0)
        self.configuration = configuration
        self.layout = layout
        self.classes = classes
        self.gradientImages = gradientImages
        self.searchImages = searchImages
        self.choosingImages = choosingImages
        self.heldOutImages = heldOutImages
    }

    // MARK: Where epochs and the run end

    /// Whole batches of gradient images; what is left of an epoch's order is left out.
    package var stepsPerEpoch: Int { gradientImages / configuration.training.batchSize }

    /// Of all epochs, whatever `max_steps` says: what schedules by step are counted over.
    package var totalSteps: Int { stepsPerEpoch * configuration.training.epochs }

    /// Where the run ends; `max_steps` truncates it and changes no schedule.
    package var lastStep: Int {
        configuration.training.maxSteps > 0 ? min(configuration.training.maxSteps, totalSteps) : totalSteps
    }

    func epoch(of step: Int) -> Int { step / stepsPerEpoch }

    /// Whether `step` is the last of its epoch or of the run.
    func endsEpoch(_ step: Int) -> Bool { (step + 1) % stepsPerEpoch == 0 || step + 1 == lastStep }

    /// Whether the epoch that `step` was the last one of is evaluated, not only reported.
    func evaluates(after step: Int) -> Bool {
        heldOutImages > 0
            && ((epoch(of: step) + 1) % configuration.evaluation.everyEpochs == 0 || step + 1 == lastStep)
    }

    // MARK: Rounds of every step

    /// A round over a batch of the gradient images: the step's own.
    ///
    /// - Parameter table: what the mixing says; none of a derived network.
    func gradientRound(_ step: Int, mixing: Mixing, yields: RoundYields, table: [Float] = []) -> RoundJob {
        round(
            .gradientBatch, step, pass: epoch(of: step), stepInPass: step % stepsPerEpoch, mixing: mixing, yields, table
        )
    }

    func round(
        _ images: RoundImages, _ step: Int, pass: Int, stepInPass: Int, mixing: Mixing, _ yields: RoundYields,
        _ table: [Float]
    ) -> RoundJob {
        RoundJob(
            images, mixing: mixing, yields: yields, step: UInt64(step), epoch: UInt32(pass),
            stepInEpoch: UInt32(stepInPass), shardCount: configuration.training.shards,
            imageCount: configuration.training.batchSize, dropPathProbability: dropPathProbability(at: step),
            operationDropProbability: operationDropProbability(at: step), table: table)
    }

    // MARK: Schedules of every run

    func learningRate(at step: Int) -> Double {
        Schedule.cosineLearningRate(
            at: epoch(of: step), of: configuration.training.epochs, maximum: configuration.training.learningRate,
            minimum: configuration.training.learningRateMin)
    }

    /// Constant in a search, as in the official SNAS code; a retraining's rises as epoch / epochs (DARTS `train.py`).
    func dropPathProbability(at step: Int) -> Double {
        let whole = configuration.training.dropPathProb
        return configuration.retrain.genotype == nil
            ? whole : whole * Double(epoch(of: step)) / Double(configuration.training.epochs)
    }
}
