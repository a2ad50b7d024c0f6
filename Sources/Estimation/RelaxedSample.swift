#if canImport(Glibc)
    import Glibc
#endif
package import SearchSpace

/// Z of both tables for one shard of one step, and what follows from it.
package struct RelaxedSample: Sendable, Equatable {
    /// Row-major edge by operation; each edge sums to 1.
    package let normal: [Double]
    package let reduce: [Double]
    package let temperature: Double

    package init(normal: [Double], reduce: [Double], temperature: Double) {
        precondition(normal.count == reduce.count && normal.count % Operation.count == 0 && temperature > 0)
        self.normal = normal
        self.reduce = reduce
        self.temperature = temperature
    }

    /// Z as the network multiplies with it.
    package var mixture: Mixture { Mixture(normal: normal.map(Float.init), reduce: reduce.map(Float.init)) }

    /// The child that the draw picks: on each edge the operation with the largest Z, which is the argmax of alpha + G, one,
    /// the others zero; the first of equals.
    package var hardMixture: Mixture { Mixture(normal: Self.oneHot(normal), reduce: Self.oneHot(reduce)) }

    private static func oneHot(_ z: [Double]) -> [Float] {
        var table = [Float](repeating: 0, count: z.count)
        for edge in stride(from: 0, to: z.count, by: Operation.count) {
            let row = edge..<edge + Operation.count
            table[row.reduce(edge) { z[$1] > z[$0] ? $1 : $0 }] = 1
        }
        return table
    }

    /// Alpha's gradient from the credits r = dL/dZ, in closed form (SNAS 2.3):
    /// dL/dalpha_k = Z_k (r_k - sum_m Z_m r_m) / temperature, on each edge.
    ///
    /// It is not linear in Z and r together, so it is taken shard by shard before anything is averaged. Computed in Double
    /// and rounded once.
    /// - Parameter credits: dL/dZ, normal then reduce.
    /// - Returns: dL/dalpha in the same order.
    package func alphaGradient(credits: [Float]) -> [Float] {
        alphaGradient(credits: credits.map(Double.init)).map { Float($0) }
    }

    /// The same in Double, for whatever has slopes by Z.
    package func alphaGradient(credits: [Double]) -> [Double] {
        precondition(credits.count == normal.count + reduce.count)
        let z = normal + reduce
        var gradient: [Double] = []
        gradient.reserveCapacity(z.count)
        for edge in stride(from: 0, to: z.count, by: Operation.count) {
            let row = edge..<edge + Operation.count
            let mean = row.reduce(0.0) { $0 + z[$1] * credits[$1] }
            for entry in row { gradient.append(z[entry] * (credits[entry] - mean) / temperature) }
        }
        return gradient
    }
}

extension RelaxedSample {
    /// softmax(alpha / tau) of every edge, normal then reduce: what a sample would be without noise.
    static func softmax(_ alpha: Alpha, tau: Double) -> [Double] {
        precondition(tau > 0)
        var values = alpha.flat.map { Double($0) / tau }
        for edge in stride(from: 0, to: values.count, by: Operation.count) {
            let row = edge..<edge + Operation.count
            let top = values[row].max() ?? 0
            for entry in row { values[entry] = exp(values[entry] - top) }
            let total = values[row].reduce(0, +)
            for entry in row { values[entry] /= total }
        }
        return values
    }
}
