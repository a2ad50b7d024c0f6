import Formats
import Optimization
import SearchProtocol
import Wire

/// The search that the simulation runs: sums that notice any other order, one more or one less, steps of the rounds that each method
/// takes, evaluations between the steps, rounds of which each shard computes some parts of the vector alone, and steps that are
/// skipped because a shard is not finite, whoever computes it.
struct SimulatedSearch: Equatable {
    static let valueCount = 24
    static let pieceBytes = 64
    static let shards = 5
    static let steps = 6
    /// Of the rounds whose shards are grouped; no others have as many.
    static let groupedShards = 12

    static func groupShards(of job: RoundJob) -> Int { job.shardCount == groupedShards ? 4 : 1 }

    /// Of the vector, where a step's shards leave some out. What is always there lies in the middle.
    static let parts = VectorParts(
        optionalParts: 4,
        [
            (entries: 3, part: 0), (entries: shards, part: nil), (entries: 2, part: 1), (entries: 4, part: 2),
            (entries: 1, part: 0), (entries: 6, part: 3), (entries: 3, part: 1),
        ])
    /// Where a shard's own entry lies, which every shard computes.
    static func place(of shard: Int) -> Int { 3 + shard }

    private static func computed(step: Int, shard: Int) -> PartSet {
        parts.set(of: (0..<4).filter { (5 * shard + 3 * step + 7 * $0) % 4 == 0 })
    }

    /// What a shard sends: the whole vector, or the parts that it computed.
    static func addend(_ payload: [Float], _ job: RoundJob, shard: Int) -> Addend {
        guard job.mixing.leavesOut, !payload.isEmpty else { return .whole(payload) }
        let own = computed(step: Int(job.step), shard: shard)
        return .partial(PartialVector(parts.places(of: own).flatMap { payload[$0.range] }, of: own, in: parts))
    }

    /// A shard that is never finite.
    struct Curse: Equatable {
        let step: Int
        let shard: Int
    }

    let method: Method
    let curse: Curse?
    private(set) var step = 0
    private(set) var evaluations = 0
    private(set) var weights = (0..<valueCount).map { Float($0) / 7 }
    /// What the first rounds of a step came to: the weights that the next one reads. No checkpoint holds them.
    private(set) var staged: [Float]?
    /// Rounds of the open step that are in.
    private var roundsIn = 0
    /// What evaluations have counted.
    private(set) var tally: UInt64 = 0
    private(set) var skipped = 0

    init(_ method: Method = .mixed, curse: Curse?) {
        self.method = method
        self.curse = curse
    }

    // MARK: Shards

    /// A pure function of weights, step and shard; 0 in the parts that the shard leaves out.
    func payload(weights: [Float], step: Int, shard: Int, leavesOut: Bool) -> [Float] {
        var values = weights.enumerated().map { place, weight in
            weight * Float(0.1) + Float(1 + (place + 13 * shard + 29 * step) % 97) / 31
        }
        if leavesOut {
            let own = Self.parts.places(of: Self.computed(step: step, shard: shard))
            values = values.enumerated().map { place, value in
                own.contains { $0.range.contains(place) } ? value : 0
            }
        }
        if curse == Curse(step: step, shard: shard) { values[Self.place(of: shard)] = .nan }
        return values
    }

    func report(_ job: RoundJob, weights: [Float], shard: Int) -> (report: ShardReport, payload: [Float]) {
        let step = Int(job.step)
        guard job.yields.hasGradient else {
            let hits = Int(abs(weights[shard]) * 1000) % 64
            return (ShardReport(shard: shard, imageCount: 64, loss: 1, hits: hits, finite: true), [])
        }
        let payload =
            job.yields.contains(.weightGradient)
            ? payload(weights: weights, step: step, shard: shard, leavesOut: job.mixing.leavesOut) : []
        let entry = payload.firstIndex { !$0.isFinite }
        let report = ShardReport(
            shard: shard, imageCount: 1, loss: Float(shard), hits: 1, finite: entry == nil, nonFiniteEntry: entry,
            alphaGradient: job.reportedEntries > 0 ? [Float(step) + weights[shard]] : [],
            credits: job.reportedCredits > 0 ? [1] : [])
        return (report, payload)
    }

    // MARK: Rounds

    /// What the open round reads.
    var roundWeights: [Float] { staged ?? weights }

    /// As a checkpoint would hold it.
    var committed: SimulatedSearch {
        var search = self
        search.staged = nil
        search.roundsIn = 0
        return search
    }

    /// Whether a shard of the round is never finite.
    private func isCursed(_ job: RoundJob) -> Bool {
        job.yields.contains(.weightGradient) && curse?.step == Int(job.step)
    }

    /// Nil when the search is over. After every second step there is an evaluation.
    var nextRound: RoundRequest? {
        let evaluates = step / 2 > evaluations
        guard step < Self.steps || evaluates else { return nil }
        let part = evaluates ? Part(.heldOut, .given, []) : method.rounds(of: step)[roundsIn]
        let job = RoundJob(
            part.images, mixing: part.mixing, yields: part.yields, step: UInt64(step), epoch: 0,
            stepInEpoch: UInt32(step), shardCount: part.shards, imageCount: part.shards, table: [0])
        return RoundRequest(
            job: job, weights: Blob(floats: roundWeights, pieceBytes: Self.pieceBytes).reference, statistics: nil,
            payloadCount: part.yields.contains(.weightGradient) ? Self.valueCount : 0,
            parts: part.mixing.leavesOut && part.yields.contains(.weightGradient) ? Self.parts : nil,
            groupShards: Self.groupShards(of: job))
    }

    /// - Returns: the digest of a step, for the journal; nil for an evaluation, and inside a step.
    mutating func absorb(_ result: RoundResult, drift: Bool = false) -> String? {
        guard result.job.yields.hasGradient else {
            tally = tally &* 31 &+ result.reports.reduce(0) { $0 &* 64 &+ UInt64($1.hits) }
            evaluations += 1
            return nil
        }
        let told = result.reports.reduce(Float(0)) { ($0 + ($1.alphaGradient.first ?? 0)) / 2 }
        let sums = result.total.isEmpty ? [Float](repeating: told, count: Self.valueCount) : result.total
        let moved = zip(roundWeights, sums).map { $0 - ($1 + told) / Float(Self.shards) * Float(0.01) }
        roundsIn += 1
        if roundsIn < method.rounds(of: step).count {
            staged = moved
            return nil
        }
        weights = moved
        staged = nil
        roundsIn = 0
        if drift { weights[0] = weights[0].nextUp }
        step += 1
        return digest
    }

    mutating func skip() -> String {
        skipped += 1
        staged = nil
        roundsIn = 0
        step += 1
        return digest
    }

    private var digest: String { XXH3.hash128(LittleEndian.bytes(of: weights)).hexadecimal }

    /// What one process computes, after every step and evaluation.
    static func reference(_ method: Method, curse: Curse?) -> [SimulatedSearch] {
        var search = SimulatedSearch(method, curse: curse)
        var states = [search]
        while let round = search.nextRound {
            let shards = round.job.shardCount
            let answers = (0..<shards).map { search.report(round.job, weights: search.roundWeights, shard: $0) }
            if search.isCursed(round.job) {
                _ = search.skip()
            } else if round.payloadCount == 0 {
                _ = search.absorb(
                    RoundResult(round: 0, job: round.job, total: [], reports: answers.map(\.report)))
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
    init?(bytes: [UInt8], _ method: Method, curse: Curse?) {
        let length = 32 + 4 * Self.valueCount
        guard bytes.count == length + 32 else { return nil }
        let body = Array(bytes[..<length])
        guard Array(XXH3.hash128(body).hexadecimal.utf8) == Array(bytes[length...]) else { return nil }
        let head = (0..<4).map { word in (0..<8).reduce(UInt64(0)) { $0 | UInt64(body[word * 8 + $1]) << ($1 * 8) } }
        self.method = method
        self.curse = curse
        (step, evaluations, tally, skipped) = (Int(head[0]), Int(head[1]), head[2], Int(head[3]))
        weights = LittleEndian.floats(from: Array(body[32...])) ?? []
    }
}
