import Configuration
import Estimation
import Optimization
import SearchSpace
import Wire

/// What the shards of a round say of alpha: their mean gradient, before the cost's is in it.
struct ArchitectureGradient: Sendable {
    /// The round that it is of: its shards' mixtures can be made again.
    let job: RoundJob
    /// By alpha's entries.
    var mean: [Float]
    /// Signal and noise of the shards' gradients; nil where they do not tell them.
    let spread: GradientSpread?
    /// dL/dZ of each shard.
    let credits: [[Float]]

    init(_ sum: RoundSum, _ plan: TrainingPlan) {
        let gradients = sum.reports.map(\.alphaGradient)
        job = sum.job
        mean = meanOverShards(gradients)
        spread = GradientSpread(of: gradients, noise: plan.configuration.architecture.noise)
        credits = sum.reports.map(\.credits)
    }

    var isFinite: Bool { mean.allSatisfy(\.isFinite) }
}

/// How alpha is stepped by a mean gradient, in every search: the cost's gradient is added, the sum clipped, Adam takes it.
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
        let cost = isStepped ? addCost(gradient.job, &architecture, to: &mean, plan) : nil
        let norm = GradientClipping.clip(&mean, maximumNorm: plan.configuration.architecture.gradClip)
        if isStepped { architecture.step(mean, at: step, plan) }
        return StepFigures.Architecture(
            gradientNorm: norm, gradient: gradient.spread, cost: cost)
    }

    /// Adds the gradient of the cost to the loss's mean gradient by alpha.
    ///
    /// - Returns: the mean cost of the shards' mixtures; nil where no coefficient is in force.
    private func addCost(
        _ job: RoundJob, _ architecture: inout ArchitectureState, to gradient: inout [Float], _ plan: TrainingPlan
    ) -> Double? {
        switch pressure {
        case nil, .some(.none): return nil
        case .cost(let term, let method, let coefficient):
            let estimate = estimate(term, method, job, architecture.alpha, plan)
            for (entry, slope) in estimate.gradient.enumerated() { gradient[entry] += Float(coefficient) * slope }
            return Double(estimate.value)
        case .target(let target):
            // The controller's run is the part in which alpha moves.
            let steps = plan.totalSteps - plan.warmupSteps
            let share = Double(Int(job.step) - plan.warmupSteps) / Double(max(1, steps - 1))
            let pull = target.gradient(
                alpha: architecture.alpha, lossGradient: gradient, share: share, steps: steps,
                multiplier: &architecture.targetMultiplier)
            for (entry, slope) in pull.enumerated() { gradient[entry] += Float(slope) }
            return nil
        }
    }

    /// The mean over the shards' mixtures, added in the tree in which everything else is.
    private func estimate(
        _ term: CostTerm, _ method: CostMethod, _ job: RoundJob, _ alpha: EdgeTable<Float>, _ plan: TrainingPlan
    ) -> (value: Float, gradient: [Float]) {
        if method == .discrete {
            let exact = CostEstimator.expected(term, alpha)
            return (Float(exact.value), exact.gradient.entries.map { Float($0) })
        }
        let vectors = (0..<job.shardCount).map { shard in
            let sample = job.sample(
                shard, noise: plan.configuration.architecture.noise, shape: alpha.shape,
                seed: UInt64(plan.configuration.run.seed))
            guard let sample else { preconditionFailure("a gradient of alpha by a round that does not read alpha") }
            let estimate =
                method == .policyGradient
                ? CostEstimator.policyGradient(term, sample, alpha) : CostEstimator.reparametrised(term, sample)
            return [Float(estimate.value)] + estimate.gradient.entries.map { Float($0) }
        }
        let mean = meanOverShards(vectors)
        return (mean[0], Array(mean[1...]))
    }
}
