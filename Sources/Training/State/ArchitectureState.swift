package import Configuration
import Estimation
import Optimization
package import SearchSpace

/// What a search learns beside the weights, and what its optimiser remembers of it.
package struct ArchitectureState: Sendable, Equatable {
    /// The papers' log alpha after the last step that moved it.
    package var alpha: EdgeTable<Float>
    /// Adam's running mean of alpha's gradient, by alpha's entries.
    package var firstMoments: [Float]
    /// Adam's running mean of the squares of alpha's gradient, by alpha's entries.
    package var secondMoments: [Float]
    /// Steps that alpha was stepped in: Adam's own count.
    package var steps = 0
    /// The multiplier of a size that is asked for (`SizeTarget`); zero and unused where none is.
    package var targetMultiplier = 0.0
    /// Running mean of the rewards; nil before the first, and where nothing is rewarded by a running mean.
    package var rewardBaseline: Double?
    /// Rows of alpha that are decided, ascending: their values stay as they are.
    package internal(set) var fixedRows: [Int] = []
    /// Which of the candidates was chosen; nil before the choice, and where there is none.
    package internal(set) var chosenCandidate: Int?
    /// Alpha summed over the steps of the last epochs, whose share the setting `alpha_average` is; empty before them.
    package internal(set) var mean = AlphaMean()

    /// First values, drawn by the run's seed.
    package init(_ configuration: SearchConfiguration, _ shape: EdgeTableShape) {
        let section = configuration.architecture
        alpha = InitialValues.alpha(
            shape, mean: section.locMean, deviation: section.locStd, seed: UInt64(configuration.run.seed))
        firstMoments = Array(repeating: 0, count: shape.count)
        secondMoments = Array(repeating: 0, count: shape.count)
    }

    /// What the cell is derived from: alpha's mean once it is being averaged, before that alpha.
    package var derivedAlpha: EdgeTable<Float> { mean.values.map { EdgeTable(alpha.shape, $0) } ?? alpha }

    var isFinite: Bool {
        [alpha.entries, firstMoments, secondMoments].allSatisfy(VectorSum.isFinite)
            && targetMultiplier.isFinite && rewardBaseline?.isFinite ?? true
    }

    /// One step of Adam, and of the mean where this step counts in it.
    mutating func step(_ gradient: [Float], at step: Int, _ plan: TrainingPlan) {
        let section = plan.configuration.architecture
        steps += 1
        let decided = fixedRows.map { alpha.entries[alpha.shape.rows[$0]] }
        Adam(beta1: section.beta1, beta2: section.beta2, weightDecay: section.weightDecay).step(
            parameters: &alpha.entries, first: &firstMoments, second: &secondMoments, stepNumber: steps,
            gradient: gradient, learningRate: section.learningRate)
        for (row, values) in zip(fixedRows, decided) {
            alpha.entries.replaceSubrange(alpha.shape.rows[row], with: values)
        }
        if step >= plan.averagingFrom { mean.add(alpha.entries) }
    }
}
