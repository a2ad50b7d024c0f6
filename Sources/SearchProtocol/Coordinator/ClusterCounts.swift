/// What happened to workers and what they did, counted since this coordinator began. Nothing of it decides anything.
package struct ClusterCounts: Sendable, Equatable {
    /// Workers that greeted; one that comes back counts again.
    package var joined = 0
    /// Workers that said goodbye.
    package var left = 0
    /// Workers that fell silent, whose connection is gone, or who sent other bytes than they announced.
    package var lost = 0
    /// Workers that were put out: of another kind, or with answers that cannot be.
    package var refused = 0
    /// How often a worker was named as late.
    package var late = 0
    /// Shards of lost workers that went to others.
    package var shardsGivenOn = 0
    /// Shards whose results were accepted.
    package var shardsDone = 0
    /// Shards of which workers computed other bits than each other.
    package var auditsDisputed = 0
    /// Checkpoints and lines of the journal that could not be written.
    package var savingsFailed = 0

    mutating func add(_ note: CoordinatorNote) {
        switch note {
        case .workerGreeted: joined += 1
        case .workerLeft: left += 1
        case .workerLost(_, _, let shards):
            lost += 1
            shardsGivenOn += shards
        case .workerRefused: refused += 1
        case .workerLate: late += 1
        case .auditDisputed: auditsDisputed += 1
        case .persistenceFailed: savingsFailed += 1
        case .workerReady, .waitingForWorkers, .contributionRejected, .notFinite, .unreadable, .leaseUnreadable,
            .leaseReadable:
            break
        }
    }
}
