import Configuration
import Coordinator
import Datasets
import Estimation
import Formats
import Host
import Messaging
import SearchSpace
import Testing
import Wire
import Worker

/// A computation that computes nothing: numbers that depend on weights, job and shard alone, as the real one's do.
private struct FakePreparation: RunPreparing {
    /// Shards after which this worker breaks; nil never.
    var breaksAfter: Int?
    /// Digest of a machine that computes other bits.
    var probe: UInt64 = 1
    var keepsData = false
    /// Step from which every gradient says skip_connect, on every edge; nil never.
    var skipsWinFrom: UInt64?
    /// A shard that comes out as not a number, at most so many times; and of every later step too.
    var breaksNumbers: BrokenNumbers?
    /// Floats that its payloads have too many.
    var extraFloats = 0
    /// Computes other bits than it should.
    var lies = false
    /// Lets this worker begin after another one has, and the other one end after this one.
    var queue: (role: Role, gates: Gates)?

    enum Role: Sendable { case first, second }

    struct BrokenNumbers: Sendable {
        var step: UInt64
        var isForGood = false
        var times = Int.max
        let counter = Counter()

        func breaks(_ job: RoundJob, _ shard: Int) -> Bool {
            guard job.kind == .update, shard == 1, job.step == step || (isForGood && job.step > step) else {
                return false
            }
            return counter.next() <= times
        }
    }

    func prepare(_ welcome: Welcome, data: [UInt8]?) throws -> Preparation {
        if let queue, queue.role == .second { queue.gates.firstHasBegun.pass() }
        guard keepsData || data != nil else { return .dataWanted }
        if let data {
            #expect(SHA256.digest(data) == welcome.dataDigest)
            _ = try ImageSet(canonicalBytes: data, source: "test")
        }
        let configuration = try SearchConfiguration(canonicalText: welcome.configuration)
        let plan = configuration.plan(image: ImageShape(channels: 1, height: 8, width: 8), classes: 10)
        let layout = WeightLayout.superNetwork(plan)
        let readiness = Readiness(
            layoutDigest: XXH3.hash128(Array(layout.canonicalText.utf8)), dataDigest: welcome.dataDigest,
            probe: Digest128(high: 0, low: probe), mathTable: Digest128(high: 0, low: 2))
        return .ready(FakeComputation(preparation: self, layout: layout), readiness)
    }
}

private struct FakeComputation: RoundComputing {
    let preparation: FakePreparation
    let layout: WeightLayout
    private let total = Counter()

    init(preparation: FakePreparation, layout: WeightLayout) {
        self.preparation = preparation
        self.layout = layout
    }

    func load(_ job: RoundJob, weights: GatheredBlob, statistics: GatheredBlob?) throws -> any LoadedRound {
        if let queue = preparation.queue, queue.role == .first { queue.gates.firstHasBegun.open() }
        return FakeRound(
            preparation: preparation, layout: layout, job: job, seed: XXH3.hash64(weights.bytes), counter: total)
    }
}

/// Opened once, passed by any number afterwards.
private final class Gate: Sendable {
    private let queue = WorkQueue<Int>()

    func open() { queue.close() }

    func pass() { while queue.next() != nil {} }
}

private struct Gates: Sendable {
    let firstHasBegun = Gate()
    let secondHasEnded = Gate()
}

private final class Counter: Sendable {
    private let ones = WorkQueue<Int>()

    func next() -> Int {
        let all = ones.takeAll().reduce(0, +) + 1
        ones.append([all])
        return all
    }
}

private struct FakeRound: LoadedRound {
    let preparation: FakePreparation
    let layout: WeightLayout
    let job: RoundJob
    let seed: UInt64
    let counter: Counter

    func compute(shard: Int) throws -> (report: ShardReport, payload: [Float]) {
        if let queue = preparation.queue, queue.role == .first, job.step == 3 { queue.gates.secondHasEnded.pass() }
        if let breaksAfter = preparation.breaksAfter, counter.next() > breaksAfter {
            throw UserError(.internalFault, "this fake is broken")
        }
        func values(_ count: Int, _ purpose: UInt64) -> [Float] {
            var state = seed ^ job.step &* 0x9E37_79B9_7F4A_7C15 ^ UInt64(shard) << 32 ^ purpose << 56
            return (0..<count).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Float(Int32(truncatingIfNeeded: state >> 33)) / 3e9
            }
        }
        var report = ShardReport(shard: shard, imageCount: 4, loss: 1, hits: 1, finite: true)
        switch job.kind {
        case .update:
            report.alphaGradient = values(job.table.count, 1)
            if let first = preparation.skipsWinFrom, job.step >= first {
                report.alphaGradient = job.table.indices.map { $0 % 8 == Operation.skipConnect.index ? -1 : 0 }
            }
            report.credits = values(job.table.count, 2)
            var payload = values(layout.weightCount + layout.statisticCount + preparation.extraFloats, 3)
            if preparation.lies { payload[5] = payload[5].nextUp }
            if preparation.breaksNumbers?.breaks(job, shard) == true {
                payload[7] = .nan
                report.finite = false
                report.nonFiniteEntry = 7
            }
            return (report, payload)
        case .recalibrate: return (report, values(layout.statisticCount, 4))
        case .evaluate: return (report, [])
        }
    }
}

/// What a thread of the test came to.
private enum Ending: Sendable, Equatable {
    case code(Int32)
    case failed(String)
}

/// Both shells in one process over real sockets, without libtorch: milliseconds a run.
@Suite(.serialized)
struct ShellsTests {
    private struct Cluster {
        let coordinator: Ending
        let workers: [Ending]
        let fingerprint: String
        let log: String
        let checkpoints: [String]
    }

    private func run(_ preparations: [FakePreparation], change: (inout ConfigurationBuilder) throws -> Void = { _ in })
        throws -> Cluster
    {
        let folder = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
        defer { try? FileSystem.removeTree(folder) }
        var builder = ConfigurationBuilder()
        for (name, value) in [
            ("init_channels", "4"), ("layers", "3"), ("epochs", "1"), ("max_steps", "6"), ("batch_size", "40"),
            ("shards", "5"), ("beat_interval_s", "0.05"), ("worker_timeout_s", "2"),
        ] { try builder.apply(name: name, value: value, origin: .flag) }
        // All are there before the first step: none comes after the last.
        if preparations.allSatisfy({ $0.queue == nil }) {
            try builder.apply(name: "min_workers", value: "\(preparations.count)", origin: .flag)
        }
        try change(&builder)
        let resolved = try builder.finished()
        let endpoint = try Endpoint(parsing: "ipc://\(folder)/socket")
        let endings = WorkQueue<(Int, Ending)>()
        let threads = try (-1..<preparations.count).map { number in
            try NativeThread(name: "shell \(number)") {
                let ending: Ending
                do {
                    let signals = try SignalPipe([12])
                    if number < 0 {
                        let data = try RecognisedDataset(at: "digits").loadTraining()
                        let session = try SearchSession(new: resolved, data: data, dataLocation: "digits") {
                            "\(folder)/run"
                        }
                        let router = try RouterSocket(try MessagingContext())
                        _ = try router.bind(endpoint)
                        ending = .code(
                            try CoordinatorProcess(session: session, router: router, signals: signals, workers: nil)
                                .run().rawValue)
                    } else {
                        let options = WorkerOptions(
                            endpoints: [endpoint], threads: 2, device: "cpu", software: "fake",
                            connectLimit: .seconds(20), isQuiet: true)
                        ending = .code(
                            try WorkerProcess(options, preparer: preparations[number], signals: signals).run().rawValue)
                    }
                } catch { ending = .failed((error as? any UserFacingError)?.sentence ?? "\(error)") }
                if number >= 0, let queue = preparations[number].queue, queue.role == .second {
                    queue.gates.secondHasEnded.open()
                }
                endings.append([(number, ending)])
            }
        }
        for thread in threads { thread.join() }
        let all = endings.takeAll().sorted { $0.0 < $1.0 }.map(\.1)
        let result = "\(folder)/run/genotype.json"
        let json = FileSystem.exists(result) ? try FileSystem.readFile(result, limitBytes: 1 << 20) : Array("{}".utf8)
        let fingerprint = try JSONValue.parse(json, source: result)["provenance"]?["fingerprint"]?.text ?? ""
        let log = "\(folder)/run/log.txt"
        let checkpoints = "\(folder)/run/checkpoints"
        return Cluster(
            coordinator: all[0], workers: Array(all.dropFirst()), fingerprint: fingerprint,
            log: String(
                decoding: FileSystem.exists(log) ? try FileSystem.readFile(log, limitBytes: 1 << 20) : [], as: UTF8.self
            ),
            checkpoints: FileSystem.exists(checkpoints) ? try FileSystem.list(checkpoints) : [])
    }

    @Test("One fake worker or three, with the data fetched in pieces or at hand: the same fingerprint, all exit with 0")
    func sameBits() throws {
        let one = try run([FakePreparation()])
        #expect(one.coordinator == .code(0) && one.workers == [.code(0)])
        #expect(one.fingerprint.count == 64)
        let three = try run([FakePreparation(), FakePreparation(keepsData: true), FakePreparation()])
        #expect(three.coordinator == .code(0) && three.workers.allSatisfy { $0 == .code(0) })
        #expect(three.fingerprint == one.fingerprint)
        let small = try run([FakePreparation()]) {
            try $0.apply(name: "piece_bytes", value: "4096", origin: .flag)
        }
        #expect(small.fingerprint == one.fingerprint, "pieces of 4 KB carry the same bytes")
        let other = try run([FakePreparation()]) { try $0.apply(name: "seed", value: "3", origin: .flag) }
        #expect(other.fingerprint != one.fingerprint)
    }

    @Test("A worker whose computation breaks leaves with its reason, and another one finishes to the same bits")
    func broken() throws {
        let reference = try run([FakePreparation()])
        let gates = Gates()
        let both = try run([
            FakePreparation(breaksAfter: 3, queue: (.first, gates)), FakePreparation(queue: (.second, gates)),
        ])
        #expect(both.coordinator == .code(0))
        #expect(both.workers == [.code(ExitCode.data.rawValue), .code(0)])
        #expect(both.fingerprint == reference.fingerprint)
    }

    @Test(
        "Skips that take both cells over are told once a cell, with the epoch to go back to, whose checkpoint is kept")
    func takeover() throws {
        // 18 steps an epoch; skips win from the second on. A fake derived network is right as often in any epoch.
        let run = try run([FakePreparation(skipsWinFrom: 18)]) { builder in
            for (name, value) in [
                ("epochs", "6"), ("max_steps", "0"), ("arch_learning_rate", "0.2"), ("keep_epochs", "0"),
                ("networks", "derived"),
            ] { try builder.apply(name: name, value: value, origin: .flag) }
        }
        #expect(run.coordinator == .code(0))
        let warnings = run.log.split(separator: "\n").filter { $0.contains("warning") }
        #expect(warnings.count == 2, "\(run.log)")
        for (warning, cell) in zip(warnings, ["normal", "reduction"]) {
            #expect(
                warning.contains("warning: epoch 2: skip_connect holds 14 of the 14 live edges of the \(cell) cell"))
            #expect(warning.contains("the best epoch before it is 1 (derived"))
            #expect(warning.contains("--from_epoch 1,") && warning.contains("--max_steps 18 "))
        }
        // Epoch 1 is the best sound one; the others are the last three of any kind, and the best of equals is the last.
        let epochs = run.checkpoints.compactMap { $0.split(separator: "-epoch-").dropFirst().first.flatMap { Int($0) } }
        #expect(epochs.first == 1 && epochs.last == 6 && epochs.count <= 4, "\(run.checkpoints)")
    }

    @Test("A shard that is not a number once is computed again; the log names worker, shard and tensor, no bit changes")
    func brokenOnce() throws {
        let reference = try run([FakePreparation()])
        let run = try run([FakePreparation(breaksNumbers: .init(step: 2, times: 1))])
        #expect(run.coordinator == .code(0) && run.fingerprint == reference.fingerprint)
        let line = run.log.split(separator: "\n").first { $0.contains("not finite") }
        #expect(line?.contains("step 2, shard 1") == true && line?.contains("tensor stem.0.weight, entry 7") == true)
        #expect(!run.log.contains("skipped"))
    }

    @Test("A shard that stays not a number skips the step, whoever computes it; the run goes on to the same bits")
    func brokenStep() throws {
        let one = try run([FakePreparation(breaksNumbers: .init(step: 2))])
        #expect(one.coordinator == .code(0) && one.log.contains("step 2 skipped"))
        let both = try run([
            FakePreparation(breaksNumbers: .init(step: 2)), FakePreparation(breaksNumbers: .init(step: 2)),
        ])
        #expect(both.coordinator == .code(0) && both.fingerprint == one.fingerprint)
        let whole = try run([FakePreparation()])
        #expect(one.fingerprint != whole.fingerprint)
    }

    @Test("Steps that are skipped in a row end the run with 65 and the number of them")
    func brokenForGood() throws {
        let run = try run([FakePreparation(breaksNumbers: .init(step: 2, isForGood: true))]) {
            try $0.apply(name: "skip_limit", value: "3", origin: .flag)
        }
        guard case .failed(let sentence) = run.coordinator else { return #expect(Bool(false), "\(run.coordinator)") }
        #expect(sentence.contains("3 steps in a row, the last of them 4"))
        #expect(run.workers == [.code(0)], "the worker is told that it is over")
    }

    @Test(
        "A worker whose payload has another length is put out with both numbers; another one finishes to the same bits")
    func wrongShape() throws {
        let reference = try run([FakePreparation()])
        let gates = Gates()
        let both = try run([
            FakePreparation(extraFloats: 3, queue: (.first, gates)), FakePreparation(queue: (.second, gates)),
        ])
        #expect(both.coordinator == .code(0) && both.fingerprint == reference.fingerprint)
        #expect(both.workers == [.code(ExitCode.protocolMismatch.rawValue), .code(0)])
        #expect(both.log.contains(" are due"))
    }

    @Test("An audit finds the one of three that computes other bits, and puts it out before a bit of it counts")
    func audit() throws {
        let reference = try run([FakePreparation()])
        let gates = Gates()
        let three = try run([
            FakePreparation(lies: true, queue: (.first, gates)), FakePreparation(),
            FakePreparation(queue: (.second, gates)),
        ]) { try $0.apply(name: "audit_share", value: "1", origin: .flag) }
        #expect(three.coordinator == .code(0) && three.fingerprint == reference.fingerprint, "\(three.log)")
        #expect(three.workers == [.code(ExitCode.protocolMismatch.rawValue), .code(0), .code(0)])
        #expect(three.log.contains("computed other bits than two others"))
    }

    @Test("Too few workers for the limit: a checkpoint, and an end that can be resumed")
    func tooFew() throws {
        let run = try run([FakePreparation()]) {
            try $0.apply(name: "min_workers", value: "2", origin: .flag)
            try $0.apply(name: "wait_limit_s", value: "0.5", origin: .flag)
        }
        #expect(run.coordinator == .code(ExitCode.temporary.rawValue))
        #expect(run.log.contains("waiting for workers") && run.log.contains("gave up waiting"))
        #expect(run.checkpoints.count == 1)
    }

    @Test("A machine of another kind is refused, unless mixed kinds are allowed")
    func kinds() throws {
        func pair() -> [FakePreparation] {
            let gates = Gates()
            return [
                FakePreparation(queue: (.first, gates)), FakePreparation(probe: 7, queue: (.second, gates)),
            ]
        }
        let refused = try run(pair())
        #expect(refused.coordinator == .code(0))
        #expect(refused.workers == [.code(0), .code(ExitCode.protocolMismatch.rawValue)])
        let allowed = try run([FakePreparation(), FakePreparation(probe: 7)]) {
            try $0.apply(name: "allow_mixed_kinds", value: "true", origin: .flag)
        }
        #expect(allowed.workers == [.code(0), .code(0)])
    }
}
