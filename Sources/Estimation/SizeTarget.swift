#if canImport(Glibc)
    import Glibc
#endif
package import SearchSpace

/// What a target remembers from step to step; part of the checkpoint.
package struct TargetMultiplier: Sendable, Equatable {
    /// The augmented Lagrangian's multiplier, in norms of the loss's gradient; positive presses the size down.
    package var value = 0.0
    /// Running mean of the norm of the loss's gradient by alpha.
    package var gradientNorm = 0.0

    package init() {}
}

/// A size that the derived network is to have in the end: the constraint h(alpha) = ln(size / target) = 0 beside the loss, by
/// the augmented Lagrangian (Nocedal and Wright, 17.3): the gradient (lambda + rho h) grad h is added, and lambda grows by
/// h each step. It presses from both sides, so a cell that is too small may grow.
///
/// What differs from the textbook differs because a genotype is an argmax, trained by Adam, in a run of any length:
///
/// - The size's slope is that of the expected size under softmax(alpha / tau), where tau falls from 0.3 to 0.01 of alpha's own
///   spread: first all edges give way, in the end those whose two best operations are nearly equal, which cost the loss
///   least. The value of h turns from that expectation's to that of the derived network itself.
/// - The slope is scaled to the norm of the loss's gradient, so that lambda has no unit, and neither the network's size, nor
///   Adam's scaling, nor the resource changes what it means; its gain counts in runs, not in steps.
/// - Where the derived size is within 1 % there is no error: a network that fits is left alone.
package struct SizeTarget: Sendable, Equatable {
    package let resource: Resource
    package let target: Double
    /// The part of the size that no choice changes.
    private let fixed: Double
    private let entries: [Double]

    private static let sharpness = (first: 0.3, last: 0.01)
    /// rho, in norms of the loss's gradient for a size that is e times the target.
    private static let penalty = (first: 5.0, last: 40.0)
    /// Growth of lambda over a run whose error stays 1.
    private static let gain = 40.0
    /// Share of the run from which on h is the derived network's alone.
    private static let derivedFrom = 0.3
    private static let tolerance = 0.01
    /// The most that is added, in norms of the loss's gradient.
    private static let limit = 20.0
    /// Weight of the newest step in the running norm.
    private static let smoothing = 0.1
    /// Below this alpha has no spread, and tau no scale of its own.
    private static let smallestSpread = 1e-6

    package init(_ target: Double, of resource: Resource, size: DerivedSize) {
        precondition(target > 0)
        self.resource = resource
        self.target = target
        fixed = Double(size.fixed[resource])
        entries = size.values(resource)
    }

    /// What is added to the loss's mean gradient in one step.
    ///
    /// - Parameters:
    ///   - lossGradient: of the loss by alpha, normal then reduce.
    ///   - share: how much of the run is done, 0 to 1.
    package func gradient(
        alpha: Alpha, lossGradient: [Float], share: Double, steps: Int, multiplier: inout TargetMultiplier
    ) -> [Double] {
        precondition(lossGradient.count == entries.count && (0...1).contains(share) && steps > 0)
        let norm = lossGradient.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
        multiplier.gradientNorm +=
            multiplier.gradientNorm == 0 ? norm : Self.smoothing * (norm - multiplier.gradientNorm)
        let tau = Self.fall(Self.sharpness.first, Self.sharpness.last, share) * spread(alpha)
        let (expected, slope) = expectation(alpha, tau: tau)
        let error = self.error(expected: expected, derived: derived(alpha), share: share)
        multiplier.value = Self.limited(multiplier.value + Self.gain * error / Double(steps))
        let length = slope.reduce(0.0) { $0 + $1 * $1 }.squareRoot()
        // Every edge is decided so clearly that Double sees no slope: nothing to press on.
        guard length > 0, length.isFinite else { return slope.map { _ in 0 } }
        let penalty = Self.fall(Self.penalty.first, Self.penalty.last, share)
        let strength = Self.limited(multiplier.value + penalty * error) * multiplier.gradientNorm / length
        return slope.map { strength * $0 }
    }

    private func error(expected: Double, derived: Double, share: Double) -> Double {
        let weight = min(1, share / Self.derivedFrom)
        let ofDerived = log(derived / target)
        if weight == 1, abs(ofDerived) < Self.tolerance { return 0 }
        return (1 - weight * weight) * log(expected / target) + weight * weight * ofDerived
    }

    private static func fall(_ first: Double, _ last: Double, _ share: Double) -> Double {
        first * pow(last / first, share)
    }

    private static func limited(_ value: Double) -> Double { max(-limit, min(limit, value)) }

    // MARK: Sizes

    /// Root mean square of alpha's entries about their edge's mean.
    private func spread(_ alpha: Alpha) -> Double {
        let values = alpha.flat.map(Double.init)
        var sum = 0.0
        for edge in stride(from: 0, to: values.count, by: Operation.count) {
            let row = values[edge..<edge + Operation.count]
            let mean = row.reduce(0, +) / Double(Operation.count)
            sum += row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        }
        return max((sum / Double(values.count)).squareRoot(), Self.smallestSpread)
    }

    /// The expected size under softmax(alpha / tau) and its slope by alpha, times tau.
    private func expectation(_ alpha: Alpha, tau: Double) -> (size: Double, slope: [Double]) {
        let values = alpha.flat.map { Double($0) / tau }
        var size = fixed
        var slope: [Double] = []
        slope.reserveCapacity(values.count)
        for edge in stride(from: 0, to: values.count, by: Operation.count) {
            let row = edge..<edge + Operation.count
            let top = values[row].max() ?? 0
            let powers = values[row].map { exp($0 - top) }
            let total = powers.reduce(0, +)
            let probabilities = powers.map { $0 / total }
            let mean = zip(probabilities, entries[row]).reduce(0.0) { $0 + $1.0 * $1.1 }
            size += mean
            slope += zip(probabilities, entries[row]).map { $0 * ($1 - mean) }
        }
        return (size, slope)
    }

    /// Under softmax(alpha): what a network sampled from alpha has on average.
    package func expectedSize(_ alpha: Alpha) -> Double { expectation(alpha, tau: 1).size }

    private func derived(_ alpha: Alpha) -> Double {
        let operations = alpha.normal.mostProbable() + alpha.reduce.mostProbable()
        return operations.enumerated().reduce(fixed) { $0 + entries[$1.offset * Operation.count + $1.element.index] }
    }
}
