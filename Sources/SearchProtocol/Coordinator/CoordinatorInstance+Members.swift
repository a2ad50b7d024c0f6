import Formats
import Optimization
import Wire

extension CoordinatorInstance {
    mutating func receive(
        _ envelope: Envelope, from peer: Peer, at now: Duration
    ) {
        if case .hello(let greeting) = envelope.message { return greet(greeting, from: peer, at: now) }
        if isInquiry(envelope.message, from: peer, at: now) { return }
        guard let identity = roster.identity(of: peer) else {
            drops.unknownPeer += 1
            if let lastWord { return send(lastWord, to: peer) }
            let refusal = Refusal(reason: .unknown, sentence: "this coordinator does not count the sender; greet again")
            return send(.refused(refusal), to: peer)
        }
        guard envelope.run == run else { return drops.otherRun += 1 }
        if envelope.generation > generation { newerGenerationSpoke(at: now) }
        guard envelope.generation == generation || !settings.isOn(.generation) else {
            return drops.otherGeneration += 1
        }
        roster.update(identity) { $0.lastHeard = now }
        if let lastWord { return hearAfterTheEnd(envelope.message, from: identity, lastWord, to: peer) }
        switch envelope.message {
        case .ready(let readiness): becomeReady(identity, readiness, at: now)
        case .progress(let progress):
            roster.update(identity) { $0.hear(progress, at: now) }
            repeatWhatIsOpen(to: identity)
        case .leaving(let reason):
            let label = roster[identity]?.label ?? identity.description
            lose(identity, reason: nil, at: now)
            note(.workerLeft(label, reason: reason))
        case .roundReceived:
            guard let assembly, envelope.round == assembly.round else { return drops.otherRound += 1 }
            roster.update(identity) { $0.fetched(assembly.load, at: now) }
        case .nodeFinished(let result): nodeFinished(result, envelope, identity, peer, at: now)
        case .piecesWanted(let wanted): answer(wanted, to: peer)
        case .piece(let piece): receive(piece, from: identity, at: now)
        case .blobMissing(let digest): contributionGone(digest, identity, at: now)
        case .hello, .statusWanted, .echoWanted, .welcome, .refused, .roundOpened, .nodesAssigned, .nodeSettled,
            .roundClosed, .beat, .stop, .pause, .status:
            drops.rejected += 1
        }
    }

    /// What is answered whoever asks, of whatever run and generation: it changes nothing. Statuses are told to the world so many
    /// times a second and no more, and all echoes are sent from where the same bytes lie: whoever asks without end, and never
    /// reads, takes neither time nor memory for it.
    private mutating func isInquiry(
        _ message: Message, from peer: Peer, at now: Duration
    ) -> Bool {
        switch message {
        case .statusWanted:
            guard now >= nextStatus else { break }
            nextStatus = now + settings.statusInterval
            directives.append(.tellStatus(head, to: peer))
        case .echoWanted(let wanted):
            let filler = Piece(blob: Self.noBlob, index: 0, bytes: Self.echo[0..<wanted.answerBytes])
            send(.piece(filler), to: peer)
        default: return false
        }
        return true
    }

    private static let noBlob = Digest128(high: 0, low: 0)
    private static let echo = ByteView([UInt8](repeating: 0, count: WireLimits.echoBytes))

    // MARK: Joining

    private mutating func greet(
        _ greeting: Greeting, from peer: Peer, at now: Duration
    ) {
        missNoMore(greeting.worker)
        if let lastWord {
            _ = roster.remove(greeting.worker)
            return send(lastWord, to: peer)
        }
        if roster[greeting.worker] == nil {
            guard roster.members.count < settings.workers else {
                let refusal = Refusal(reason: .unfit, sentence: "\(settings.workers) workers take part already")
                return send(.refused(refusal), to: peer)
            }
            let member = Member(identity: greeting.worker, greeting: greeting, at: now)
            roster[greeting.worker] = member
            note(.workerGreeted(member.label, greeting))
        }
        roster.update(greeting.worker) { $0.lastHeard = now }
        roster.connect(peer, to: greeting.worker, channel: greeting.channel)
        send(.welcome(welcome), to: peer)
    }

    private mutating func becomeReady(
        _ identity: WorkerIdentity, _ readiness: Readiness, at now: Duration
    ) {
        guard let member = roster[identity], let peer = member.control else { return }
        guard member.state == .preparing else { return }
        guard member.bulk != nil else { return askToGreet(peer) }
        if let sentence = objection(to: readiness) {
            send(.refused(Refusal(reason: .unfit, sentence: sentence)), to: peer)
            _ = roster.remove(identity)
            return note(.workerRefused(member.label, reason: sentence))
        }
        if kind == nil {
            let fixed = MachineKind(probe: readiness.probe, mathTable: readiness.mathTable)
            kind = fixed
            directives.append(.kindFixed(fixed))
        }
        roster.update(identity) { $0.state = .ready }
        note(.workerReady(member.label, idleThreads: idleThreads))
        assignOpenShards(at: now)
    }

    /// A worker whose second greeting was lost is asked for both again.
    private mutating func askToGreet(_ peer: Peer) {
        let refusal = Refusal(reason: .unknown, sentence: "one of its two connections has not greeted yet")
        send(.refused(refusal), to: peer)
    }

    private func objection(to readiness: Readiness) -> String? {
        if readiness.layoutDigest != welcome.layoutDigest {
            return "weight layout \(readiness.layoutDigest.hexadecimal) differs from the run's "
                + "\(welcome.layoutDigest.hexadecimal): another version of snas-worker?"
        }
        if readiness.dataDigest != welcome.dataDigest {
            return "data set \(Hexadecimal.string(readiness.dataDigest)) differs from the run's "
                + Hexadecimal.string(welcome.dataDigest)
        }
        guard let kind, !settings.allowMixedKinds else { return nil }
        if kind.probe != readiness.probe || kind.mathTable != readiness.mathTable {
            return "a machine of another kind: probe \(readiness.probe.hexadecimal), table "
                + "\(readiness.mathTable.hexadecimal); the run's are \(kind.probe.hexadecimal), "
                + "\(kind.mathTable.hexadecimal) (--allow_mixed_kinds accepts it and gives the promise up)"
        }
        return nil
    }

    // MARK: Leaving

    mutating func peerGone(_ peer: Peer, at now: Duration) {
        guard let identity = roster.identity(of: peer) else { return }
        lose(identity, reason: "its connection is gone", at: now)
    }

    /// Takes a worker off the roster and gives what it had open to others. A nil reason says nothing of it.
    mutating func lose(
        _ identity: WorkerIdentity, reason: String?, at now: Duration
    ) {
        guard let member = roster.remove(identity) else { return }
        contributions.forget(identity)
        for peer in [member.control, member.bulk] { if let peer { forgetDataQuestions(of: peer) } }
        var givenOn = 0
        if let assembly {
            for node in member.assigned where !assembly.isFilled(node) {
                givenOn += assembly.tree.shards(of: node).count
            }
        }
        if reason != nil { miss(identity, at: now) }
        if let reason { note(.workerLost(member.label, reason: reason, shardsGivenOn: givenOn)) }
        assignOpenShards(at: now)
    }

    /// Puts a worker out for good: greeting again will not help it.
    mutating func expel(
        _ identity: WorkerIdentity, _ sentence: String, at now: Duration
    ) {
        guard let member = roster[identity] else { return }
        if let peer = member.control {
            send(.refused(Refusal(reason: .unfit, sentence: sentence)), to: peer)
        }
        note(.workerRefused(member.label, reason: sentence))
        lose(identity, reason: nil, at: now)
    }
}
