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
        let scratch = try FileSystem.createTemporaryDirectory(prefix: "snas-evaluation-")
        defer { try? FileSystem.removeTree(scratch) }
        let session = try EvaluationSession(
            of: run, dataLocation: flags.values["data"], weightsPath: flags.values["weights"],
            scratch: "\(scratch)/run", asJSON: flags.toggles.contains("json"))
        return try LocalRun.run(session, workers: workers, signals: try SignalPipe(StopSignals.all))
    }
}
