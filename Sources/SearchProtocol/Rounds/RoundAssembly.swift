package import Optimization
package import Wire

/// A round that the shell asks for: the job, what it reads, and how long a node's payload is.
package struct RoundRequest: Sendable, Equatable {
    package var job: RoundJob
    /// The weights that the round reads, which the shell holds while it is open.
    package var weights: BlobReference
    /// Running statistics to evaluate with; nil where the round does not read any.
    package var statistics: BlobReference?
    /// Floats of the vector that is summed; 0 where a round only counts.
    package var payloadCount: Int
    /// How that vector is cut, where shards leave parts of it out: each payload names the parts that it holds. Nil where each holds
    /// the whole vector.
    package var parts: VectorParts?
    /// How many shards are given out and answered together, from each multiple of it on; a power of two that divides their number.
    package var groupShards: Int

    /// - Parameter parts: of a vector of `payloadCount` floats; nil where shards leave nothing out.
    package init(
        job: RoundJob, weights: BlobReference, statistics: BlobReference?, payloadCount: Int, parts: VectorParts? = nil,
        groupShards: Int = 1
    ) {
        precondition(parts.map { $0.count == payloadCount } ?? true)
        precondition(ShardGroup.isPossible(groupShards, of: job.shardCount))
        self.groupShards = groupShards
        self.job = job
        self.weights = weights
        self.statistics = statistics
        self.payloadCount = payloadCount
        self.parts = parts
    }
}

/// A round that is filled: each shard counted exactly once, whoever computed it and in whatever order it came.
package struct RoundResult: Sendable, Equatable {
    /// Its number within this generation, from 1.
    package var round: UInt64
    /// As it was asked for.
    package var job: RoundJob
    /// Sum of the payloads over all shards in the fixed tree, not yet divided; empty where the round only counts.
    package var total: [Float]
    /// One report a shard, by shard number.
    package var reports: [ShardReport]

    package init(round: UInt64, job: RoundJob, total: [Float], reports: [ShardReport]) {
        self.round = round
        self.job = job
        self.total = total
        self.reports = reports
    }
}

/// What has come of the open round.
struct RoundAssembly: Sendable {
    let round: UInt64
    let request: RoundRequest
    let load: RoundLoad
    let tree: ShardTree
    let groups: ShardGroup
    private var sum: TreeSum
    private var reports: [ShardReport?]

    /// What was added although it was there already: nothing, unless the simulation took the guard away.
    private var surplus: [[Float]] = []
    private let addsTwice: Bool

    init(round: UInt64, request: RoundRequest, settings: ProtocolSettings) {
        addsTwice = !settings.isOn(.filled)
        self.round = round
        self.request = request
        load = RoundLoad(of: request.job, shardParts: settings.shardParts)
        groups = ShardGroup(size: request.groupShards)
        tree = ShardTree(shardCount: request.job.shardCount)
        sum = TreeSum(tree: tree)
        reports = Array(repeating: nil, count: request.job.shardCount)
    }

    func isFilled(_ node: TreeNode) -> Bool { sum.isFilled(node) }

    /// Whether an answer for this node comes too late.
    func isAnswered(_ node: TreeNode) -> Bool { sum.isFilled(node) && !addsTwice }

    var unfilledShards: [Int] { sum.unfilledShards }

    var isComplete: Bool { sum.isComplete }

    /// Why an announced result cannot be one of this round's; nil when it can.
    func objection(to result: NodeResult, at node: TreeNode) -> String? {
        guard tree.isValid(node) else { return "node (\(node.level), \(node.index)) is not in this round's tree" }
        let shards = tree.shards(of: node)
        guard groups.isWhole(shards) else {
            return "a node of shards \(shards), \(groups.size) of which belong together"
        }
        guard result.reports.map(\.shard) == Array(shards) else {
            return "reports of shards \(result.reports.map(\.shard)) for a node of shards \(shards)"
        }
        guard let floats = dueFloats(of: result) else { return Self.partsObjection(result.parts, request.parts) }
        let wantedBytes = UInt64(floats * 4)
        // An empty blob would be waited for: no piece of it ever comes.
        guard (result.payload?.byteCount ?? 0) == wantedBytes, (result.payload == nil) == (wantedBytes == 0) else {
            return "a payload of \(result.payload?.byteCount ?? 0) bytes, \(wantedBytes) are due"
        }
        for report in result.reports
        where !(1...WireLimits.images).contains(report.imageCount) || report.hits > report.imageCount {
            return "shard \(report.shard) reports \(report.hits) hits of \(report.imageCount) images"
        }
        let (entries, credits) = (request.job.reportedEntries, request.job.reportedCredits)
        for report in result.reports where report.alphaGradient.count != entries || report.credits.count != credits {
            return "shard \(report.shard) reports \(report.alphaGradient.count) alpha gradients and "
                + "\(report.credits.count) credits, \(entries) and \(credits) are due"
        }
        return nil
    }

    /// Floats that a result's payload must have; nil where it names parts that this round does not have, or none where it must.
    private func dueFloats(of result: NodeResult) -> Int? {
        switch (request.parts, result.parts) {
        case (nil, nil): request.payloadCount
        case (let whole?, let named?): whole.partCount == named.partCount ? whole.count(of: named) : nil
        case (nil, _?), (_?, nil): nil
        }
    }

    private static func partsObjection(_ named: PartSet?, _ whole: VectorParts?) -> String {
        let due = whole.map { "some of \($0.partCount) are due" } ?? "the whole vector is due"
        return named.map { "a payload of some of \($0.partCount) parts, \(due)" }
            ?? "a payload that names no parts, \(due)"
    }

    /// The place in the whole vector of an entry of a result's payload.
    func place(ofEntry entry: Int, in result: NodeResult) -> Int {
        guard let whole = request.parts, let named = result.parts else { return entry }
        return whole.place(ofEntry: entry, of: named) ?? entry
    }

    /// Takes a node in; false when it was covered already. Precondition: nothing spoke against it.
    mutating func fill(_ node: TreeNode, payload: Payload, reports newReports: [ShardReport]) -> Bool {
        if addsTwice, sum.isFilled(node) { surplus.append(payload.array) }
        guard !sum.isFilled(node) else { return false }
        let outcome =
            switch payload {
            case .whole(let vector): sum.fill(node, with: vector)
            case .parted(let vector): sum.fill(node, with: vector)
            case .partial(let vector): sum.fill(node, with: vector)
            }
        guard outcome == .filled else { return false }
        for report in newReports { reports[report.shard] = report }
        return true
    }

    func result() -> RoundResult {
        guard var total = sum.total else { preconditionFailure("the round is not filled") }
        for extra in surplus { VectorSum.add(extra, into: &total) }
        let ordered = reports.compactMap { $0 }
        precondition(ordered.count == request.job.shardCount, "a filled round without all reports")
        return RoundResult(round: round, job: request.job, total: total, reports: ordered)
    }
}
