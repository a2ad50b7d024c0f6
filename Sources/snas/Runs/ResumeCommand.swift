import Configuration
import Coordinator
import Formats
import Host
import Reporting
import RunStore

/// `snas resume`: goes on with a run, or from one of its epochs with other settings as a new run.
enum ResumeCommand {
    /// Of a new run that goes on from an epoch; a run that is resumed keeps what they say.
    private static let flagsOfBranch =
        [
            FlagGroup(
                "a new run from an epoch",
                [
                    .value("run", "DIR", "its folder; without it RUN-from-E-1 or the next free number", .folders),
                    .repeated("set", "KEY=VALUE", "a setting by its key, as in training.epochs=50"),
                ])
        ] + FlagGroup.allSettings

    static let command = Command(
        CommandDescription(
            "resume", "continues a run, or begins a new one from an epoch of it",
            forms: [
                "RUN [--workers N --threads T]", "RUN --hosts FILE|LIST",
                "RUN --bind ENDPOINT [--keys DIR | --insecure]",
                "RUN --from_epoch E [--run DIR] [settings] ...",
            ],
            details: [
                "A run keeps its settings and data, and gives the bits that it would have given without the interruption. Of a run "
                    + "that is over, the results are printed again."
            ],
            groups: [
                FlagGroup(
                    "where from",
                    [
                        .value("from_epoch", "E", "the epoch that a new run goes on from, counted from 1"),
                        .value("data", "D", "where its data set lies now; without it where it lay", .folders),
                    ])
            ] + RunPlace.flags + flagsOfBranch, words: .folders,
            examples: [
                "snas resume runs/digits-2-1", "snas resume runs/digits-2-1 --from_epoch 12 --arch_learning_rate 0.001",
            ]),
        run)

    private static func run(_ flags: CommandLineFlags) throws -> ExitCode {
        guard flags.positional.count == 1, let path = flags.positional.first else {
            throw UserError(.usage, "snas resume takes one run directory")
        }
        let place = try RunPlace(flags)
        if flags.values["from_epoch"] == nil, let name = flagsOfBranch.firstGiven(in: flags) {
            throw UserError(
                .usage, "--\(name): a run keeps its settings and its place; --from_epoch E starts a new one with others"
            )
        }
        // With --data the data set is looked at, and its place noted down, as of any run.
        if !flags.has("from_epoch"), !flags.has("data"), let result = try RunResult.ofRunThatIsOver(at: path) {
            return try RunStart.tell(result, of: path)
        }
        let signals = try SignalPipe(StopSignals.watched)
        return try place.run(signals: signals) { try session(path, flags) }
    }

    private static func session(_ path: String, _ flags: CommandLineFlags) throws -> TrainingSession {
        if let epoch = flags.values["from_epoch"] { return try branch(of: path, epoch: epoch, flags) }
        return try TrainingSession(resuming: path, dataAt: flags.values["data"])
    }

    /// A new run that goes on from an epoch of another one. Its folder is made when nothing is left to be refused.
    private static func branch(of path: String, epoch text: String, _ flags: CommandLineFlags) throws -> TrainingSession
    {
        guard let epoch = Spelling.whole(text), epoch >= 1 else {
            throw UserError(.usage, "--from_epoch is '\(text)'; it takes an epoch as the log counts them, from 1")
        }
        let branch = try RunBranch(of: path, epochsDone: epoch)
        var builder = ConfigurationBuilder(from: branch.configuration, origin: branch.origin)
        try builder.apply(flags, settings: FlagGroup.allSettings)
        let resolved = try builder.finished()
        let (data, record) = try branch.data(from: flags.values["data"])
        try TrainingSession.check(resolved.configuration, fits: data)
        let new = RunFolder.path(flags, stem: "\(path)-from-\(epoch)")
        let made = try branch.create(resolved, data: record, at: new)
        let session: TrainingSession
        do {
            session = try TrainingSession(resuming: new, made: made)
            try session.sayJumps(from: branch.configuration)
        } catch {
            made.discard()
            throw error
        }
        LogStream.snas.say(
            LogLine(
                .runBegins, "goes on from epoch \(epoch) of \(path) as a new run in \(new)", ["folder": .string(new)]))
        return session
    }
}
