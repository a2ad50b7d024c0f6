#if canImport(Glibc)
    import Glibc
#endif

/// The density of the concrete distribution (Maddison et al. 2017, formula 10), which a relaxed one-hot Z is drawn from.
///
/// The official code floors z and the inner terms at 1e-4; at low temperatures nearly all of a sample lies below that and the
/// score points nowhere. Everything is taken in logarithms here, and only what Double cannot hold is floored.
package enum ConcreteDensity {
    private static func logarithm(_ z: Double) -> Double { log(max(z, Double.leastNormalMagnitude)) }

    /// ln p(z) = ln (n-1)! + (n-1) ln T + sum a_k - (T+1) sum ln z_k - n ln sum exp(a_k - T ln z_k), a the logits.
    package static func logDensity(z: [Double], logits: [Double], temperature: Double) -> Double {
        precondition(z.count == logits.count && temperature > 0)
        let count = Double(z.count)
        let inner = zip(z, logits).map { $1 - temperature * logarithm($0) }
        let top = inner.max() ?? 0
        let logSum = top + log(inner.reduce(0) { $0 + exp($1 - top) })
        return lgamma(count) + (count - 1) * log(temperature) + logits.reduce(0, +)
            - (temperature + 1) * z.reduce(0) { $0 + logarithm($1) } - count * logSum
    }

    /// d ln p(z) / d logits: 1 - n softmax(a - T ln z).
    package static func score(z: [Double], logits: [Double], temperature: Double) -> [Double] {
        precondition(z.count == logits.count && temperature > 0)
        let inner = zip(z, logits).map { $1 - temperature * logarithm($0) }
        let top = inner.max() ?? 0
        let powers = inner.map { exp($0 - top) }
        let total = powers.reduce(0, +)
        return powers.map { 1 - Double(z.count) * $0 / total }
    }
}
