package import SearchSpace

/// Z for one shard of one step, and what follows from it.
package struct RelaxedSample: ShardSample, Equatable {
    /// Each row sums to 1.
    package let z: EdgeTable<Double>
    /// What the noisy logits were divided by; 1 where nothing is drawn.
    package let temperature: Double

    package init(z: EdgeTable<Double>, temperature: Double) {
        precondition(temperature > 0)
        self.z = z
        self.temperature = temperature
    }

    /// Z as the network multiplies with it.
    package var mixture: EdgeTable<Float> { z.map(Float.init) }

    /// The child that the draw picks: on each edge the operation with the largest Z, which is the argmax of alpha + G, one,
    /// the others zero; the first of equals.
    package var hardMixture: EdgeTable<Float> { z.oneHot() }

    package var relaxed: RelaxedSample? { self }

    /// Alpha's gradient from the credits r = dL/dZ, in closed form (SNAS 2.3):
    /// dL/dalpha_k = Z_k (r_k - sum_m Z_m r_m) / temperature, on each edge.
    ///
    /// It is not linear in Z and r together, so it is taken shard by shard before anything is averaged.
    package func alphaGradient(credits: EdgeTable<Double>) -> EdgeTable<Double> {
        precondition(credits.shape == z.shape)
        var gradient = credits
        for row in z.shape.rows {
            let mean = row.reduce(0.0) { $0 + z.entries[$1] * credits.entries[$1] }
            for entry in row {
                gradient.entries[entry] = z.entries[entry] * (credits.entries[entry] - mean) / temperature
            }
        }
        return gradient
    }
}
