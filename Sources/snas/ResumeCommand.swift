import Configuration
import Coordinator
import Formats
import Host
import Reporting
import RunStore

/// `snas resume`: goes on with a run, or from one of its epochs with other settings as a new run.
enum ResumeCommand {
    /// Of a new run that goes on from an epoch; a run that is resumed keeps what they say.
    private static let flagsOfBranch = FlagGroup(joining: RunFolder.flags, .settingByKey, .allSettings)

    static func run(_ words: [String]) throws -> ExitCode {
        let flags = try CommandLineFlags(
            parsing: words, of: ListeningPort.flags, LocalWorkerFlags.flags, flagsOfBranch, ["from_epoch": .value])
        guard flags.positional.count == 1, var path = flags.positional.first else {
            throw UserError(.usage, "snas resume takes one run directory")
        }
        try ListeningPort.refuseKeysWithoutBind(flags)
        if let epoch = flags.values["from_epoch"] {
            path = try branch(of: path, epoch: epoch, flags)
        } else if let name = flagsOfBranch.firstGiven(in: flags) {
            throw UserError(
                .usage, "--\(name): a run keeps its settings and its place; --from_epoch E starts a new one with others"
            )
        }
        let signals = try SignalPipe(StopSignals.all)
        guard flags.values["bind"] != nil else {
            let session = try TrainingSession(resuming: path)
            return try LocalRun.run(session, workers: try LocalWorkerFlags(flags), signals: signals)
        }
        let port = try ListeningPort(flags)
        return try port.run(try TrainingSession(resuming: path), signals: signals)
    }

    /// A new run that goes on from an epoch of another one; its folder.
    private static func branch(of path: String, epoch text: String, _ flags: CommandLineFlags) throws -> String {
        guard let epoch = Int(text), epoch >= 1 else {
            throw UserError(.usage, "--from_epoch is '\(text)'; it takes an epoch as the log counts them, from 1")
        }
        let branch = try RunBranch(of: path, epochsDone: epoch)
        var builder = ConfigurationBuilder(from: branch.configuration, origin: branch.origin)
        try builder.apply(flags, settings: .allSettings)
        let new = RunFolder.path(flags, stem: "\(path)-from-\(epoch)")
        try branch.create(try builder.finished(), at: new)
        LogStream.snas.say(
            LogLine(
                .runBegins, "goes on from epoch \(epoch) of \(path) as a new run in \(new)", ["folder": .string(new)]))
        return new
    }
}
