import Coordinator
import Host

#if canImport(Glibc)
    import Glibc
#endif

/// `snas evaluate`: the only command that reads test images.
enum EvaluateCommand {
    static func run(_ words: [String]) throws -> ExitCode {
        let flags = try CommandLineFlags(
            parsing: words,
            declared: [
                "run": .value, "data": .value, "weights": .value, "workers": .value, "threads": .value,
                "kernels": .value, "json": .toggle,
            ])
        if let word = flags.positional.first { throw UserError(.usage, "'\(word)' is not expected") }
        guard let run = flags.values["run"] else {
            throw UserError(.usage, "snas evaluate wants --run with the folder of a retraining")
        }
        _ = try SearchCommand.localWorkers(flags)
        let scratch = try FileSystem.createTemporaryDirectory(prefix: "snas-evaluation-")
        defer { try? FileSystem.removeTree(scratch) }
        let session = try EvaluationSession(
            of: run, dataLocation: flags.values["data"], weightsPath: flags.values["weights"],
            scratch: "\(scratch)/run", asJSON: flags.toggles.contains("json"))
        return try SearchCommand.runLocally(session, flags, signals: try SignalPipe(StopSignals.all))
    }
}
