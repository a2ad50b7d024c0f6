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
    package var greeting: Greeting
    package var state: State = .preparing
    package var control: Peer?
    package var bulk: Peer?
    package var lastHeard: Duration
    /// Nodes it was given in the open round and has not announced.
    var assigned: [TreeNode] = []
    /// Whether it still fetches the open round's weights.
    var isFetchingRound = false
    package var progress = Progress(phase: .preparing, shardsFinished: 0, bytesReceived: 0)
    package var shardsDone: UInt64 = 0
    /// Bytes of pieces, in both directions.
    var bytesMoved: UInt64 = 0

    init(identity: WorkerIdentity, greeting: Greeting, at now: Duration) {
        self.identity = identity
        self.greeting = greeting
        lastHeard = now
    }

    var canBeGivenNodes: Bool { state == .ready && control != nil && bulk != nil }

    /// "host/pid", for people.
    package var label: String { "\(greeting.hostName)/\(greeting.processIdentifier)" }
}

/// Who takes part. Connections are looked up by the peer that a message came from.
package struct Roster: Sendable {
    package private(set) var members: [WorkerIdentity: Member] = [:]
    private var identities: [Peer: WorkerIdentity] = [:]

    subscript(_ identity: WorkerIdentity) -> Member? {
        get { members[identity] }
        set { members[identity] = newValue }
    }

    func identity(of peer: Peer) -> WorkerIdentity? { identities[peer] }

    /// Workers that can be given nodes, in the order of their identities: never that of their arrival.
    package var ready: [Member] {
        members.values.filter(\.canBeGivenNodes).sorted { $0.identity < $1.identity }
    }

    /// Asked after every event: nothing is sorted or copied for it.
    var readyCount: Int { members.values.count(where: \.canBeGivenNodes) }

    mutating func connect(_ peer: Peer, to identity: WorkerIdentity, channel: Channel) {
        // The connection that it had before is nobody's: whoever greets over ever new ones costs two places, not ever more.
        let earlier = channel == .control ? members[identity]?.control : members[identity]?.bulk
        if let earlier, earlier != peer { identities[earlier] = nil }
        identities[peer] = identity
        switch channel {
        case .control: members[identity]?.control = peer
        case .bulk: members[identity]?.bulk = peer
        }
    }

    mutating func remove(_ identity: WorkerIdentity) -> Member? {
        guard let member = members.removeValue(forKey: identity) else { return nil }
        for peer in [member.control, member.bulk] { if let peer { identities[peer] = nil } }
        return member
    }

    mutating func update(_ identity: WorkerIdentity, _ change: (inout Member) -> Void) {
        guard let place = members.index(forKey: identity) else { return }
        change(&members.values[place])
    }
}
