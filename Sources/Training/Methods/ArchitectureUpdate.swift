import Configuration
import Estimation
import Optimization
import SearchSpace
import Wire

/// How alpha is stepped by a mean gradient, in every search: that of the cost or of the target is added, the sum clipped, Adam takes
/// it.
struct ArchitectureUpdate: Sendable {
    /// Nil: the loss alone decides.
    let pressure: Budget.Pressure?

    /// - Parameter isStepped: false in a warm-up: nothing is changed, and no cost presses.
    /// - Returns: what the step tells of alpha.
    func step(
        _ architecture: inout ArchitectureState, by gradient: ArchitectureGradient, isStepped: Bool,
        at step: Int, _ plan: TrainingPlan
    ) -> StepFigures.Architecture {
        var mean = gradient.mean
        let cost = isStepped ? press(of: gradient, &architecture, to: &mean, plan) : nil
        let norm = GradientClipping.clip(&mean, maximumNorm: plan.configuration.architecture.gradClip)
        if isStepped { architecture.step(mean, at: step, plan) }
        return StepFigures.Architecture(
            gradientNorm: norm, gradient: gradient.spread, cost: cost, reward: gradient.reward)
    }

    /// The same round with each shard's factor of its loss, where a cost multiplies it.
    func withLossFactors(_ job: RoundJob, _ shape: EdgeTableShape, _ plan: TrainingPlan) -> RoundJob {
        guard let cost = CostGradient(pressure) else { return job }
        var job = job
        job.lossFactors = cost.lossFactors(job, shape, plan)
        return job
    }

    /// Adds the gradient of the cost or of the target to the loss's mean gradient by alpha.
    ///
    /// - Returns: the mean cost of the shards' mixtures; nil where no coefficient is in force.
    private func press(
        of round: ArchitectureGradient, _ architecture: inout ArchitectureState, to gradient: inout [Float],
        _ plan: TrainingPlan
    ) -> Double? {
        if case .target(let target) = pressure {
            let pull = target.pull(
                architecture.alpha, steps: plan.alphaSteps,
                multiplier: &architecture.targetMultiplier)
            for (entry, slope) in pull.entries.enumerated() { gradient[entry] += Float(slope) }
            return nil
        }
        guard let cost = CostGradient(pressure) else { return nil }
        let (value, slopes) = cost.mean(round.job, losses: round.losses, architecture.alpha.shape, plan)
        for (entry, slope) in slopes.enumerated() { gradient[entry] += slope }
        return value
    }
}
