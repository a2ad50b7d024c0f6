/// How drawn gradients lie about the exact one, everything relative to the exact one's length.
package struct DrawnGradients: Sendable, Equatable {
    /// Of the draws.
    package let mean: [Double]
    /// |mean - exact| / |exact|.
    package let bias: Double
    /// What `bias` comes to, in the root of the mean square, for an estimator without bias and of this variance.
    package let biasError: Double
    /// The trace of a draw's covariance / |exact|^2: its mean squared distance from the mean.
    package let variance: Double
    /// The standard error of `variance`; it says little where a few draws make up most of it.
    package let varianceError: Double
    /// Mean over the draws of the cosine with the exact gradient; that of a gradient of length 0 counts as 0.
    package let cosine: Double
    /// The same of the means of `group` draws each.
    package let cosineOfGroup: Double

    /// - Parameters:
    ///   - gradients: of the draws, in their order; one that is drawn without chance has no variance.
    ///   - group: draws that `cosineOfGroup` takes together; their number divides the gradients'.
    ///   - areTied: whether the draws of a group have a part in common, so that groups alone are independent. The variance is then
    ///     the groups' times their size, which is what counts for a mean.
    package init(_ gradients: [[Double]], exact: [Double], group: Int, areTied: Bool = false) {
        precondition(!gradients.isEmpty && (gradients.count == 1 || gradients.count % group == 0))
        let squaredLength = Self.dot(exact, exact)
        mean = Self.mean(gradients[...])
        let groups =
            gradients.count == 1
            ? gradients
            : stride(from: 0, to: gradients.count, by: group).map { Self.mean(gradients[$0..<$0 + group]) }
        let independent = areTied ? groups : gradients
        let own = mean
        let distances = independent.map { Self.squaredDistance($0, own) }
        let size = Double(areTied ? group : 1) / squaredLength
        let count = Double(independent.count)
        let freedom = max(1, count - 1)
        variance = size * distances.reduce(0, +) / freedom
        let meanDistance = distances.reduce(0, +) / count
        let spread = distances.reduce(0) { $0 + ($1 - meanDistance) * ($1 - meanDistance) } / freedom
        varianceError = size * (spread / count).squareRoot()
        bias = (Self.squaredDistance(own, exact) / squaredLength).squareRoot()
        biasError = (variance / Double(gradients.count)).squareRoot()
        cosine = gradients.reduce(0) { $0 + Self.cosine($1, exact) } / Double(gradients.count)
        cosineOfGroup = groups.reduce(0) { $0 + Self.cosine($1, exact) } / Double(groups.count)
    }

    /// Entry by entry.
    static func mean(_ gradients: ArraySlice<[Double]>) -> [Double] {
        var sum = [Double](repeating: 0, count: gradients.first?.count ?? 0)
        for gradient in gradients { for entry in sum.indices { sum[entry] += gradient[entry] } }
        return sum.map { $0 / Double(gradients.count) }
    }

    static func dot(_ left: [Double], _ right: [Double]) -> Double {
        precondition(left.count == right.count)
        return zip(left, right).reduce(0) { $0 + $1.0 * $1.1 }
    }

    static func squaredDistance(_ left: [Double], _ right: [Double]) -> Double {
        precondition(left.count == right.count)
        return zip(left, right).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    }

    /// 0 where one of them has no length.
    static func cosine(_ left: [Double], _ right: [Double]) -> Double {
        let lengths = dot(left, left).squareRoot() * dot(right, right).squareRoot()
        return lengths > 0 ? dot(left, right) / lengths : 0
    }
}
