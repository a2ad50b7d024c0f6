import Configuration
import Formats
import Host
import Network
import Randomness
import Reporting
import RunStore
import SearchSpace
import Training

/// One step of two runs computed again side by side, each from its own newest checkpoint before it: which tensor of which shard parts
/// first, or whose journal is what this machine computes. Nothing is written.
struct StepRecomputation {
    /// Between two words on how far it is.
    private static let pause = Duration.seconds(2)

    private let step: Int
    private let threads: Int
    private var replays: Both<RunReplay>
    /// What the journals have of the step.
    private let journals: Both<StepDigests?>

    /// - Parameters:
    ///   - step: that both runs have done.
    ///   - place: where both runs' training images are; nil where they lay.
    /// - Throws: `UserError`: protocolMismatch where this machine is of another kind than one of the runs', and what `RunReplay` throws.
    init(
        _ folders: Both<String>, step: Int, dataAt place: String?, threads: Int, path: CellPath
    ) throws {
        self.step = step
        self.threads = threads
        replays = try folders.map { folder in
            try RunReplay(of: folder, dataAt: place, threads: threads, path: path, allowsMixedKinds: true)
        }
        journals = try replays.map { try JournalledSteps(of: $0.directory).step(step)?.digests }
        for replay in replays.values { try Self.requireKind(replay) }
    }

    /// Another kind computes other bits: it could say nothing of who is right.
    private static func requireKind(_ replay: RunReplay) throws {
        let path = replay.directory.path
        guard replay.agreement.isSameKind else {
            throw UserError(
                .protocolMismatch,
                "this machine is of another kind than the workers of '\(path)' and computes other bits: compute the step again on one "
                    + "of their kind, with their --kernels")
        }
        let own = XXH3.hash128(MathTable.bytes()).hexadecimal
        if let coordinator = try MachineKindRecord.readCoordinator(replay.directory), coordinator.mathTable != own {
            throw UserError(
                .protocolMismatch,
                "this machine's log, exp and cos give other bits than those of the coordinator of '\(path)', on "
                    + "\(coordinator.processor): compute the step again on a machine of its kind")
        }
    }

    // MARK: Computing

    /// - Throws: what the replay throws.
    mutating func result() throws -> RecomputedStep {
        try go(\.first)
        try go(\.second)
        var result = RecomputedStep(step: step, beginnings: replays.map(\.checkpoint))
        result.unconfirmed = replays.map(\.agreement.firstToPart)
        result.layoutParting = Self.parting(replays.map(\.run.layout))
        guard result.layoutParting == nil else { return result }
        let layout = replays.first.run.layout
        let shape = replays.first.training.cells?.space.shape
        result.before = StateParting(replays.map(\.training.state), layout: layout)
        var areSideBySide = true
        while let own = try replays.first.nextRound(), let other = try replays.second.nextRound(),
            own.planned.place == nil, other.planned.place == nil, areSideBySide
        {
            let round = try RoundParting(Both(own, other), layout: layout, shape, threads: threads)
            result.rounds.append(round)
            areSideBySide = round.firstContribution == nil && round.objection == nil
            // The step's end leaves the loop: what follows it is another step's, or an evaluation's.
            let areDone = Both(try replays.first.takeRound(), try replays.second.takeRound())
            if areDone.first || areDone.second { break }
        }
        try finish(\.first)
        try finish(\.second)
        let states = replays.map(\.training.state)
        result.after = StateParting(states, layout: layout)
        result.verdict = RecomputedStep.Verdict(computed: states.map(\.digests), journals: journals)
        try result.compareKept(by: replays, layout: layout)
        return result
    }

    private mutating func go(_ which: WritableKeyPath<Both<RunReplay>, RunReplay>) throws {
        let path = replays[keyPath: which].directory.path
        let last = step
        var said = Clock.monotonic()
        try replays[keyPath: which].go(to: last) { number in
            guard Clock.monotonic() - said >= Self.pause else { return }
            said = Clock.monotonic()
            LogStream.worker.say(LogLine(.note, "step \(number) of '\(path)' is computed again, up to step \(last)"))
        }
        let from = replays[keyPath: which].checkpoint.map { "from checkpoint \($0)" } ?? "from its beginning"
        LogStream.worker.say(LogLine(.note, "'\(path)' was computed again \(from) to where step \(step) begins"))
    }

    /// The step's rounds that are left.
    private mutating func finish(_ which: WritableKeyPath<Both<RunReplay>, RunReplay>) throws {
        while replays[keyPath: which].training.state.step == step { _ = try replays[keyPath: which].takeRound() }
    }

    /// The first tensor in which two networks differ; nil where they are one.
    private static func parting(_ layouts: Both<WeightLayout>) -> String? {
        guard !layouts.areEqual else { return nil }
        let (first, second) = (layouts.first.entries, layouts.second.entries)
        guard let (own, other) = zip(first, second).first(where: { $0.name != $1.name || $0.shape != $1.shape }) else {
            return "the networks differ: \(first.count) tensors against \(second.count)"
        }
        return "the networks differ, first in '\(own.name)' \(own.shape) against '\(other.name)' \(other.shape)"
    }
}

/// `snas-worker --recompute RUN --against RUN --step S`: what `snas diff --recompute` starts.
enum RecomputationOrder {
    /// More steps than any run has.
    private static let stepsAtMost = 1_000_000_000

    /// Prints one JSON object, with the lines for people in it.
    ///
    /// - Throws: `UserError`.
    static func run(on first: String, _ flags: CommandLineFlags) throws -> ExitCode {
        if flags.toggles.contains("ends_with_input") { try StarterWatch.begin() }
        guard let second = flags.values["against"], let step = flags.values["step"].flatMap(Spelling.whole),
            (0...stepsAtMost).contains(step)
        else { throw UserError(.usage, "--recompute wants --against with a run and --step with a step's number") }
        var recomputation = try StepRecomputation(
            Both(first, second), step: step, dataAt: flags.values["data"], threads: try WorkerCommand.threads(flags),
            path: try WorkerCommand.cellPath(flags.values["kernels"] ?? "auto", device: "cpu"))
        try StandardStreams.print(try recomputation.result().json.serialized())
        return .done
    }
}
