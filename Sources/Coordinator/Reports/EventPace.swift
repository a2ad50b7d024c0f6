/// How many points a run's event file gets: a file without bounds is none that anybody opens. TensorBoard itself shows some
/// thousand points of a curve.
package struct EventPace: Sendable, Equatable {
    private let stepsApart: Int
    private let epochsApart: Int
    private let lastStep: Int
    private let lastEpoch: Int

    /// Points of a curve by step at most, and one more for the last step.
    package static let stepsShown = 100_000
    /// Points of a curve by epoch at most, and one more for the last epoch.
    package static let epochsShown = 10_000

    /// - Parameters:
    ///   - steps: of the whole run.
    ///   - epochs: of the whole run.
    package init(steps: Int, epochs: Int) {
        stepsApart = max(1, (steps + Self.stepsShown - 1) / Self.stepsShown)
        epochsApart = max(1, (epochs + Self.epochsShown - 1) / Self.epochsShown)
        lastStep = steps - 1
        lastEpoch = epochs - 1
    }

    /// Whether a step, counted from 0, gets its points.
    package func shows(step: Int) -> Bool { step % stepsApart == 0 || step == lastStep }

    /// Whether an epoch, counted from 0, gets its points.
    package func shows(epoch: Int) -> Bool { epoch % epochsApart == 0 || epoch == lastEpoch }
}
