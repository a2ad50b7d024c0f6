import Formats
import Optimization
import Wire

extension CoordinatorInstance {
    mutating func open(_ request: RoundRequest, at now: Duration, _ out: inout [CoordinatorDirective]) {
        precondition(stopReason == nil, "a round after the end")
        lastRound += 1
        assembly = RoundAssembly(round: lastRound, request: request)
        contributions.clear()
        for member in roster.members.values {
            roster.update(member.identity) {
                $0.assigned = []
                $0.isFetchingRound = false
            }
        }
        assignOpenShards(at: now, &out)
    }

    /// Gives every shard that nobody computes to workers that have nothing left to do, or to all where all are busy.
    mutating func assignOpenShards(at now: Duration, _ out: inout [CoordinatorDirective]) {
        guard let assembly, roster.ready.count >= settings.minimumWorkers else { return }
        let ready = roster.ready
        var isTaken = [Bool](repeating: false, count: assembly.request.job.shardCount)
        for node in ready.flatMap(\.assigned) + contributions.announcedNodes() {
            for shard in assembly.tree.shards(of: node) { isTaken[shard] = true }
        }
        let open = assembly.unfilledShards.filter { !isTaken[$0] }
        guard !open.isEmpty else { return }
        let idle = ready.filter(\.assigned.isEmpty)
        let takers = idle.isEmpty ? ready : idle
        let shares = Apportionment.split(open, threads: takers.map { Int($0.greeting.threads) }, tree: assembly.tree)
        attempt += 1
        for (member, nodes) in zip(takers, shares) where !nodes.isEmpty { give(nodes, to: member, assembly, &out) }
    }

    private mutating func give(
        _ nodes: [TreeNode], to member: Member, _ assembly: RoundAssembly, _ out: inout [CoordinatorDirective]
    ) {
        guard let peer = member.control else { return }
        let isFirst = member.assigned.isEmpty
        for start in stride(from: 0, to: nodes.count, by: WireLimits.nodesInOneMessage) {
            let part = Array(nodes[start..<min(start + WireLimits.nodesInOneMessage, nodes.count)])
            let assignment = NodeAssignment(attempt: attempt, nodes: part)
            if isFirst && start == 0 {
                // A worker that already holds the round treats a second opening as more nodes.
                let opening = RoundOpening(
                    job: assembly.request.job, assignment: assignment, weights: assembly.request.weights,
                    statistics: assembly.request.statistics)
                out.append(.send(envelope(.roundOpened(opening)), to: peer))
            } else {
                out.append(.send(envelope(.nodesAssigned(assignment)), to: peer))
            }
        }
        roster.update(member.identity) {
            $0.assigned += nodes
            if isFirst { $0.isFetchingRound = true }
        }
    }

    /// Says again which nodes a worker has not answered: an opening or an assignment may have been lost. Nodes that the worker
    /// knows already it passes over.
    func repeatWhatIsOpen(to identity: WorkerIdentity, _ out: inout [CoordinatorDirective]) {
        guard let assembly, let member = roster[identity], let peer = member.control, !member.assigned.isEmpty else {
            return
        }
        let nodes = Array(member.assigned.prefix(WireLimits.nodesInOneMessage))
        let opening = RoundOpening(
            job: assembly.request.job, assignment: NodeAssignment(attempt: attempt, nodes: nodes),
            weights: assembly.request.weights, statistics: assembly.request.statistics)
        out.append(.send(envelope(.roundOpened(opening)), to: peer))
    }

    // MARK: Contributions

    mutating func nodeFinished(
        _ result: NodeResult, _ envelope: Envelope, _ identity: WorkerIdentity, _ peer: Peer,
        _ out: inout [CoordinatorDirective]
    ) {
        guard let assembly, envelope.round == assembly.round else {
            drops.otherRound += 1
            return out.append(.send(self.envelope(.roundClosed, round: envelope.round), to: peer))
        }
        guard let announced = envelope.node else { return drops.rejected += 1 }
        if let sentence = assembly.objection(to: result, at: announced) {
            drops.rejected += 1
            let label = roster[identity]?.label ?? identity.description
            return out.append(.note(.contributionRejected(label, reason: sentence)))
        }
        let node = assembly.tree.canonical(announced)
        roster.update(identity) { $0.isFetchingRound = false }
        guard !assembly.isFilled(node) else {
            drops.alreadyFilled += 1
            return settle(node, accepted: false, identity, &out)
        }
        let contribution = Contribution(node: node, result: result, worker: identity)
        if result.payload == nil { return fill(contribution, payload: .whole([]), &out) }
        _ = contributions.announce(contribution)
    }

    mutating func askForContributions(at now: Duration, _ out: inout [CoordinatorDirective]) {
        guard let assembly else { return }
        for late in contributions.start(root: assembly.tree.root, unless: assembly.isFilled) {
            drops.alreadyFilled += 1
            settle(late.node, accepted: false, late.worker, &out)
        }
        for question in contributions.questions(at: now) {
            guard let peer = roster[question.worker]?.bulk else { continue }
            out.append(.send(envelope(.piecesWanted(question.wanted)), to: peer))
        }
    }

    mutating func receive(
        _ piece: Piece, from identity: WorkerIdentity, at now: Duration, _ out: inout [CoordinatorDirective]
    ) {
        roster.update(identity) { $0.bytesMoved += UInt64(piece.bytes.count) }
        for contribution in contributions.receive(piece, from: identity, at: now) {
            guard let root = assembly?.tree.root else { continue }
            guard let payload = contribution.verifiedPayload(root: root) else {
                // Every piece passed its own digest, so the worker announced something else than it sent.
                drops.rejected += 1
                lose(identity, reason: "its payload differs from the digest it announced", at: now, &out)
                continue
            }
            fill(contribution, payload: payload, &out)
        }
    }

    mutating func contributionGone(
        _ digest: Digest128, _ identity: WorkerIdentity, at now: Duration, _ out: inout [CoordinatorDirective]
    ) {
        guard let blob = contributions.fetching.first(where: { $0.result.payload?.digest == digest })?.result.payload
        else { return }
        let nodes = contributions.forget(identity, blob: blob)
        roster.update(identity) { member in member.assigned.removeAll { nodes.contains($0) } }
        assignOpenShards(at: now, &out)
    }

    private mutating func fill(
        _ contribution: Contribution, payload: Payload, _ out: inout [CoordinatorDirective]
    ) {
        guard assembly != nil else { return }
        let isAccepted =
            assembly?.fill(contribution.node, payload: payload, reports: contribution.result.reports) ?? false
        if !isAccepted { drops.alreadyFilled += 1 }
        settle(contribution.node, accepted: isAccepted, contribution.worker, &out)
        if isAccepted {
            roster.update(contribution.worker) { $0.shardsDone += UInt64(contribution.result.reports.count) }
        }
        if let filled = assembly, filled.isComplete {
            closeRound(&out)
            out.append(.roundFilled(filled.result()))
        }
    }

    private mutating func settle(
        _ node: TreeNode, accepted: Bool, _ identity: WorkerIdentity, _ out: inout [CoordinatorDirective]
    ) {
        guard let assembly, let peer = roster[identity]?.control else { return }
        roster.update(identity) { member in
            member.assigned.removeAll { assembly.tree.canonical($0) == node }
        }
        out.append(.send(envelope(.nodeSettled(accepted: accepted), node: node), to: peer))
    }

    /// Tells workers that still compute nodes others have answered that nobody waits for them.
    private mutating func closeRound(_ out: inout [CoordinatorDirective]) {
        for member in roster.ready where !member.assigned.isEmpty {
            if let peer = member.control { out.append(.send(envelope(.roundClosed), to: peer)) }
        }
        assembly = nil
        contributions.clear()
    }

    // MARK: Pieces

    mutating func answer(_ wanted: PiecesWanted, to peer: Peer, _ out: inout [CoordinatorDirective]) {
        let held = [assembly?.request.weights, assembly?.request.statistics].compactMap { $0 }
        if let blob = held.first(where: { $0.digest == wanted.blob }) {
            guard wanted.indices.upperBound <= blob.pieceCount(pieceBytes: welcome.pieceBytes) else {
                return drops.rejected += 1
            }
            for index in wanted.indices {
                out.append(.sendPiece(blob: blob, index: index, envelope: head, to: peer))
            }
            if let identity = roster.identity(of: peer) {
                let pieces = UInt64(wanted.indices.count * welcome.pieceBytes)
                roster.update(identity) { $0.bytesMoved += min(pieces, UInt64(blob.byteCount)) }
            }
            return
        }
        guard wanted.blob == welcome.data.digest,
            wanted.indices.upperBound <= welcome.data.pieceCount(pieceBytes: welcome.pieceBytes)
        else { return out.append(.send(envelope(.blobMissing(wanted.blob)), to: peer)) }
        for index in wanted.indices { queueDataQuestion(index, from: peer) }
    }
}
