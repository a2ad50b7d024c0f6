package import SearchSpace

/// What a search tells after a round.
package enum SearchReport: Sendable, Equatable {
    case step(StepReport)
    case epoch(EpochReport)
}

package struct StepReport: Sendable, Equatable {
    /// The step that was done, from 0.
    package let step: Int
    package let epoch: Int
    package let stepInEpoch: Int
    package let loss: Double
    package let hits: Int
    package let images: Int
    package let temperature: Double
    package let learningRate: Double
    /// Before clipping.
    package let weightGradientNorm: Double
    package let alphaGradientNorm: Double
    /// True when something was not finite and nothing was stepped.
    package let isSkipped: Bool
    /// Alpha's bits afterwards, for the journal.
    package let alphaDigest: String
    /// Size afterwards; nil where the run was given no budget.
    package let budget: BudgetReport?
}

/// Accuracies are shares of the held-out images; nil where nothing is held out or the epoch was not evaluated.
package struct EpochReport: Sendable, Equatable {
    package struct Accuracy: Sendable, Equatable {
        package let loss: Double
        package let accuracy: Double
        package let images: Int
    }

    package let epoch: Int
    package let learningRate: Double
    package let temperature: Double
    package let trainLoss: Double
    package let trainAccuracy: Double
    /// The super-network with one soft sample; statistics recalibrated under that sample.
    package let search: Accuracy?
    /// The derived network with the inherited weights; statistics recalibrated.
    package let derived: Accuracy?
    /// Of both tables together, in nats.
    package let entropy: Double
    package let noneShare: Double
    package let skipShare: Double
    package let genotype: Genotype
    package let alpha: Alpha
    /// Mean dL/dZ of a step, normal then reduce: which operation on which edge earned what (negative lowers the loss).
    package let credits: [Double]
    /// Nil where the run was given no budget.
    package var budget: BudgetReport?
}
