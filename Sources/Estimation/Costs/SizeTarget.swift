package import SearchSpace

/// A size that the derived network is to have: the constraint h = E[C] / target - 1 = 0 beside the loss, E[C] being the expected
/// size under softmax(alpha). It is an equality: a cell that is too small has not used what it was given, so it presses from
/// either side.
///
/// A size is linear in the choices, so E[C] = fixed + sum p c is exact, without variance, and so is its gradient by alpha,
/// p_k (c_k - sum p c) on each edge. The Lagrangian L + m h is stepped: alpha downwards, by the loss's gradient plus
/// (m + r h) times that of h, and the multiplier m upwards, by r h / T (dual ascent; r h itself is the augmented
/// Lagrangian's term, without which the two would swing about each other: Nocedal and Wright, 17.3). In the end m is the price of
/// size, in nats of loss for as much size as the target, at which the loss's own choices come to the target: an operation is
/// kept where it is worth more than it costs, on every edge by the same measure.
///
/// What is derived is not alpha's argmax but the most probable cell of the size (`derived(from:in:)`), so alpha is not
/// driven until its argmax fits. The pull is free of noise and the loss's gradient is nearly all noise, which Adam divides by: it
/// lets through more of the pull. So the pull has to be as small as the price is, and is not scaled to the norm of that noise.
package struct SizeTarget: Sendable, Equatable {
    /// What is counted.
    package let resource: Resource
    /// The size that is asked for, in the resource's unit, the part that no choice changes included.
    package let target: Double
    /// Sizes that a derived network may have: within 2 % of the target, or where no network is, the nearest that one has.
    package let sizes: ClosedRange<Int>
    /// Whether `sizes` are within 2 % of the target.
    package let isWithinTolerance: Bool
    /// The part of the size that no choice changes.
    private let fixed: Int
    private let costs: EdgeTable<Int>
    private let choice: SizedChoice
    /// Of a network with a size in `sizes`: what is derived if no other is found.
    private let some: SizedChoice.Found

    /// r, in nats, as cross-entropy is: with it an error of a tenth presses with a tenth of a nat, of the order of what as much
    /// size is worth.
    private static let stiffness = 1.0
    /// T, as a share of the steps in which alpha moves: long beside those in which alpha follows the pull, short beside the whole.
    private static let settlingShare = 0.25
    /// By how much of the target a derived network may miss it.
    package static let tolerance = 0.02
    /// Totals that are enough to find some network within the tolerance, wherever they lie densely.
    private static let fewTotals = 1 << 12

    /// - Parameters:
    ///   - target: a whole number.
    ///   - size: of the networks that the target speaks of.
    package init(_ target: Double, of resource: Resource, size: DerivedSize) {
        precondition(target > 0)
        self.resource = resource
        self.target = target
        fixed = size.fixed[resource]
        costs = size.costs.map { $0[resource] }
        choice = SizedChoice(costs)
        let reach = Self.tolerance * target
        let near = Int((target - reach).rounded(.up))...Int((target + reach).rounded(.down))
        let asked = Int(target.rounded()) - fixed
        let found = SizedChoice(costs, limits: [Self.fewTotals]).nearest(to: asked)
        some = near.contains(fixed + found.total) ? found : choice.nearest(to: asked)
        let nearest = fixed + some.total
        isWithinTolerance = near.contains(nearest)
        sizes = isWithinTolerance ? near : nearest...nearest
    }

    // MARK: While searching

    /// h = E[C] / target - 1 under softmax(alpha), and its gradient by alpha.
    package func error(_ alpha: EdgeTable<Float>) -> (value: Double, gradient: EdgeTable<Double>) {
        let sample = Softmax.sample(alpha: alpha)
        let size = zip(sample.z.entries, costs.entries).reduce(Double(fixed)) { $0 + $1.0 * Double($1.1) }
        return (size / target - 1, sample.alphaGradient(credits: costs.map { Double($0) / target }))
    }

    /// What is added to the loss's gradient by alpha in one step, and a step of the dual ascent.
    ///
    /// - Parameters:
    ///   - steps: in which alpha moves, of the whole run.
    ///   - multiplier: in nats of loss for as much size as the target; positive presses down.
    package func pull(_ alpha: EdgeTable<Float>, steps: Int, multiplier: inout Double) -> EdgeTable<Double> {
        precondition(alpha.shape == costs.shape && steps > 0)
        let (error, gradient) = error(alpha)
        multiplier += Self.stiffness * error / (Self.settlingShare * Double(steps))
        let force = multiplier + Self.stiffness * error
        return gradient.map { force * $0 }
    }

    // MARK: What is derived

    /// The most probable cell under softmax(alpha) among those whose network has a size in `sizes`, found exactly. It is the one
    /// with the largest sum of alpha, since every edge keeps one operation; where alpha's argmax fits, it is that.
    ///
    /// - Returns: `isProven`: false where there were too many sizes to be sure that none is more probable.
    package func derived(
        from alpha: EdgeTable<Float>, in space: SearchSpace
    ) -> (genotype: Genotype, isProven: Bool) {
        let band = sizes.lowerBound - fixed...sizes.upperBound - fixed
        let best = choice.best(alpha.map(Double.init), in: band)
        let operations = zip(costs.shape.candidates, (best ?? some).columns).map { $0[$1] }
        return (space.genotype(operations: operations), best?.isProven ?? false)
    }
}
