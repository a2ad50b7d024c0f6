package import Configuration
package import Datasets
import Host
package import RunStore
package import SearchProtocol
package import SearchSpace
package import Training

/// What the coordinator's shell knows of the run that it coordinates, be it a search, a retraining or an evaluation: which
/// round is wanted, what becomes of its sum, what is to be made safe. The shell moves bytes, the session gives them meaning.
package protocol RunSession {
    /// What workers are told.
    var configuration: SearchConfiguration { get }
    /// What workers are given.
    var data: ImageSet { get }
    var directory: RunDirectory { get }
    /// What weights mean, to coordinator and workers alike.
    var layout: WeightLayout { get }
    /// In the layout's order. They change only when `step` does.
    var weights: [Float] { get }
    /// Steps that are done.
    var step: Int { get }
    /// Whether some of a step's rounds are in and others are not.
    var isInsideStep: Bool { get }
    var outline: RunOutline { get }
    /// What a person can do when the run ends early.
    var howToGoOn: String { get }

    /// Nil when the run is over.
    mutating func nextRound() -> PlannedRound?

    /// Takes the sum of the round that `nextRound` asked for, and says what came of it. The outcome is a fault (internalFault) when a
    /// step gives other bits than it gave before.
    ///
    /// - Parameter seconds: that the round took.
    mutating func absorb(_ result: RoundResult, workers: Int, seconds: Double) -> RoundOutcome

    /// The round that `nextRound` asked for is given up: its step is done without stepping anything. The outcome is a fault (data)
    /// when that has happened too often in a row.
    mutating func skip(_ skip: RoundSkip, workers: Int, seconds: Double) -> RoundOutcome

    /// The state as it is; nil where there is none worth keeping.
    func checkpoint() -> PersistenceRequest?

    /// The checkpoints that stand on disk, without those that were found damaged.
    func standingCheckpoints() throws -> [CheckpointMark]

    /// What a finished run leaves.
    func finish() -> RunResults

    /// Removes a run that this process has just made and that nothing was computed in.
    func discard()
}

extension RunSession {
    /// A session without steps is never asked.
    package mutating func skip(_ skip: RoundSkip, workers: Int, seconds: Double) -> RoundOutcome {
        preconditionFailure("no step to skip")
    }

    /// For sessions that leave nothing.
    package func discard() {}

    /// Does what comes between the making of a run and its first round. Where that fails, a new run is removed again.
    package func discardingUnused<Made>(_ make: () throws -> Made) throws -> Made {
        do { return try make() } catch {
            discard()
            throw error
        }
    }

    /// For sessions whose steps have one round.
    package var isInsideStep: Bool { false }

    /// Ends the run where it can only get worse.
    ///
    /// - Throws: `UserError` (data).
    func checkHealth(step: Int, skippedInRow: Int, isFinite: Bool) throws(UserError) {
        guard isFinite else {
            throw UserError(
                .data,
                "step \(step) made the weights or alpha infinite: the learning rates, decays and clips let them grow without "
                    + "bound; nothing of it was kept, \(howToGoOn)")
        }
        let limit = configuration.training.skipLimit
        guard skippedInRow < limit else {
            throw UserError(
                .data,
                "\(skippedInRow) steps in a row, the last of them \(step), were skipped because something was not finite "
                    + "(skip_limit \(limit)); the log names workers, shards and tensors")
        }
    }

    /// For a run that stands in a folder and can be resumed.
    package var howToGoOn: String { "continue with: snas resume \(ShellWord.quoted(directory.path))" }
}

/// Where a run stands and how long it is, for progress and log.
package struct RunOutline: Sendable, Equatable {
    /// Steps that were done when the coordinator began.
    package let step: Int
    /// Epochs whose evaluation was done then; what metrics say of later ones is forgotten, for it is computed again.
    package let evaluatedEpochs: Int
    /// All of the run.
    package let epochs: Int
    /// Turns an epoch into `--max_steps` where the log says how to go back to it.
    package let stepsPerEpoch: Int
    /// Steps of the whole run: those of all epochs, or `max_steps` where that is fewer.
    package let lastStep: Int
    /// Steps between two log lines.
    package let reportFreq: Int
}
