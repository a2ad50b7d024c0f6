import Configuration
import Estimation
import Optimization
import Randomness
import SearchSpace
import Wire

extension SearchRun {
    /// Adds the gradient of the cost to the loss's mean gradient by alpha. Nothing comes over the wire for it: each shard's Z
    /// is drawn again from its key.
    ///
    /// - Returns: the mean cost of the shards' samples; nil where no coefficient is in force.
    mutating func addCost(_ job: RoundJob, to alphaGradient: inout [Float]) -> Double? {
        switch budget?.pressure {
        case nil, .some(.none): return nil
        case .cost(let term, let method, let coefficient):
            let estimate = estimate(term, method, job)
            for (entry, slope) in estimate.gradient.enumerated() {
                alphaGradient[entry] += Float(coefficient) * slope
            }
            return Double(estimate.value)
        case .target(let target):
            // The controller's run is the part in which alpha moves.
            let steps = totalSteps - warmupSteps
            let share = Double(state.step - warmupSteps) / Double(max(1, steps - 1))
            let pull = target.gradient(
                alpha: state.alpha, lossGradient: alphaGradient, share: share, steps: steps,
                multiplier: &state.targetMultiplier)
            for (entry, slope) in pull.enumerated() { alphaGradient[entry] += Float(slope) }
            return nil
        }
    }

    /// The mean over the shards' samples, added in the tree in which everything else is.
    private func estimate(_ term: CostTerm, _ method: CostMethod, _ job: RoundJob) -> (value: Float, gradient: [Float])
    {
        if method == .discrete {
            let exact = CostEstimator.expected(term, state.alpha)
            return (Float(exact.value), exact.gradient.entries.map { Float($0) })
        }
        let vectors = (0..<job.shardCount).map { shard in
            let sample = GumbelSoftmax.stepSample(
                alpha: state.alpha, temperature: temperature(at: Int(job.step)),
                noise: configuration.architecture.noise,
                seed: UInt64(configuration.run.seed), step: job.step, shard: shard, shardCount: job.shardCount)
            let estimate =
                method == .policyGradient
                ? CostEstimator.policyGradient(term, sample, state.alpha)
                : CostEstimator.reparametrised(term, sample)
            return [Float(estimate.value)] + estimate.gradient.entries.map { Float($0) }
        }
        let mean = meanOverShards(vectors)
        return (mean[0], Array(mean[1...]))
    }

    /// Where the size stands after the last step; nil where the run has no budget to speak of.
    func budgetReport(cost: Double?) -> BudgetReport? {
        guard let budget else { return nil }
        let multiplier: Double? =
            switch budget.pressure {
            case .none: nil
            case .cost(_, _, let coefficient): coefficient
            case .target: state.targetMultiplier.value
            }
        return BudgetReport(cost: cost, multiplier: multiplier, derived: budget.size.size(of: state.derivedAlpha))
    }

    /// An epoch's report with the sizes in it.
    func withBudget(_ report: SearchReport) -> SearchReport {
        guard case .epoch(var epoch) = report else { return report }
        epoch.budget = budgetReport(cost: nil)
        return .epoch(epoch)
    }
}
