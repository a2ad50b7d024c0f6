/// What a retraining tells after a round.
package enum RetrainReport: Sendable, Equatable {
    case step(RetrainStepReport)
    case epoch(RetrainEpochReport)
}

package struct RetrainStepReport: Sendable, Equatable {
    /// The step that was done, from 0.
    package let step: Int
    package let epoch: Int
    package let stepInEpoch: Int
    /// The auxiliary head's share included.
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
    /// The weights' bits afterwards, for the journal.
    package let weightsDigest: String
}

package struct RetrainEpochReport: Sendable, Equatable {
    package let epoch: Int
    package let learningRate: Double
    package let dropPathProbability: Double
    package let trainLoss: Double
    package let trainAccuracy: Double
    /// On the held-out training images, with the running statistics; nil where none are held out or nobody looked.
    package let heldOut: EvaluationCount?
}
