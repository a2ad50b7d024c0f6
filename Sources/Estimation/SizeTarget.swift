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

    /// As a run starts: no pressure, and no norm seen yet.
    package init() {}

    /// - Parameter weight: of this norm in the running mean; the first one is taken as it is.
    fileprivate mutating func see(norm: Double, weight: Double) {
        gradientNorm += gradientNorm == 0 ? norm : weight * (norm - gradientNorm)
    }
}

/// A size that the derived network is to have in the end: the constraint h(alpha) = ln(size / target) = 0 beside the loss, by
/// the augmented Lagrangian (Nocedal and Wright, 17.3): the gradient of lambda h + rho h^2 / 2 is added, and lambda grows by
/// h each step. It presses from both sides, so a cell that is too small may grow.
///
/// What differs from the textbook differs because a genotype is an argmax, trained by Adam, in a run of any length:
///
/// - At first h is that of the expected size under softmax(alpha / tau), tau a share of alpha's own spread that falls over
///   the run: all edges give way, those most whose best operations are nearly equal, which costs the loss least.
/// - After 30 % of the run h is the derived network's own. It has no slope, so that of the penalty is taken from differences:
///   for each other operation on each edge, by how much choosing it would bring the size nearer to the target. A change that
///   would overshoot by more than it mends has no pull, so the last step to the target is not taken back and forth.
/// - Where the derived size is within 1 % there is no error. In the last tenth of the run such a network is held: each edge's
///   choice is pulled away from its rivals, or noise would undo at a tie what was found.
/// - Every pull is scaled to the norm of the loss's gradient, so that lambda has no unit, and neither the network's size, nor
///   Adam's scaling, nor the resource changes what it means; its gain counts in runs, not in steps.
package struct SizeTarget: Sendable, Equatable {
    /// What is counted.
    package let resource: Resource
    /// The size that is asked for, in the resource's unit, the part that no choice changes included.
    package let target: Double
    /// The part of the size that no choice changes.
    private let fixed: Double
    private let sizes: EdgeTable<Double>

    /// tau of the expected size, in spreads of alpha.
    private static let sharpness = (first: 0.3, last: 0.01)
    /// tau of differences and margins, in spreads of alpha.
    private static let nearness = 0.1
    /// rho, in norms of the loss's gradient for a size that is e times the target.
    private static let penalty = (first: 5.0, last: 40.0)
    /// Growth of lambda over a run whose error stays 1.
    private static let gain = 40.0
    /// Share of the run from which on h is the derived network's.
    private static let derivedFrom = 0.3
    /// Share of the run from which on a network that fits is held.
    private static let heldFrom = 0.9
    private static let tolerance = 0.01
    /// Strength of the hold, in norms of the loss's gradient for a choice that is nearly sure to be lost.
    private static let hold = 4.0
    /// The most that one pull adds, in norms of the loss's gradient.
    private static let limit = 20.0
    /// Weight of the newest step in the running norm.
    private static let smoothing = 0.1
    /// Below this alpha has no spread, and tau no scale of its own.
    private static let smallestSpread = 1e-6

    /// - Parameter size: of the networks that the target speaks of.
    package init(_ target: Double, of resource: Resource, size: DerivedSize) {
        precondition(target > 0)
        self.resource = resource
        self.target = target
        fixed = Double(size.fixed[resource])
        sizes = size.values(resource)
    }

    /// What is added to the loss's mean gradient in one step.
    ///
    /// - Parameters:
    ///   - lossGradient: of the loss by alpha.
    ///   - share: how much of the run is done, 0 to 1.
    ///   - steps: of the whole run.
    package func gradient(
        alpha: EdgeTable<Float>, lossGradient: [Float], share: Double, steps: Int, multiplier: inout TargetMultiplier
    ) -> [Double] {
        precondition(lossGradient.count == sizes.shape.count && (0...1).contains(share) && steps > 0)
        multiplier.see(norm: Self.length(lossGradient.map(Double.init)), weight: Self.smoothing)
        let spread = Self.spread(alpha)
        let choices = zip(alpha.shape.rows, alpha.largestColumns).map { $0.lowerBound + $1 }
        let (expected, slope) = expectation(
            alpha, tau: Self.fall(Self.sharpness.first, Self.sharpness.last, share) * spread)
        let phase = Phase(share: share, derivedError: log(size(of: choices) / target))
        let error = phase.error(share: share, expectedError: log(expected / target))
        multiplier.value = Self.limited(multiplier.value + Self.gain * error / Double(steps))
        let penalty = Self.limited(Self.fall(Self.penalty.first, Self.penalty.last, share) * error)
        let nearby = Self.softmax(alpha, tau: Self.nearness * spread).entries
        return switch phase {
        case .expected: pulls(multiplier, [(Self.limited(multiplier.value + penalty), slope)])
        case .derived, .fits:
            pulls(multiplier, [(multiplier.value, slope), (abs(penalty), differences(choices, nearby))])
        // As it is: an edge that is clear of its rivals is not sharpened further.
        case .held: margins(choices, nearby).map { Self.hold * multiplier.gradientNorm * $0 }
        }
    }

    /// Directions, each brought to the loss's gradient's length and to its strength.
    private func pulls(
        _ multiplier: TargetMultiplier, _ directions: [(strength: Double, direction: [Double])]
    ) -> [Double] {
        var pull = [Double](repeating: 0, count: sizes.shape.count)
        for (strength, direction) in directions {
            let length = Self.length(direction)
            // Edges that are decided so clearly that Double sees no slope have nothing to press on.
            guard length > 0, length.isFinite else { continue }
            for (entry, value) in direction.enumerated() {
                pull[entry] += strength * multiplier.gradientNorm / length * value
            }
        }
        return pull
    }

    private static func fall(_ first: Double, _ last: Double, _ share: Double) -> Double {
        first * pow(last / first, share)
    }

    private static func limited(_ value: Double) -> Double { max(-limit, min(limit, value)) }

    private static func length(_ values: [Double]) -> Double { values.reduce(0) { $0 + $1 * $1 }.squareRoot() }

    /// softmax(alpha / tau) of every edge: what a sample would be without noise.
    private static func softmax(_ alpha: EdgeTable<Float>, tau: Double) -> EdgeTable<Double> {
        precondition(tau > 0)
        return alpha.map { Double($0) / tau }.softmax()
    }

    /// Root mean square of alpha's entries about their edge's mean.
    private static func spread(_ alpha: EdgeTable<Float>) -> Double {
        let values = alpha.entries.map(Double.init)
        var sum = 0.0
        for row in alpha.shape.rows {
            let mean = values[row].reduce(0, +) / Double(row.count)
            sum += values[row].reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        }
        return max((sum / Double(values.count)).squareRoot(), smallestSpread)
    }
}

// MARK: The phases of a run

extension SizeTarget {
    /// Which size is looked at, and what is done about it.
    private enum Phase {
        /// The expected size, passing over to the derived network's.
        case expected(derivedError: Double)
        /// The derived network's, which misses the target.
        case derived(error: Double)
        /// The derived network's, which is near enough.
        case fits
        /// The same in the last part of the run: what was found is held.
        case held

        /// - Parameter derivedError: ln(derived size / target).
        init(share: Double, derivedError: Double) {
            if share < SizeTarget.derivedFrom {
                self = .expected(derivedError: derivedError)
            } else if abs(derivedError) >= SizeTarget.tolerance {
                self = .derived(error: derivedError)
            } else {
                self = share >= SizeTarget.heldFrom ? .held : .fits
            }
        }

        /// h of this step.
        func error(share: Double, expectedError: Double) -> Double {
            switch self {
            case .expected(let derivedError):
                let weight = share * share / (SizeTarget.derivedFrom * SizeTarget.derivedFrom)
                return (1 - weight) * expectedError + weight * derivedError
            case .derived(let error): return error
            case .fits, .held: return 0
            }
        }
    }
}

// MARK: Sizes and directions

extension SizeTarget {
    /// The expected size under softmax(alpha / tau) and its slope by alpha, times tau.
    private func expectation(_ alpha: EdgeTable<Float>, tau: Double) -> (size: Double, slope: [Double]) {
        let probabilities = Self.softmax(alpha, tau: tau)
        let size = zip(probabilities.entries, sizes.entries).reduce(fixed) { $0 + $1.0 * $1.1 }
        return (size, RelaxedSample(z: probabilities, temperature: 1).alphaGradient(credits: sizes).entries)
    }

    /// - Parameter choices: the entry that each row keeps.
    private func size(of choices: [Int]) -> Double { choices.reduce(fixed) { $0 + sizes.entries[$1] } }

    /// Towards each single change by which the derived size comes nearer to the target: by as much as it mends, more where
    /// the rival is near; and away from the choice that it would replace.
    private func differences(_ choices: [Int], _ nearby: [Double]) -> [Double] {
        let now = size(of: choices)
        var direction = [Double](repeating: 0, count: nearby.count)
        for (row, chosen) in zip(sizes.shape.rows, choices) {
            for rival in row where rival != chosen {
                let changed = now - sizes.entries[chosen] + sizes.entries[rival]
                let mended = abs(log(now / target)) - abs(log(changed / target))
                guard mended > 0 else { continue }
                direction[rival] -= nearby[rival] * mended
                direction[chosen] += nearby[rival] * mended
            }
        }
        return direction
    }

    /// The slope of -sum ln softmax(alpha / tau) at the choices, times tau.
    private func margins(_ choices: [Int], _ nearby: [Double]) -> [Double] {
        var direction = nearby
        for choice in choices { direction[choice] -= 1 }
        return direction
    }
}
