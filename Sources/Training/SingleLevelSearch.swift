import Configuration
import Estimation
import Optimization
import SearchSpace
import Wire

/// SNAS (Xie et al. 2019, section 2.3): weights and alpha are stepped together from the same batch and loss. A step is one round, in
/// which each shard draws its own relaxed sample of alpha: mean gradients, clipped each (alpha's with the gradient of the cost), SGD
/// for the weights, Adam for alpha unless it is warm-up, running statistics.
package struct SingleLevelSearch: Method {
    /// Nil: the loss alone decides.
    let pressure: Budget.Pressure?

    /// - Parameter budget: nil where nobody asks how large the cell gets.
    package init(_ budget: Budget?) { pressure = budget?.pressure }

    package func nextRound(of state: RunState, _ plan: TrainingPlan) -> PlannedRound {
        let step = state.step
        let job = RoundJob(
            .gradientBatch, mixing: .relaxed(temperature: plan.temperature(at: step)),
            yields: [.weightGradient, .alphaGradient, .statistics], step: UInt64(step),
            epoch: UInt32(plan.epoch(of: step)), stepInEpoch: UInt32(step % plan.stepsPerEpoch),
            shardCount: plan.configuration.training.shards, imageCount: plan.configuration.training.batchSize,
            dropPathProbability: plan.dropPathProbability(at: step),
            operationDropProbability: plan.operationDropProbability(at: step),
            table: Self.architecture(of: state).alpha.entries)
        return PlannedRound(job, layout: plan.layout, classes: plan.classes)
    }

    package func absorb(_ sum: RoundSum, into state: inout RunState, _ plan: TrainingPlan) -> StepProgress {
        precondition(sum.job.step == UInt64(state.step))
        let round = WeightRound(sum, plan)
        let gradients = sum.reports.map(\.alphaGradient)
        var gradient = meanOverShards(gradients)
        guard sum.areShardsFinite, round.isFinite, gradient.allSatisfy(\.isFinite) else { return .notFinite }
        var architecture = Self.architecture(of: state)
        let moves = plan.movesAlpha(at: state.step)
        let cost = moves ? addCost(sum.job, &architecture, to: &gradient, plan) : nil
        let weightNorm = round.gradient.norm
        let norm = GradientClipping.clip(&gradient, maximumNorm: plan.configuration.architecture.gradClip)
        let areWeightsFinite = state.step(round.gradient, statistics: round.statistics, plan)
        if moves { architecture.step(gradient, at: state.step, plan) }
        state.architecture = architecture
        return .stepped(
            StepFigures(
                loss: sum.loss, hits: sum.hits, images: sum.images, weightGradientNorm: weightNorm,
                isFinite: areWeightsFinite && state.isFiniteBesideWeights,
                architecture: .init(
                    temperature: plan.temperature(at: state.step), gradientNorm: norm,
                    gradient: GradientSpread(of: gradients, noise: plan.configuration.architecture.noise), cost: cost),
                credits: sum.reports.map(\.credits)))
    }

    private static func architecture(of state: RunState) -> ArchitectureState {
        guard let architecture = state.architecture else { preconditionFailure("a search without alpha") }
        return architecture
    }

    // MARK: The cost

    /// Adds the gradient of the cost to the loss's mean gradient by alpha. Nothing comes over the wire for it: each shard's Z
    /// is drawn again from its key.
    ///
    /// - Returns: the mean cost of the shards' samples; nil where no coefficient is in force.
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

    /// The mean over the shards' samples, added in the tree in which everything else is.
    private func estimate(
        _ term: CostTerm, _ method: CostMethod, _ job: RoundJob, _ alpha: EdgeTable<Float>, _ plan: TrainingPlan
    ) -> (value: Float, gradient: [Float]) {
        if method == .discrete {
            let exact = CostEstimator.expected(term, alpha)
            return (Float(exact.value), exact.gradient.entries.map { Float($0) })
        }
        let vectors = (0..<job.shardCount).map { shard in
            let sample = GumbelSoftmax.stepSample(
                alpha: alpha, temperature: plan.temperature(at: Int(job.step)),
                noise: plan.configuration.architecture.noise, seed: UInt64(plan.configuration.run.seed), step: job.step,
                shard: shard, shardCount: job.shardCount)
            let estimate =
                method == .policyGradient
                ? CostEstimator.policyGradient(term, sample, alpha) : CostEstimator.reparametrised(term, sample)
            return [Float(estimate.value)] + estimate.gradient.entries.map { Float($0) }
        }
        let mean = meanOverShards(vectors)
        return (mean[0], Array(mean[1...]))
    }
}
