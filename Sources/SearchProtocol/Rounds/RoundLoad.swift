package import Wire

/// How much work a shard of a round is. Rounds of equal load take a worker about the same time a shard, so its measured times are
/// compared within one load only.
package struct RoundLoad: Sendable, Hashable {
    private let yields: RoundYields
    /// Some operations are not computed, mostly all but one an edge: several times cheaper than the mixture of all.
    private let leavesOut: Bool
    /// Of its images: as many threads can share it.
    let parts: Int

    /// By what it yields, and by whether operations are left out.
    ///
    /// - Parameter shardParts: into how many parts a shard's images are cut where it has as many.
    package init(of job: RoundJob, shardParts: Int = 1) {
        yields = job.yields
        parts = max(1, min(shardParts, (job.imageCount + job.shardCount - 1) / job.shardCount))
        leavesOut =
            job.mixing.leavesOut
            || job.mixing == .given && job.table.allSatisfy { $0 == 0 || $0 == 1 }
    }
}
