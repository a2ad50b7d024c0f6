import Formats
import Optimization
import Wire

extension CoordinatorInstance {
    mutating func open(_ request: RoundRequest, at now: Duration) {
        precondition(lastWord == nil, "a round after the end")
        lastRound += 1
        assembly = RoundAssembly(round: lastRound, request: request, settings: settings)
        doubts = RoundDoubts(
            round: lastRound, shardCount: request.job.shardCount, groupShards: request.groupShards,
            auditShare: request.job.yields.hasGradient ? settings.auditShare : 0)
        nextWatch = now + settings.watchInterval
        contributions.clear()
        for identity in Array(roster.members.keys) { roster.update(identity) { $0.forgetRound() } }
        assignOpenShards(at: now)
    }

    // MARK: Contributions

    mutating func nodeFinished(
        _ result: NodeResult, _ envelope: Envelope, _ identity: WorkerIdentity, _ peer: Peer, at now: Duration
    ) {
        guard let assembly, envelope.round == assembly.round || !settings.isOn(.round) else {
            drops.otherRound += 1
            return send(.roundClosed, round: envelope.round, to: peer)
        }
        guard let announced = envelope.node else { return drops.rejected += 1 }
        if let sentence = assembly.objection(to: result, at: announced) {
            drops.rejected += 1
            let label = roster[identity]?.label ?? identity.description
            note(.contributionRejected(label, reason: sentence))
            // It would compute the same again.
            return expel(identity, "its answer does not fit the round: \(sentence)", at: now)
        }
        let node = assembly.tree.canonical(announced)
        roster.update(identity) { $0.announce(node, of: assembly.load, at: now) }
        guard !assembly.isAnswered(node) else {
            drops.alreadyFilled += 1
            return settle(node, accepted: false, identity)
        }
        guard judgeFiniteness(of: result, at: node, identity, at: now) == .counts,
            judgeAudited(result, at: node, identity, at: now) == .counts
        else { return }
        let contribution = Contribution(node: node, result: result, worker: identity)
        if result.payload == nil {
            return fill(contribution, payload: .empty(result.parts, in: assembly.request.parts), at: now)
        }
        _ = contributions.announce(contribution)
    }

    mutating func askForContributions(at now: Duration) {
        guard let assembly else { return }
        for late in contributions.start(root: assembly.tree.root, at: now, unless: assembly.isAnswered) {
            drops.alreadyFilled += 1
            settle(late.node, accepted: false, late.worker)
        }
        for question in contributions.questions(at: now) {
            guard let peer = roster[question.worker]?.bulk else { continue }
            send(.piecesWanted(question.wanted), to: peer)
        }
    }

    mutating func receive(
        _ piece: Piece, from identity: WorkerIdentity, at now: Duration
    ) {
        roster.update(identity) { $0.bytesMoved += UInt64(piece.bytes.count) }
        for contribution in contributions.receive(piece, from: identity, at: now) {
            guard let assembly else { continue }
            let payload = contribution.verifiedPayload(
                root: assembly.tree.root, in: assembly.request.parts, isChecked: settings.isOn(.payload))
            guard let payload else {
                // Every piece passed its own digest, so the worker announced something else than it sent.
                drops.rejected += 1
                lose(identity, reason: "its payload differs from the digest it announced", at: now)
                continue
            }
            guard judgePayload(of: contribution, at: now) == .counts else { continue }
            fill(contribution, payload: payload, at: now)
        }
    }

    mutating func contributionGone(
        _ digest: Digest128, _ identity: WorkerIdentity, at now: Duration
    ) {
        guard let blob = contributions.fetching.first(where: { $0.result.payload?.digest == digest })?.result.payload
        else { return }
        let nodes = contributions.forget(identity, blob: blob)
        roster.update(identity) { member in member.drop { nodes.contains($0) } }
        assignOpenShards(at: now)
    }

    private mutating func fill(
        _ contribution: Contribution, payload: Payload, at now: Duration
    ) {
        guard assembly != nil else { return }
        let isAccepted =
            assembly?.fill(contribution.node, payload: payload, reports: contribution.result.reports) ?? false
        if !isAccepted { drops.alreadyFilled += 1 }
        settle(contribution.node, accepted: isAccepted, contribution.worker)
        if isAccepted {
            counts.shardsDone += contribution.result.reports.count
            roster.update(contribution.worker) { $0.shardsDone += UInt64(contribution.result.reports.count) }
        }
        if isAccepted, let assembly {
            contributions.drop(assembly.isAnswered)
            for member in roster.ready where member.identity != contribution.worker {
                let beaten = member.assigned.filter(assembly.isFilled)
                if !beaten.isEmpty {
                    roster.update(member.identity) { $0.giveUp(assembly.load, at: now) }
                }
                for node in beaten {
                    settle(node, accepted: false, member.identity)
                }
            }
        }
        if let filled = assembly, filled.isComplete {
            closeRound()
            directives.append(.roundFilled(filled.result()))
        }
    }

    mutating func settle(
        _ node: TreeNode, accepted: Bool, _ identity: WorkerIdentity
    ) {
        guard let assembly, let peer = roster[identity]?.control else { return }
        roster.update(identity) { member in
            member.drop { assembly.tree.canonical($0) == node }
        }
        send(.nodeSettled(accepted: accepted), node: node, to: peer)
    }

    /// Tells workers that still compute nodes others have answered that nobody waits for them.
    mutating func closeRound() {
        for member in roster.ready where !member.assigned.isEmpty {
            if let peer = member.control { send(.roundClosed, to: peer) }
        }
        assembly = nil
        contributions.clear()
    }

    // MARK: Pieces

    mutating func answer(_ wanted: PiecesWanted, to peer: Peer) {
        let held = [assembly?.request.weights, assembly?.request.statistics].compactMap { $0 }
        if let blob = held.first(where: { $0.digest == wanted.blob }) {
            guard wanted.indices.upperBound <= blob.pieceCount(pieceBytes: welcome.pieceBytes) else {
                return drops.rejected += 1
            }
            for index in wanted.indices {
                directives.append(.sendPiece(blob: blob, index: index, envelope: head, to: peer))
            }
            if let identity = roster.identity(of: peer) {
                let pieces = UInt64(wanted.indices.count * welcome.pieceBytes)
                roster.update(identity) { $0.bytesMoved += min(pieces, UInt64(blob.byteCount)) }
            }
            return
        }
        guard wanted.blob == welcome.data.digest,
            wanted.indices.upperBound <= welcome.data.pieceCount(pieceBytes: welcome.pieceBytes)
        else { return send(.blobMissing(wanted.blob), to: peer) }
        for index in wanted.indices { queueDataQuestion(index, from: peer) }
    }
}
