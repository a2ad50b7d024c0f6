package import Randomness
package import SearchSpace

/// One operation an edge, drawn from softmax(alpha): what DSNAS, ENAS and MnasNet train and judge. No temperature is in it.
///
/// Drawn by the Gumbel-max rule: the largest of alpha_k + G_k is k with probability softmax(alpha)_k.
package struct CategoricalSample: ShardSample, Equatable {
    /// One for the drawn operation of each edge, zero for the others.
    package let chosen: EdgeTable<Double>
    /// softmax(alpha).
    package let probabilities: EdgeTable<Double>

    /// - Parameter noise: Gumbel noise, one value an entry of the table.
    package init(alpha: EdgeTable<Float>, noise: [Double]) {
        precondition(noise.count == alpha.shape.count)
        chosen = EdgeTable(alpha.shape, zip(alpha.entries, noise).map { Double($0) + $1 }).oneHot().map(Double.init)
        probabilities = alpha.probabilities()
    }

    /// One draw by its own key: a child that is looked at, or one of several that are compared.
    ///
    /// - Parameters:
    ///   - step: or epoch.
    ///   - number: from 0.
    package init(alpha: EdgeTable<Float>, seed: UInt64, purpose: Purpose, step: UInt64 = 0, number: Int) {
        let stream = RandomStream(seed: seed, purpose: purpose, major: step, minor: UInt32(number))
        self.init(alpha: alpha, noise: GumbelNoise.draw(count: alpha.shape.count, stream: stream))
    }

    package var mixture: EdgeTable<Float> { chosen.map(Float.init) }

    package var relaxed: RelaxedSample? { nil }

    /// d ln p(chosen) / dalpha: 1 where an operation was drawn, else 0, less its probability.
    package var score: EdgeTable<Double> {
        EdgeTable(chosen.shape, zip(chosen.entries, probabilities.entries).map { $0 - $1 })
    }

    /// DSNAS (Hu et al. 2020): the credit of an edge's drawn operation is the edge's cost, and its score is weighed
    /// with it: dL/dalpha_j = r_k ((1 where j = k, else 0) - p_j).
    ///
    /// It is the policy gradient with the loss replaced, edge by edge, by the first-order term of its dependence on that edge's Z:
    /// exact in expectation where the loss is affine in each edge's Z, biased elsewhere.
    package func alphaGradient(credits: EdgeTable<Double>) -> EdgeTable<Double> {
        precondition(credits.shape == chosen.shape)
        var gradient = score
        for row in chosen.shape.rows {
            let cost = row.reduce(0.0) { $0 + chosen.entries[$1] * credits.entries[$1] }
            for entry in row { gradient.entries[entry] *= cost }
        }
        return gradient
    }

    /// REINFORCE (Williams 1992) for a reward of the whole child: an unbiased estimate of the gradient of the negative expected
    /// reward, as what is stepped is made smaller.
    package func policyGradient(reward: Double) -> EdgeTable<Double> { score.map { -reward * $0 } }
}

extension EdgeTable<Double> {
    /// The entries of the operations that a one-hot table chooses, one a row.
    package var chosenEntries: [Int] {
        shape.rows.map { row in row.first { entries[$0] != 0 } ?? row.lowerBound }
    }
}
