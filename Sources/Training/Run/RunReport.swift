package import Configuration
package import SearchSpace

/// What a run tells after a round.
package enum RunReport: Sendable, Equatable {
    case step(StepReport)
    case epoch(EpochReport)
}

/// What a step tells when it is done, for log, metrics and journal.
package struct StepReport: Sendable, Equatable {
    /// The step that was done, from 0.
    package let step: Int
    /// The epoch that the step is of, from 0.
    package let epoch: Int
    /// From 0.
    package let stepInEpoch: Int
    /// Mean over the shards, label smoothing and an auxiliary head's share in it; not a number where the step was skipped.
    package let loss: Double
    /// Images of the batch whose label has the classifier's largest logit.
    package let hits: Int
    /// Images of the batch; 0 where the step was skipped.
    package let images: Int
    /// Of the weights.
    package let learningRate: Double
    /// Chance that an edge was dropped for an image.
    package let dropPathProbability: Double
    /// Before clipping; not a number where the step was skipped.
    package let weightGradientNorm: Double
    /// True when something was not finite and nothing was stepped.
    package let isSkipped: Bool
    /// How many steps in a row, this one included, were skipped.
    package let skippedInRow: Int
    /// Whether all that a checkpoint would hold is finite afterwards; a skipped step changes nothing of it.
    package let isFinite: Bool
    /// Of the state afterwards, for the journal.
    package let digests: StepDigests
    /// Nil where the architecture is fixed.
    package let search: Search?

    /// What a step of a search tells besides.
    package struct Search: Sendable, Equatable {
        /// Of the relaxed draw; nil where nothing is drawn.
        package let temperature: Double?
        /// With the cost's gradient in it, before clipping; not a number where the step took no gradient of alpha.
        package let alphaGradientNorm: Double
        /// Signal and noise of the loss's gradient by alpha; nil where the shards do not tell them.
        package let alphaGradient: GradientSpread?
        /// Mean reward of the children that the step judged; nil where none was.
        package let reward: Double?
        /// Size afterwards; nil where the run was given no budget.
        package let budget: BudgetReport?
    }
}

/// What an epoch tells when it is over, and evaluated if it is to be.
package struct EpochReport: Sendable, Equatable {
    /// From 0.
    package let epoch: Int
    /// Of the weights, in the epoch's last step.
    package let learningRate: Double
    /// In the epoch's last step.
    package let dropPathProbability: Double
    /// Mean over the steps that were not skipped. In a search it is the loss under the mixtures of the shards.
    package let trainLoss: Double
    /// Share of the same steps' images that the classifier had right, 0 to 1.
    package let trainAccuracy: Double
    /// Of each network that a search looked at, with inherited weights and with statistics recalibrated under its own mixture: none
    /// where nothing is held out or the epoch was not evaluated.
    package let heldOut: [EvaluatedNetwork: Accuracy]
    /// Of a retraining's network with its running statistics; nil where nothing is held out or the epoch was not evaluated.
    package let trained: EvaluationCount?
    /// Nil where the architecture is fixed.
    package let search: Search?

    /// What an epoch of a search tells besides.
    package struct Search: Sendable, Equatable {
        /// Of the relaxed draw; nil where nothing is drawn.
        package let temperature: Double?
        /// Of all tables together, in nats.
        package let entropy: Double
        /// Edges that are decided for good; 0 without early fixing.
        package let fixedEdges: Int
        /// Share of edges whose most probable operation is `none`, among those that could keep another.
        package let noneShare: Double
        /// Share of the same edges whose most probable operation is `skip_connect`.
        package let skipShare: Double
        /// What would be derived after the epoch's last step.
        package let genotype: Genotype
        /// After the epoch's last step: not the mean that a run may derive its cell from.
        package let alpha: EdgeTable<Float>
        /// Mean dL/dZ of a step: which operation on which edge earned what (negative lowers the loss).
        package let credits: EdgeTable<Double>
        /// That the run's rounds have taken so far, evaluations among them.
        package let multiplyAdds: Double
        /// Means of the epoch's steps; nil where the shards did not tell.
        package let alphaGradient: GradientSpread?
        /// Nil where the run was given no budget.
        package let budget: BudgetReport?
    }

    /// How well a network does on the held-out images: one draw, or the mean of several.
    package struct Accuracy: Sendable, Equatable {
        /// Mean cross-entropy of an image, without smoothing.
        package let loss: Double
        /// Share of the images that it has right, 0 to 1.
        package let accuracy: Double
        /// Held-out images that each draw saw.
        package let images: Int
        /// Draws that loss and accuracy are the mean of.
        package let draws: Int
        /// Of that mean of accuracies, from the draws' own deviation: what other draws would give on these images. Nil where it
        /// rests on one.
        package let standardError: Double?

        /// Of one draw, or of a network for which nothing is drawn.
        package init(loss: Double, accuracy: Double, images: Int) {
            self.loss = loss
            self.accuracy = accuracy
            self.images = images
            draws = 1
            standardError = nil
        }

        /// The mean of one draw or several, all on the same images.
        package init(mean draws: [Accuracy]) {
            precondition(!draws.isEmpty)
            let count = Double(draws.count)
            let mean = draws.reduce(0) { $0 + $1.accuracy } / count
            let squares = draws.reduce(0) { $0 + ($1.accuracy - mean) * ($1.accuracy - mean) }
            loss = draws.reduce(0) { $0 + $1.loss } / count
            accuracy = mean
            images = draws[0].images
            self.draws = draws.count
            standardError = draws.count > 1 ? (squares / (count - 1) / count).squareRoot() : nil
        }
    }
}
