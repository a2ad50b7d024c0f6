import Wire

/// The end of a run, told to everybody who takes part. A worker answers the last word by leaving; one that is away for a moment
/// hears it when it is back. Whoever stays away longer than `farewellLimit` finds nobody, and ends by its own limit.
extension CoordinatorInstance {
    /// Whether somebody may still have to hear that the run is over.
    package var isSayingFarewell: Bool { farewellEnd != nil }

    /// - Parameter word: what everybody is told, `stop` or `pause`.
    mutating func end(_ word: Message, at now: Duration) {
        lastWord = word
        assembly = nil
        contributions.clear()
        for member in roster.members.values.sorted(by: { $0.identity < $1.identity }) {
            if let peer = member.control { send(word, to: peer) }
        }
        absent = absent.filter { now - $0.value < settings.farewellLimit }
        farewellEnd = now + settings.farewellLimit
    }

    /// A worker was lost: it may be back in a moment.
    mutating func miss(_ identity: WorkerIdentity, at now: Duration) {
        absent = absent.filter { now - $0.value < settings.farewellLimit }
        if absent.count < settings.workers { absent[identity] = now }
    }

    /// A worker takes part (again).
    mutating func missNoMore(_ identity: WorkerIdentity) { absent[identity] = nil }

    /// What a worker says after the end: its beats are answered with the last word, which it may have missed.
    mutating func hearAfterTheEnd(
        _ message: Message, from identity: WorkerIdentity, _ word: Message, to peer: Peer
    ) {
        switch message {
        case .leaving: _ = roster.remove(identity)
        case .progress, .ready: send(word, to: peer)
        default: break
        }
    }

    mutating func passFarewell(at now: Duration) {
        guard let end = farewellEnd else { return }
        let isHeard = roster.members.isEmpty && absent.isEmpty
        guard isHeard || now >= end else { return }
        farewellEnd = nil
        for member in roster.members.values.sorted(by: { $0.identity < $1.identity }) {
            note(.workerLost(member.label, reason: "it did not hear that this is the end", shardsGivenOn: 0))
        }
    }
}
