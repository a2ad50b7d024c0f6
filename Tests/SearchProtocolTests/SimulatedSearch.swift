import Formats
import Optimization
import SearchProtocol
import Wire

/// The search that the simulation runs: sums that notice any other order, one more or one less, steps of one round and of two,
/// evaluations between the steps, and steps that are skipped because a shard is not finite, whoever computes it.
struct SimulatedSearch: Equatable {
    static let valueCount = 24
    static let pieceBytes = 64
    static let shards = 5
    static let steps = 6

    /// A shard that is never finite.
    struct Curse: Equatable {
        let step: Int
        let shard: Int
    }

    let curse: Curse?
    private(set) var step = 0
    private(set) var evaluations = 0
    private(set) var weights = (0..<valueCount).map { Float($0) / 7 }
    /// What the first round of a step of two came to: the weights that the second reads. No checkpoint holds them.
    private(set) var staged: [Float]?
    /// What evaluations have counted.
    private(set) var tally: UInt64 = 0
    private(set) var skipped = 0

    init(curse: Curse?) { self.curse = curse }

    // MARK: Shards

    /// A pure function of weights, step and shard.
    func payload(weights: [Float], step: Int, shard: Int) -> [Float] {
        var values = weights.enumerated().map { place, weight in
            weight * Float(0.1) + Float(1 + (place + 13 * shard + 29 * step) % 97) / 31
        }
        if curse == Curse(step: step, shard: shard) { values[shard] = .nan }
        return values
    }

    func report(_ job: RoundJob, weights: [Float], shard: Int) -> (report: ShardReport, payload: [Float]) {
        let step = Int(job.step)
        guard job.yields.hasGradient else {
            let hits = Int(abs(weights[shard]) * 1000) % 64
            return (ShardReport(shard: shard, imageCount: 64, loss: 1, hits: hits, finite: true), [])
        }
        let payload = payload(weights: weights, step: step, shard: shard)
        let entry = payload.firstIndex { !$0.isFinite }
        let report = ShardReport(
            shard: shard, imageCount: 1, loss: Float(shard), hits: 1, finite: entry == nil, nonFiniteEntry: entry,
            alphaGradient: [Float(step)], credits: [1])
        return (report, payload)
    }

    // MARK: Rounds

    private var isFirstOfTwo: Bool { step % 3 == 1 && staged == nil }

    /// What the open round reads.
    var roundWeights: [Float] { staged ?? weights }

    /// As a checkpoint would hold it.
    var committed: SimulatedSearch {
        var search = self
        search.staged = nil
        return search
    }

    /// Nil when the search is over. After every second step there is an evaluation.
    var nextRound: RoundRequest? {
        let evaluates = step / 2 > evaluations
        guard step < Self.steps || evaluates else { return nil }
        let job = RoundJob(
            evaluates ? .heldOut : .gradientBatch, mixing: evaluates ? .given : .relaxed(temperature: 1),
            yields: evaluates ? [] : [.weightGradient, .alphaGradient], step: UInt64(step), epoch: 0,
            stepInEpoch: UInt32(step), shardCount: Self.shards, imageCount: Self.shards, table: [0])
        return RoundRequest(
            job: job, weights: Blob(floats: roundWeights, pieceBytes: Self.pieceBytes).reference, statistics: nil,
            payloadCount: evaluates ? 0 : Self.valueCount)
    }

    /// - Returns: the digest of a step, for the journal; nil for an evaluation, and inside a step.
    mutating func absorb(_ result: RoundResult, drift: Bool = false) -> String? {
        guard result.job.yields.hasGradient else {
            tally = tally &* 31 &+ result.reports.reduce(0) { $0 &* 64 &+ UInt64($1.hits) }
            evaluations += 1
            return nil
        }
        let moved = zip(weights, result.total).map { $0 - $1 / Float(Self.shards) * Float(0.01) }
        if isFirstOfTwo {
            staged = moved
            return nil
        }
        weights = moved
        staged = nil
        if drift { weights[0] = weights[0].nextUp }
        step += 1
        return digest
    }

    mutating func skip() -> String {
        skipped += 1
        staged = nil
        step += 1
        return digest
    }

    private var digest: String { XXH3.hash128(LittleEndian.bytes(of: weights)).hexadecimal }

    /// What one process computes, after every step and evaluation.
    static func reference(curse: Curse?) -> [SimulatedSearch] {
        var search = SimulatedSearch(curse: curse)
        var states = [search]
        while let round = search.nextRound {
            let answers = (0..<shards).map { search.report(round.job, weights: search.roundWeights, shard: $0) }
            if round.job.yields.hasGradient, curse?.step == search.step {
                _ = search.skip()
            } else {
                let tree = ShardTree(shardCount: shards)
                var sum = TreeSum(tree: tree)
                for (shard, answer) in answers.enumerated() { _ = sum.fill(tree.leaf(shard), with: answer.payload) }
                _ = search.absorb(
                    RoundResult(round: 0, job: round.job, total: sum.total ?? [], reports: answers.map(\.report)))
            }
            if search.staged == nil { states.append(search) }
        }
        return states
    }

    // MARK: Checkpoints

    var bytes: [UInt8] {
        let head = [UInt64(step), UInt64(evaluations), tally, UInt64(skipped)]
        let body =
            head.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) } }
            + LittleEndian.bytes(of: weights)
        return body + XXH3.hash128(body).hexadecimal.utf8
    }

    /// Nil for what is damaged.
    init?(bytes: [UInt8], curse: Curse?) {
        let length = 32 + 4 * Self.valueCount
        guard bytes.count == length + 32 else { return nil }
        let body = Array(bytes[..<length])
        guard Array(XXH3.hash128(body).hexadecimal.utf8) == Array(bytes[length...]) else { return nil }
        let head = (0..<4).map { word in (0..<8).reduce(UInt64(0)) { $0 | UInt64(body[word * 8 + $1]) << ($1 * 8) } }
        self.curse = curse
        (step, evaluations, tally, skipped) = (Int(head[0]), Int(head[1]), head[2], Int(head[3]))
        weights = LittleEndian.floats(from: Array(body[32...])) ?? []
    }
}
