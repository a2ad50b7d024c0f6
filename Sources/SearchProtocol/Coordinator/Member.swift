import Optimization
package import Wire

/// A worker as the coordinator sees it.
package struct Member: Sendable {
    /// How far a worker has come. It moves down this list only; a lost worker leaves the roster and greets anew.
    package enum State: Sendable, Hashable {
        /// Has been told what the run is; fetches data, builds, probes.
        case preparing
        /// Can be given nodes.
        case ready
    }

    package let identity: WorkerIdentity
    /// Of the connection that greeted first; all but the channel is the same on both.
    package var greeting: Greeting
    package var state: State = .preparing
    /// Nil until the worker has greeted over it.
    package var control: Peer?
    /// Nil until the worker has greeted over it; without it no node is given.
    package var bulk: Peer?
    /// When it last greeted, or spoke of this run and generation.
    package var lastHeard: Duration
    let joinedAt: Duration
    /// Nodes it was given in the open round and that are not settled.
    private(set) var assigned: [TreeNode] = []
    /// Those of them that it has announced.
    private var announced: Set<TreeNode> = []
    /// When it was given the first of them, and how many shards there have been since.
    private(set) var assignedAt: Duration = .zero
    private(set) var givenShards = 0
    /// When the last of them came back announced, or the weights were there, or the first was given.
    private(set) var cameBackAt: Duration = .zero
    private var fetchedAt: Duration?
    /// When it was last seen to have got on: with a shard or with bytes, or was given its first shard, or joined.
    private(set) var advancedAt: Duration
    private(set) var times: WorkerTimes
    /// What a shard took it lately, from being given to being announced, by the round's load: transfer, threads and all.
    private(set) var pace: [RoundLoad: Duration] = [:]
    var lateNotedAt: Duration?
    /// Whether it still fetches the open round's weights.
    var isFetchingRound = false
    /// What it said last of itself.
    package private(set) var progress = Progress(phase: .preparing, shardsFinished: 0, bytesReceived: 0)
    /// Shards whose results were accepted, since it joined.
    package var shardsDone: UInt64 = 0
    /// Bytes of pieces, in both directions.
    var bytesMoved: UInt64 = 0

    init(identity: WorkerIdentity, greeting: Greeting, at now: Duration) {
        self.identity = identity
        self.greeting = greeting
        joinedAt = now
        lastHeard = now
        advancedAt = now
        times = WorkerTimes(threads: greeting.threads)
    }

    var unannounced: [TreeNode] { assigned.filter { !announced.contains($0) } }

    mutating func take(_ nodes: [TreeNode], shards: Int, at now: Duration) {
        if assigned.isEmpty {
            assignedAt = now
            advancedAt = now
            cameBackAt = now
            fetchedAt = nil
            givenShards = 0
            isFetchingRound = true
        }
        assigned += nodes
        givenShards += shards
    }

    /// What the worker says of itself, with every sign of life.
    mutating func hear(_ newest: Progress, at now: Duration) {
        if newest.shardsFinished != progress.shardsFinished || newest.bytesReceived > progress.bytesReceived {
            advancedAt = now
        }
        progress = newest
    }

    /// The worker has the open round's weights, and computes from here on.
    mutating func fetched(_ load: RoundLoad, at now: Duration) {
        isFetchingRound = false
        guard !assigned.isEmpty, fetchedAt == nil else { return }
        times.fetched(load, in: now - assignedAt)
        (fetchedAt, cameBackAt, advancedAt) = (now, now, now)
    }

    /// What its open shards should take from when something came back last, by its own measure; nil where it has none.
    func usual(_ load: RoundLoad, openShards: Int) -> Duration? {
        times.usual(load, shards: openShards, of: givenShards, isFetching: fetchedAt == nil)
    }

    /// The same where one row of shards takes so long, as others' did.
    func usual(_ load: RoundLoad, openShards: Int, row: Duration) -> Duration {
        times.time(of: openShards, of: givenShards, load, row: row)
    }

    /// The worker has computed a node; once it has computed all of them its pace is known anew.
    mutating func announce(_ node: TreeNode, of load: RoundLoad, at now: Duration) {
        guard assigned.contains(node), announced.insert(node).inserted else { return }
        isFetchingRound = false
        (advancedAt, cameBackAt) = (now, now)
        guard announced.count == assigned.count, givenShards > 0 else { return }
        let latest = (now - assignedAt) / givenShards
        pace[load] = pace[load].map { ($0 + latest) / 2 } ?? latest
        times.computed(load, shards: givenShards, in: now - (fetchedAt ?? assignedAt))
    }

    /// The round is over before the worker has announced everything: it is at least so slow.
    mutating func giveUp(_ load: RoundLoad, at now: Duration) {
        guard !unannounced.isEmpty, givenShards > 0 else { return }
        pace[load] = max(pace[load] ?? .zero, (now - assignedAt) / givenShards)
        times.gaveUp(load, shards: givenShards, after: now - (fetchedAt ?? assignedAt))
    }

    mutating func drop(_ isGone: (TreeNode) -> Bool) {
        assigned.removeAll(where: isGone)
        announced = announced.filter { !isGone($0) }
    }

    mutating func forgetRound() {
        assigned = []
        announced = []
        isFetchingRound = false
    }

    var canBeGivenNodes: Bool { state == .ready && control != nil && bulk != nil }

    /// "host/pid", for people.
    package var label: String { "\(greeting.hostName)/\(greeting.processIdentifier)" }
}
