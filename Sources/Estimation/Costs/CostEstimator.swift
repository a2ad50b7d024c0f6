package import SearchSpace

/// A cost and an estimate of the gradient of its expectation by alpha.
package struct CostEstimate: Sendable, Equatable {
    /// C, before any coefficient.
    package let value: Double
    /// By alpha's entries, before any coefficient.
    package let gradient: EdgeTable<Double>
}

/// The three estimators of the official code (`--method`).
package enum CostEstimator {
    /// Through the sample that the network saw: no variance is added to the loss's own, and the gradient dies with the
    /// temperature as the loss's does.
    package static func reparametrised(_ term: CostTerm, _ sample: RelaxedSample) -> CostEstimate {
        let (edges, slopes) = term.evaluate(sample.z)
        return CostEstimate(value: edges.reduce(0, +), gradient: sample.alphaGradient(credits: slopes))
    }

    /// softmax(alpha) in place of Z: no draw, no variance, no temperature. Of a linear cost it is the exact expectation under
    /// one-hot choices; of the log form it is the logarithm of the expectation, as in the official code.
    package static func expected(_ term: CostTerm, _ alpha: EdgeTable<Float>) -> CostEstimate {
        reparametrised(term, Softmax.sample(alpha: alpha))
    }

    /// The score of each edge's sample times that edge's cost, less the mean cost of its operations: the policy gradient,
    /// edge by edge as the cost is a sum over edges. It needs no derivative of the cost.
    package static func policyGradient(_ term: CostTerm, _ sample: CategoricalSample) -> CostEstimate {
        let costs = term.evaluate(sample.chosen).edges
        let baselines = term.operationMeans()
        var gradient = sample.score
        for (edge, row) in gradient.shape.rows.enumerated() {
            for entry in row { gradient.entries[entry] *= costs[edge] - baselines[edge] }
        }
        return CostEstimate(value: costs.reduce(0, +), gradient: gradient)
    }

    /// The same of a relaxed sample, by the score of the concrete distribution.
    package static func policyGradient(
        _ term: CostTerm, _ sample: RelaxedSample, _ alpha: EdgeTable<Float>
    ) -> CostEstimate {
        let costs = term.evaluate(sample.z).edges
        let baselines = term.operationMeans()
        let logits = alpha.entries.map(Double.init)
        var gradient: [Double] = []
        gradient.reserveCapacity(logits.count)
        for (edge, row) in alpha.shape.rows.enumerated() {
            let score = ConcreteDensity.score(
                z: Array(sample.z.entries[row]), logits: Array(logits[row]), temperature: sample.temperature)
            gradient += score.map { $0 * (costs[edge] - baselines[edge]) }
        }
        return CostEstimate(value: costs.reduce(0, +), gradient: EdgeTable(alpha.shape, gradient))
    }
}
