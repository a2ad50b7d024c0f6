import Optimization
package import Wire

/// One worker as `snas status` shows it.
package struct WorkerStanding: Sendable, Equatable {
    /// What it is at. The raw value is the word in `status.json`.
    package enum State: String, Sendable, CaseIterable {
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

/// All workers together, for whoever counts them: a cluster of a thousand costs no more lines than one of two.
package struct CrowdStanding: Sendable, Equatable {
    /// Workers by what they are at; of every state, none included.
    package var byState = Dictionary(uniqueKeysWithValues: WorkerStanding.State.allCases.map { ($0, 0) })
    /// Of all workers that take part.
    package var threads = 0
    /// How long nothing was heard of the worker that has been silent longest; nil without workers.
    package var longestSilence: Duration?
}

extension CoordinatorInstance {
    /// Everybody who takes part, in the order of their labels.
    package func standing(at now: Duration) -> [WorkerStanding] {
        roster.members.values.map { member in
            let open = member.assigned.reduce(0) { $0 + (assembly?.tree.shards(of: $1).count ?? 0) }
            return WorkerStanding(
                label: member.label, greeting: member.greeting, state: state(of: member), openShards: open,
                shardsDone: member.shardsDone, bytesMoved: member.bytesMoved, silence: now - member.lastHeard)
        }.sorted { $0.label < $1.label }
    }

    private func state(of member: Member) -> WorkerStanding.State {
        switch (member.state, member.isFetchingRound, assembly == nil || member.assigned.isEmpty) {
        case (.preparing, _, _): .preparing
        case (_, true, _): .fetching
        case (_, _, true): .idle
        default: .computing
        }
    }

    /// Counts who takes part, without naming anybody.
    package func crowd(at now: Duration) -> CrowdStanding {
        roster.members.values.reduce(into: CrowdStanding()) { crowd, member in
            crowd.byState[state(of: member), default: 0] += 1
            crowd.threads += Int(member.greeting.threads)
            crowd.longestSilence = max(crowd.longestSilence ?? .zero, now - member.lastHeard)
        }
    }

    /// Workers below which an open round waits.
    package var neededWorkers: Int { settings.neededWorkers }

    /// Whether a round is open that nobody is given, for too few workers are ready.
    package var isWaitingForWorkers: Bool {
        assembly != nil && readyWorkers < settings.neededWorkers
    }

    /// Contributions that workers have announced and that are not here yet: those being fetched, and those that wait for it.
    package var contributionDepths: (fetching: Int, waiting: Int) { contributions.depths }

    /// Shards of the open round; nil between rounds.
    package var openShardCount: Int? { assembly?.request.job.shardCount }

    /// Shards of the open round that are answered; 0 between rounds.
    package var filledShardCount: Int { assembly.map { $0.request.job.shardCount - $0.unfilledShards.count } ?? 0 }
}
