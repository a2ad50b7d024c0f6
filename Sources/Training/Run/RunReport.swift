package import Configuration
package import SearchSpace

/// What a run tells after a round.
package enum RunReport: Sendable, Equatable {
    case step(StepReport)
    case epoch(EpochReport)
}

package struct StepReport: Sendable, Equatable {
    /// The step that was done, from 0.
    package let step: Int
    package let epoch: Int
    package let stepInEpoch: Int
    /// An auxiliary head's share included.
    package let loss: Double
    /// The classifier's.
    package let hits: Int
    package let images: Int
    package let learningRate: Double
    package let dropPathProbability: Double
    /// Before clipping.
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

    package struct Search: Sendable, Equatable {
        /// Of the relaxed draw; nil where nothing is drawn.
        package let temperature: Double?
        /// With the cost's gradient in it, before clipping.
        package let alphaGradientNorm: Double
        /// Signal and noise of the loss's gradient by alpha; nil where the shards do not tell them.
        package let alphaGradient: GradientSpread?
        /// Size afterwards; nil where the run was given no budget.
        package let budget: BudgetReport?
    }
}

package struct EpochReport: Sendable, Equatable {
    package let epoch: Int
    package let learningRate: Double
    package let dropPathProbability: Double
    package let trainLoss: Double
    package let trainAccuracy: Double
    /// Of each network that a search looked at, with inherited weights and with statistics recalibrated under its own mixture: none
    /// where nothing is held out or the epoch was not evaluated.
    package let heldOut: [EvaluatedNetwork: Accuracy]
    /// Of a retraining's network with its running statistics; nil where nothing is held out or the epoch was not evaluated.
    package let trained: EvaluationCount?
    /// Nil where the architecture is fixed.
    package let search: Search?

    package struct Search: Sendable, Equatable {
        /// Of the relaxed draw; nil where nothing is drawn.
        package let temperature: Double?
        /// Of all tables together, in nats.
        package let entropy: Double
        package let noneShare: Double
        package let skipShare: Double
        package let genotype: Genotype
        package let alpha: EdgeTable<Float>
        /// Mean dL/dZ of a step: which operation on which edge earned what (negative lowers the loss).
        package let credits: EdgeTable<Double>
        /// Means of the epoch's steps; nil where the shards did not tell.
        package let alphaGradient: GradientSpread?
        /// Nil where the run was given no budget.
        package let budget: BudgetReport?
    }

    /// A share of the held-out images.
    package struct Accuracy: Sendable, Equatable {
        package let loss: Double
        package let accuracy: Double
        package let images: Int
        /// Draws that loss and accuracy are the mean of.
        package let draws: Int
        /// Of that mean of accuracies, from the draws' own deviation: what other draws would give on these images. Nil where it
        /// rests on one.
        package let standardError: Double?

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
