import Configuration
import Exchange
import Training

/// What the run's events have told so far that somebody who watches from outside asks for: the newest figures, and what was counted
/// since this coordinator began.
package struct RunFigures: Sendable {
    /// Steps that stepped something.
    private(set) var steps = 0
    private(set) var skippedSteps = 0
    /// Images of the steps' batches.
    private(set) var images = 0
    private(set) var epochs = 0
    /// What the rounds of a step took together.
    private(set) var stepSeconds = MetricHistogram(upTo: [
        0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300,
    ])
    /// The newest step, and the newest that was not skipped.
    private(set) var step: StepReport?
    private(set) var soundStep: StepReport?
    private(set) var epoch: EpochReport?
    /// Of the newest epoch.
    private(set) var isSound = true
    /// What the last evaluations saw; an epoch that is not evaluated leaves it.
    private(set) var heldOut: [(network: String, accuracy: Double, loss: Double)] = []

    /// Nothing has happened yet.
    package init() {}

    /// Takes in what happened.
    package mutating func take(_ event: RunEvent) {
        switch event {
        case .step(let report, _, let seconds):
            step = report
            stepSeconds.observe(seconds)
            if report.isSkipped {
                skippedSteps += 1
            } else {
                steps += 1
                images += report.images
                soundStep = report
            }
        case .epoch(let report, let verdict):
            epoch = report
            epochs += 1
            isSound = verdict.isSound
            let seen = Self.seen(report)
            if !seen.isEmpty { heldOut = seen }
        case .warmupOver, .over: break
        }
    }

    private static func seen(_ report: EpochReport) -> [(network: String, accuracy: Double, loss: Double)] {
        if let trained = report.trained { return [("trained", trained.topOne.value, trained.loss)] }
        return EvaluatedNetwork.allCases.compactMap { network in
            report.heldOut[network].map { (network.rawValue, $0.accuracy, $0.loss) }
        }
    }
}
