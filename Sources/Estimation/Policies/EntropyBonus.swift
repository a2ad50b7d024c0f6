#if canImport(Glibc)
    import Glibc
#endif
package import SearchSpace

/// The entropy of softmax(alpha) over all edges, in nats, which a policy is paid for so that it goes on trying.
///
/// Taken exactly, as rows are independent; ENAS adds the sampled sequence's own log-probability to the reward in its place, which has
/// the same mean and a variance.
package enum EntropyBonus {
    /// d(-coefficient H)/dalpha: coefficient p_k (ln p_k + H) on each edge.
    package static func gradient(_ alpha: EdgeTable<Float>, coefficient: Double) -> EdgeTable<Double> {
        var gradient = alpha.probabilities()
        for row in alpha.shape.rows {
            let probabilities = row.map { gradient.entries[$0] }
            let entropy = probabilities.reduce(0.0) { $0 - product($1) }
            for (entry, probability) in zip(row, probabilities) {
                gradient.entries[entry] = coefficient * (product(probability) + probability * entropy)
            }
        }
        return gradient
    }

    /// p ln p, 0 at 0.
    private static func product(_ probability: Double) -> Double {
        probability > 0 ? probability * log(probability) : 0
    }
}
