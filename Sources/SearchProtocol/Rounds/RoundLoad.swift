package import Wire

/// How much work a shard of a round is. Rounds of equal load take a worker about the same time a shard, so its measured times are
/// compared within one load only.
package struct RoundLoad: Sendable, Hashable {
    private let yields: RoundYields
    /// Some operations are not computed, mostly all but one an edge: several times cheaper than the mixture of all.
    private let leavesOut: Bool

    /// By what it yields, and by whether operations are left out.
    package init(of job: RoundJob) {
        yields = job.yields
        leavesOut =
            job.mixing.leavesOut
            || job.mixing == .given && job.table.allSatisfy { $0 == 0 || $0 == 1 }
    }
}
