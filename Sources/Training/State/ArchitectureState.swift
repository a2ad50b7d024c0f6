package import Configuration
package import Estimation
import Optimization
package import SearchSpace

/// What a search learns beside the weights, and what its optimiser remembers of it.
package struct ArchitectureState: Sendable, Equatable {
    package var alpha: EdgeTable<Float>
    /// Adam's, by alpha's entries.
    package var firstMoments: [Float]
    package var secondMoments: [Float]
    /// Steps that alpha was stepped in: Adam's own count.
    package var steps = 0
    /// Of a target; zero and unused without one.
    package var targetMultiplier = TargetMultiplier()
    /// Of alpha, over the steps that the configuration names.
    package internal(set) var mean = AlphaMean()

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
            && targetMultiplier.value.isFinite && targetMultiplier.gradientNorm.isFinite
    }

    /// One step of Adam, and of the mean where this step counts in it.
    mutating func step(_ gradient: [Float], at step: Int, _ plan: TrainingPlan) {
        let section = plan.configuration.architecture
        steps += 1
        Adam(beta1: section.beta1, beta2: section.beta2, weightDecay: section.weightDecay).step(
            parameters: &alpha.entries, first: &firstMoments, second: &secondMoments, stepNumber: steps,
            gradient: gradient, learningRate: section.learningRate)
        if step >= plan.averagingFrom { mean.add(alpha.entries) }
    }
}
