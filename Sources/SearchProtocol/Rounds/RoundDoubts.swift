import Optimization
package import Wire

/// Where something that is not finite was found.
package enum NonFinitePlace: Sendable, Equatable {
    case loss
    /// Entries count through all tables, kind of cell after kind of cell.
    case alphaGradient(entry: Int)
    case credits(entry: Int)
    /// Entry of the payload: weights, then statistics; nil where the worker did not say.
    case payload(entry: Int?)
}

/// Why a step is skipped: two answers to the same shard, both not finite.
package struct RoundSkip: Sendable, Equatable {
    /// Its number within this generation.
    package var round: UInt64
    package var job: RoundJob
    /// The shard that was computed twice and was finite neither time.
    package var shard: Int
    /// "host/pid" of the worker whose answer was the second.
    package var worker: String
    /// Where the second answer was not finite.
    package var place: NonFinitePlace
}

extension ShardReport {
    /// Where this report is not finite, or says that its payload is not; nil where all is well.
    var nonFinitePlace: NonFinitePlace? {
        if !loss.isFinite { return .loss }
        if let entry = alphaGradient.firstIndex(where: { !$0.isFinite }) { return .alphaGradient(entry: entry) }
        if let entry = credits.firstIndex(where: { !$0.isFinite }) { return .credits(entry: entry) }
        return finite ? nil : .payload(entry: nonFiniteEntry)
    }
}

/// What becomes of an answer that was looked at before it counts.
enum AnswerJudgement {
    case counts
    /// It is given up, or waits for another one: whatever follows from that is done.
    case isDealtWith
}

/// What speaks against shards of the open round, and which of them are computed twice to be compared.
struct RoundDoubts: Sendable {
    /// The first answer to a shard that was not finite. Its attempt tells the same answer said twice from a second one.
    struct Suspicion: Sendable {
        let worker: WorkerIdentity
        let attempt: UInt32
    }

    struct Audit: Sendable {
        struct Answer: Sendable {
            let worker: WorkerIdentity
            let result: NodeResult
        }
        var answers: [Answer] = []
        /// What two workers have agreed on.
        var agreed: NodeResult?
        /// Two have answered, and not the same.
        var isDisputed = false
    }

    /// Here and below by the first shard of its group.
    var suspicions: [Int: Suspicion] = [:]
    /// Groups whose sum must come alone, so that it can be told whose fault it is.
    var alone: Set<Int> = []
    var audits: [Int: Audit] = [:]

    init() {}

    /// - Parameter share: of the groups that are audited, chosen by round and first shard alone.
    init(round: UInt64, shardCount: Int, groupShards: Int, auditShare share: Double) {
        guard share > 0 else { return }
        for shard in stride(from: 0, to: shardCount, by: groupShards) where Self.draw(round, shard) < share {
            audits[shard] = Audit()
            alone.insert(shard)
        }
    }

    /// A number in 0..<1 that has nothing to do with any draw of the search.
    private static func draw(_ round: UInt64, _ shard: Int) -> Double {
        var mixed = round &* 0x9E37_79B9_7F4A_7C15 ^ UInt64(shard) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 31) &* 0x94D0_49BB_1331_11EB
        return Double((mixed ^ mixed >> 29) >> 11) / Double(1 << 53)
    }
}

extension NodeResult {
    /// Two answers to the same question have the same bits, whatever attempt they come from.
    func hasSameBits(as other: NodeResult) -> Bool {
        guard payload == other.payload, parts == other.parts, reports.count == other.reports.count else { return false }
        return zip(reports, other.reports).allSatisfy { left, right in
            left.shard == right.shard && left.imageCount == right.imageCount && left.hits == right.hits
                && left.loss.bitPattern == right.loss.bitPattern
                && left.alphaGradient.map(\.bitPattern) == right.alphaGradient.map(\.bitPattern)
                && left.credits.map(\.bitPattern) == right.credits.map(\.bitPattern)
        }
    }
}
