import Optimization
package import Wire

/// Who takes part. Connections are looked up by the peer that a message came from.
package struct Roster: Sendable {
    /// All who have greeted and are not lost, those that are preparing themselves among them.
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
