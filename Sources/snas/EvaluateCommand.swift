import Coordinator
import Host

/// `snas evaluate`: the only command that reads test images.
enum EvaluateCommand {
    /// Its `--run` and `--data` have meanings of their own: the run that is evaluated, and data with test images.
    private static let ownFlags: FlagGroup = ["run": .value, "data": .value, "weights": .value, "json": .toggle]

    static func run(_ words: [String]) throws -> ExitCode {
        let flags = try CommandLineFlags(parsing: words, of: ownFlags, LocalWorkerFlags.flags)
        try flags.refuseOtherWords()
        guard let run = flags.values["run"] else {
            throw UserError(.usage, "snas evaluate wants --run with the folder of a retraining")
        }
        let workers = try LocalWorkerFlags(flags)
        let scratch = try ScratchFolder(prefix: "snas-evaluation-")
        defer { withExtendedLifetime(scratch) {} }
        let signals = try SignalPipe(StopSignals.watched)
        return try LocalRun.run(workers: workers, signals: signals) {
            try EvaluationSession(
                of: run, dataLocation: flags.values["data"], weightsPath: flags.values["weights"],
                scratch: "\(scratch.path)/run", asJSON: flags.toggles.contains("json"))
        }
    }
}
