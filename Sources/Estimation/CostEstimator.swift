package import SearchSpace

/// A cost and an estimate of the gradient of its expectation by alpha.
package struct CostEstimate: Sendable, Equatable {
    package let value: Double
    /// Normal then reduce, row-major edge by operation.
    package let gradient: [Double]
}

/// The three estimators of the official code (`--method`).
package enum CostEstimator {
    /// Through the sample that the network saw: no variance is added to the loss's own, and the gradient dies with the
    /// temperature as the loss's does.
    package static func reparametrised(_ term: CostTerm, _ sample: RelaxedSample) -> CostEstimate {
        let (edges, slopes) = term.evaluate(sample.normal + sample.reduce)
        return CostEstimate(value: edges.reduce(0, +), gradient: sample.alphaGradient(credits: slopes))
    }

    /// softmax(alpha) in place of Z: no draw, no variance, no temperature. Of a linear cost it is the exact expectation under
    /// one-hot choices; of the log form it is the logarithm of the expectation, as in the official code.
    package static func expected(_ term: CostTerm, _ alpha: Alpha) -> CostEstimate {
        let probabilities = RelaxedSample(
            normal: alpha.normal.probabilities(), reduce: alpha.reduce.probabilities(), temperature: 1)
        return reparametrised(term, probabilities)
    }

    /// The score of each edge's sample times that edge's cost, less the mean cost of its operations: the policy gradient,
    /// edge by edge as the cost is a sum over edges. It needs no derivative of the cost.
    package static func policyGradient(_ term: CostTerm, _ sample: RelaxedSample, _ alpha: Alpha) -> CostEstimate {
        let costs = term.evaluate(sample.normal + sample.reduce).edges
        let baselines = term.operationMeans()
        let z = sample.normal + sample.reduce
        let logits = alpha.flat.map(Double.init)
        var gradient: [Double] = []
        gradient.reserveCapacity(z.count)
        for edge in costs.indices {
            let row = edge * Operation.count..<(edge + 1) * Operation.count
            let score = ConcreteDensity.score(
                z: Array(z[row]), logits: Array(logits[row]), temperature: sample.temperature)
            gradient += score.map { $0 * (costs[edge] - baselines[edge]) }
        }
        return CostEstimate(value: costs.reduce(0, +), gradient: gradient)
    }
}
