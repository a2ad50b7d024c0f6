package import Wire

/// How much work a shard of a round is. Rounds of equal load take a worker about the same time a shard, so its measured times are
/// compared within one load only.
package struct RoundLoad: Sendable, Hashable {
    private let yields: RoundYields
    /// One operation an edge at most is computed: several times cheaper than the mixture of all.
    private let isOneHot: Bool

    /// By what it yields, and by whether one operation an edge at most is computed.
    package init(of job: RoundJob) {
        yields = job.yields
        isOneHot =
            job.mixing.leavesOut
            || job.mixing == .given && job.table.allSatisfy { $0 == 0 || $0 == 1 }
    }
}
