import Configuration
import Datasets
import Formats
import Host
import Optimization
import SearchSpace
import Testing
import Wire
import Worker

/// A computation that computes nothing: numbers that depend on weights, job and shard alone, as the real one's do.
struct FakePreparation: RunPreparing {
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
            guard job.yields.hasGradient, shard == 1, job.step == step || (isForGood && job.step > step) else {
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

struct FakeComputation: RoundComputing {
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
final class Gate: Sendable {
    private let queue = WorkQueue<Int>()

    func open() { queue.close() }

    func pass() { while queue.next() != nil {} }
}

struct Gates: Sendable {
    let firstHasBegun = Gate()
    let secondHasEnded = Gate()
}

final class Counter: Sendable {
    private let ones = WorkQueue<Int>()

    func next() -> Int {
        let all = ones.takeAll().reduce(0, +) + 1
        ones.append([all])
        return all
    }
}

struct FakeRound: LoadedRound {
    let preparation: FakePreparation
    let layout: WeightLayout
    let job: RoundJob
    let seed: UInt64
    let counter: Counter

    func compute(shard: Int, threads: Int) throws -> (report: ShardReport, payload: Addend) {
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
        switch job.images {
        case .gradientBatch, .searchBatch:
            report.alphaGradient = values(job.reportedEntries, 1)
            if let first = preparation.skipsWinFrom, job.step >= first {
                report.alphaGradient = job.table.indices.map { Operation.papers[$0 % 8] == .skipConnect ? -1 : 0 }
            }
            report.credits = values(job.reportedEntries, 2)
            let floats =
                (job.yields.contains(.weightGradient) ? layout.weightCount : 0)
                + (job.yields.contains(.statistics) ? layout.statisticCount : 0)
            guard floats > 0 else { return (report, .whole([])) }
            var payload = values(floats + preparation.extraFloats, 3)
            if preparation.lies { payload[5] = payload[5].nextUp }
            if preparation.breaksNumbers?.breaks(job, shard) == true {
                payload[7] = .nan
                report.finite = false
                report.nonFiniteEntry = 7
            }
            return (report, .whole(payload))
        case .gradientSample: return (report, .whole(values(layout.statisticCount, 4)))
        case .rewardBatch:
            report.alphaGradient = values(job.reportedEntries, 1)
            return (report, .whole([]))
        case .heldOut, .choosing: return (report, .whole([]))
        }
    }
}
