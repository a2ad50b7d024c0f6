import Optimization
package import Wire

/// One worker as `snas status` shows it.
package struct WorkerStanding: Sendable, Equatable {
    /// What it is at. The raw value is the word in `status.json`.
    package enum State: String, Sendable {
        /// Has been told what the run is; fetches data, builds, probes.
        case preparing
        /// Nothing to do in the open round.
        case idle
        /// Fetches the round's weights.
        case fetching
        case computing
    }

    /// "host/pid".
    package let label: String
    /// What it said of itself when it joined.
    package let greeting: Greeting
    package let state: State
    /// Shards of the open round that were given to it and are not settled.
    package let openShards: Int
    /// Shards whose results were accepted, since it joined.
    package let shardsDone: UInt64
    /// Payload bytes in both directions since it joined.
    package let bytesMoved: UInt64
    /// How long nothing was heard of it.
    package let silence: Duration
}

extension CoordinatorInstance {
    /// Everybody who takes part, in the order of their labels.
    package func standing(at now: Duration) -> [WorkerStanding] {
        roster.members.values.map { member in
            let open = member.assigned.reduce(0) { $0 + (assembly?.tree.shards(of: $1).count ?? 0) }
            let state: WorkerStanding.State =
                switch (member.state, member.isFetchingRound, open) {
                case (.preparing, _, _): .preparing
                case (_, true, _): .fetching
                case (_, _, 0): .idle
                default: .computing
                }
            return WorkerStanding(
                label: member.label, greeting: member.greeting, state: state, openShards: open,
                shardsDone: member.shardsDone, bytesMoved: member.bytesMoved, silence: now - member.lastHeard)
        }.sorted { $0.label < $1.label }
    }

    /// Shards of the open round; nil between rounds.
    package var openShardCount: Int? { assembly?.request.job.shardCount }

    /// Shards of the open round that are answered; 0 between rounds.
    package var filledShardCount: Int { assembly.map { $0.request.job.shardCount - $0.unfilledShards.count } ?? 0 }
}
