package import Wire

/// What came of a round.
package struct RoundSum: Sendable {
    /// As it was asked for.
    package let job: RoundJob
    /// The payloads' fixed-tree sum, not divided.
    package let total: [Float]
    /// One a shard, in order.
    package let reports: [ShardReport]

    /// - Parameter reports: as many as the job has shards.
    package init(_ job: RoundJob, total: [Float], reports: [ShardReport]) {
        precondition(reports.count == job.shardCount)
        self.job = job
        self.total = total
        self.reports = reports
    }

    /// Mean over the shards' mean losses.
    var loss: Double { reports.reduce(0.0) { $0 + Double($1.loss) } / Double(reports.count) }

    var images: Int { reports.reduce(0) { $0 + $1.imageCount } }

    var hits: Int { reports.reduce(0) { $0 + $1.hits } }

    /// Whether every shard says so of itself.
    var areShardsFinite: Bool { reports.allSatisfy { $0.finite && $0.loss.isFinite } }
}
