import Configuration
import Estimation
import SearchSpace
import Wire

/// What a cost puts beside the loss, by the same samples that the shards drew. In a warm-up it puts nothing there.
struct CostGradient: Sendable {
    private let term: Term
    private let method: CostMethod

    private enum Term: Sendable {
        /// A sum over edges, times a coefficient.
        case edges(CostTerm, coefficient: Double)
        /// One number of the whole network, added to the loss or multiplied with it.
        case network(LogarithmicCost, isFactor: Bool)
    }

    /// Nil where no cost is in force.
    init?(_ pressure: Budget.Pressure?) {
        switch pressure {
        case nil, .some(.none), .target: return nil
        case .cost(let cost, let method, let coefficient):
            term = .edges(cost, coefficient: coefficient)
            self.method = method
        case .logarithm(let cost, let method, let isFactor):
            term = .network(cost, isFactor: isFactor)
            self.method = method
        }
    }

    /// What each shard of a round multiplies its loss by before its gradients are taken; empty: nothing.
    ///
    /// - Parameter shape: of alpha.
    func lossFactors(_ job: RoundJob, _ shape: EdgeTableShape, _ plan: TrainingPlan) -> [Float] {
        guard case .network(let cost, isFactor: true) = term, Int(job.step) >= plan.warmupSteps else { return [] }
        return (0..<job.shardCount).map { Float(cost.evaluate(sample($0, job, shape, plan).z).value) }
    }

    /// The mean over the shards' mixtures, added in the tree in which everything else is.
    ///
    /// - Parameter losses: of the round's shards, without any factor.
    /// - Returns: the cost before any coefficient, and what is added to the loss's gradient by alpha.
    func mean(
        _ job: RoundJob, losses: [Float], _ shape: EdgeTableShape, _ plan: TrainingPlan
    ) -> (value: Double, gradient: [Float]) {
        switch term {
        case .edges(let cost, let coefficient):
            let (value, gradient) = mean(of: cost, job, shape, plan)
            return (Double(value), gradient.map { Float(coefficient) * $0 })
        case .network(let cost, let isFactor):
            let vectors = (0..<job.shardCount).map { shard in
                let sample = sample(shard, job, shape, plan)
                let (value, slopes) = cost.evaluate(sample.z)
                let weight = isFactor ? Double(losses[shard]) : 1
                return [Float(value)]
                    + sample.alphaGradient(credits: slopes.map { weight * $0 }).entries.map { Float($0) }
            }
            let mean = meanOverShards(vectors)
            return (Double(mean[0]), Array(mean[1...]))
        }
    }

    private func mean(
        of cost: CostTerm, _ job: RoundJob, _ shape: EdgeTableShape, _ plan: TrainingPlan
    ) -> (value: Float, gradient: [Float]) {
        if method == .discrete {
            let exact = CostEstimator.expected(cost, EdgeTable(shape, job.table))
            return (Float(exact.value), exact.gradient.entries.map { Float($0) })
        }
        let vectors = (0..<job.shardCount).map { shard in
            let estimate = estimate(cost, shard, job, shape, plan)
            return [Float(estimate.value)] + estimate.gradient.entries.map { Float($0) }
        }
        let mean = meanOverShards(vectors)
        return (mean[0], Array(mean[1...]))
    }

    private func estimate(
        _ cost: CostTerm, _ shard: Int, _ job: RoundJob, _ shape: EdgeTableShape, _ plan: TrainingPlan
    ) -> CostEstimate {
        let sample = job.sample(shard, shape: shape, plan)
        if let child = sample as? CategoricalSample { return CostEstimator.policyGradient(cost, child) }
        guard let relaxed = sample?.relaxed else {
            preconditionFailure("a gradient of alpha by a round that does not read alpha")
        }
        return method == .policyGradient
            ? CostEstimator.policyGradient(cost, relaxed, EdgeTable(shape, job.table))
            : CostEstimator.reparametrised(cost, relaxed)
    }

    /// What a cost of the whole network is taken of: the shard's own mixture, or softmax(alpha) in its place.
    private func sample(
        _ shard: Int, _ job: RoundJob, _ shape: EdgeTableShape, _ plan: TrainingPlan
    ) -> RelaxedSample {
        if method == .discrete { return Softmax.sample(alpha: EdgeTable(shape, job.table)) }
        guard let relaxed = job.sample(shard, shape: shape, plan)?.relaxed else {
            preconditionFailure("a cost through a mixture that is not relaxed")
        }
        return relaxed
    }
}
