package import Host
package import Reporting
package import RunStore
package import SearchProtocol
package import Training

/// What happens in a run, with its figures: log, metrics, progress, status, pictures and results are made of these, and none of them
/// decides anything.
package enum RunEvent: Sendable {
    case step(StepReport, workers: Int, seconds: Double)
    /// Alpha's first step is done; epochs count from 0.
    case warmupOver(epoch: Int)
    /// - verdict: whether and by what a cell is taken over.
    case epoch(EpochReport, TakeoverWatch.Verdict)
    /// The last step and its evaluation are done.
    case over(RunEnding)
}

/// What a session makes of a round.
package struct RoundOutcome {
    /// In the order in which they happened.
    package var events: [RunEvent] = []
    /// What is to be made safe.
    package var requests: [PersistenceRequest] = []
    /// Why the run ends here; what happened before it is told all the same.
    package var fault: UserError?

    /// Nothing happened and nothing is to be saved.
    package init() {}
}

/// What a finished run says of itself.
package struct RunResults {
    /// For standard output.
    package let lines: [String]
    /// For the log, once `event` is done.
    package let notes: [LogLine]
    /// What the run's results are written from, before anything is said; nil of an evaluation, which leaves nothing.
    package let event: RunEvent?
    /// Written before anything is said, each whole or not at all.
    package var files: [File] = []

    /// What a person asked for beside the words.
    package struct File: Sendable, Equatable {
        /// As the person named it.
        package let path: String
        package let bytes: [UInt8]
    }
}
