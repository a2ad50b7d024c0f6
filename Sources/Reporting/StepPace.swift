/// How long a step takes, evaluations between steps included: from one step's end to another's, so that what comes before the first,
/// workers that start and join, is no part of it.
package struct StepPace: Sendable {
    /// When the newest steps were done.
    private var ends: [Duration] = []
    private let window: Int

    /// Steps that count at least: fewer say too little.
    private static let smallestWindow = 100
    private static let largestWindow = 10_000

    /// - Parameter stepsPerEpoch: two epochs count, each with its evaluation; what was before, as a wait for workers, is forgotten.
    package init(stepsPerEpoch: Int) {
        window = min(max(Self.smallestWindow, 2 * stepsPerEpoch), Self.largestWindow)
    }

    /// A step is done, at a time that never goes back.
    package mutating func done(at now: Duration) {
        ends.append(now)
        if ends.count > window + 1 { ends.removeFirst() }
    }

    /// Nil before the second step.
    package var secondsPerStep: Double? {
        guard let first = ends.first, let last = ends.last, ends.count > 1 else { return nil }
        let whole = (last - first).components
        return (Double(whole.seconds) + Double(whole.attoseconds) * 1e-18) / Double(ends.count - 1)
    }

    /// Infinite while nothing is known of a step's time and there are some to come.
    package func secondsLeft(steps: Int) -> Double {
        guard steps > 0 else { return 0 }
        return secondsPerStep.map { $0 * Double(steps) } ?? .infinity
    }
}
