#if canImport(Glibc)
    import Glibc
#endif
package import SearchSpace

/// a (ln S)^b of the whole network's expected size S(Z) (FBNet: Wu et al. 2019, formula 2; a 0.2, b 0.6), by which the loss is
/// multiplied, or which is added to it.
///
/// S is linear in Z, so the slope by Z is exact: a b (ln S)^(b - 1) / S times what each operation adds. It is one number of the whole
/// network: no edge has a cost of its own, and no estimator edge by edge.
package struct LogarithmicCost: Sendable, Equatable {
    /// a: what the power of the logarithm is multiplied by.
    package let coefficient: Double
    /// b: the power that the logarithm is raised to.
    package let power: Double
    /// What no choice changes, in the unit in which the logarithm is taken.
    package let fixed: Double
    /// What each operation on each edge adds, in the same unit.
    package let sizes: EdgeTable<Double>

    /// - Parameters:
    ///   - fixed: what no choice changes, in the unit in which the logarithm is taken; above 1.
    ///   - sizes: what each operation on each edge adds, in the same unit.
    package init(coefficient: Double, power: Double, fixed: Double, sizes: EdgeTable<Double>) {
        precondition(coefficient >= 0 && power > 0 && fixed > 1)
        self.coefficient = coefficient
        self.power = power
        self.fixed = fixed
        self.sizes = sizes
    }

    /// The cost of a mixture, and its slopes by the mixture.
    ///
    /// - Parameter z: Z, or probabilities in its place.
    package func evaluate(_ z: EdgeTable<Double>) -> (value: Double, slopes: EdgeTable<Double>) {
        precondition(z.shape == sizes.shape)
        let size = zip(z.entries, sizes.entries).reduce(fixed) { $0 + $1.0 * $1.1 }
        let logarithm = log(size)
        let slope = coefficient * power * pow(logarithm, power - 1) / size
        return (coefficient * pow(logarithm, power), sizes.map { slope * $0 })
    }
}
