import Configuration
import Estimation
import Formats
import Host
import Network
import Reporting
import SearchSpace
import Tensors
import Training
import Wire

/// `snas-worker --trace RUN`: one shard of one step computed again and written as tensors. What `snas trace` starts.
struct TraceOrder {
    /// More steps than any run has.
    private static let stepsAtMost = 1_000_000_000

    private let folder: String
    private let step: Int
    private let shard: Int
    /// Nil: the round that steps the weights.
    private let round: Int?
    private let out: String

    /// - Throws: `UserError` where a flag is wrong or the run does not have what is asked for.
    static func run(on folder: String, _ flags: CommandLineFlags) throws -> ExitCode {
        if flags.toggles.contains("ends_with_input") { try StarterWatch.begin() }
        let order = try TraceOrder(folder, flags)
        let replay = try RunReplay(
            of: folder, dataAt: flags.values["data"], threads: try WorkerCommand.threads(flags),
            path: try WorkerCommand.cellPath(flags.values["kernels"] ?? "auto", device: "cpu"),
            allowsMixedKinds: flags.toggles.contains("allow_mixed_kinds"))
        try order.carryOut(replay)
        return .done
    }

    private init(_ folder: String, _ flags: CommandLineFlags) throws {
        func number(_ name: String) throws -> Int? {
            guard let text = flags.values[name] else { return nil }
            guard let value = Spelling.whole(text), (0...Self.stepsAtMost).contains(value) else {
                throw UserError(.usage, "--\(name) is '\(text)'; it takes a number from 0 on")
            }
            return value
        }
        guard let step = try number("step"), let shard = try number("shard"), let out = flags.values["out"] else {
            throw UserError(.usage, "snas trace wants --step, --shard and --out with a file's name")
        }
        (self.folder, self.step, self.shard, self.out) = (folder, step, shard, out)
        round = try number("round")
        try FileSystem.checkFile(out)
    }

    private func carryOut(_ begun: RunReplay) throws {
        var replay = begun
        let progress = ReplayProgress(to: step)
        try replay.go(to: step) { progress.passed($0) }
        let wanted = try find(&replay)
        guard shard < wanted.shardCount else {
            throw UserError(
                .usage,
                "shard \(shard) of step \(step) of '\(folder)': round \(wanted.number) (\(wanted.purpose)) has shards 0 to "
                    + "\(wanted.shardCount - 1)")
        }
        let cost = replay.lossFactor
        let trace = try ShardTrace(of: shard, in: wanted, replay.run, cost: cost)
        // To the step's end, so that its bits are held against the journal.
        while replay.training.state.step == step { try replay.takeRound() }
        let record = TraceRecord(replay: replay, round: wanted, trace: trace, step: step, cost: cost)
        try FileSystem.writeAtomically(out, trace.file(record.metadata).serialized())
        tell(trace, wanted, replay)
    }

    private func tell(_ trace: ShardTrace, _ round: ReplayedRound, _ replay: RunReplay) {
        let verdict =
            replay.agreement.firstToPart == nil
            ? "as the run had it"
            : "not as the run had it: its bits part at step \(replay.agreement.firstToPart ?? step)"
        LogStream.worker.say(
            LogLine(
                .note,
                "step \(step), round \(round.number) (\(round.purpose)), shard \(shard) of \(round.shardCount): "
                    + "\(trace.report.imageCount) images, payload \(trace.payloadDigest.hexadecimal), \(verdict); \(out)"
            ))
    }

    // MARK: The round

    /// Takes the rounds before the one that is asked for.
    private func find(_ replay: inout RunReplay) throws -> ReplayedRound {
        var passed: [ReplayedRound] = []
        while let next = try replay.nextRound() {
            if next.number == round ?? (next.stepsWeights ? next.number : -1) { return next }
            // Those of an evaluation are counted before any of them is computed.
            if let place = next.planned.place, let round, place.number == 1, round >= next.number + place.count {
                let evaluation = "\(next.number) to \(next.number + place.count - 1) (the evaluation behind the step)"
                throw noRound(round, passed.map(Self.words) + [evaluation])
            }
            passed.append(next)
            try replay.takeRound()
        }
        throw noRound(round ?? 0, passed.map(Self.words))
    }

    private static func words(_ round: ReplayedRound) -> String { "\(round.number) (\(round.purpose))" }

    private func noRound(_ round: Int, _ rounds: [String]) -> UserError {
        UserError(.usage, "step \(step) of '\(folder)' has no round \(round); it has \(rounds.joined(separator: ", "))")
    }
}

/// Now and then a word on how far the steps before the wanted one are.
private final class ReplayProgress {
    private static let pause = Duration.seconds(2)

    private let last: Int
    private var told = Clock.monotonic()

    init(to step: Int) { last = step }

    func passed(_ step: Int) {
        guard Clock.monotonic() - told >= Self.pause else { return }
        told = Clock.monotonic()
        LogStream.worker.say(LogLine(.note, "step \(step) of \(last) is computed again"))
    }
}
