import Optimization
import Wire

extension CoordinatorInstance {
    /// Gives every shard that nobody computes to workers that have nothing left to do, or to all where all are busy; and, once
    /// there is no such shard, those that are late to workers that are idle.
    mutating func assignOpenShards(at now: Duration) {
        guard let assembly, roster.readyCount >= settings.neededWorkers else { return }
        let ready = roster.ready
        attempt &+= 1
        assignAudits(assembly, at: now)
        var holders = [Int](repeating: 0, count: assembly.request.job.shardCount)
        var punctual = holders
        for member in ready {
            let isLate = lateness(of: member, at: now) != nil
            for node in member.assigned {
                for shard in assembly.tree.shards(of: node) {
                    holders[shard] += 1
                    if !isLate { punctual[shard] += 1 }
                }
            }
        }
        let groups = assembly.groups
        let unfilled = assembly.unfilledShards.filter { doubts.audits[groups.first($0)] == nil }
        let open = unfilled.filter { holders[$0] == 0 }
        let idle = ready.filter(\.assigned.isEmpty)
        if !open.isEmpty {
            let suspects = open.filter { doubts.suspicions[$0] != nil }
            share(
                open.filter { doubts.suspicions[groups.first($0)] == nil }, among: idle.isEmpty ? ready : idle, at: now)
            for shard in suspects { giveSuspect(shard, assembly, at: now) }
        } else if !idle.isEmpty {
            share(
                unfilled.filter { punctual[$0] == 0 && holders[$0] < settings.holdersLimit }, among: idle, at: now
            )
        }
    }

    private mutating func share(
        _ shards: [Int], among takers: [Member], at now: Duration
    ) {
        guard let assembly, !shards.isEmpty else { return }
        let speeds = Apportionment.speeds(of: takers, in: assembly.load)
        let shares = Apportionment.split(
            shards, speeds: speeds, tree: assembly.tree, alone: doubts.alone, groupShards: assembly.groups.size)
        for (member, nodes) in zip(takers, shares) where !nodes.isEmpty {
            give(nodes, to: member.identity, assembly, at: now)
        }
    }

    /// By another worker than the one that computed what was not finite, if there is one.
    private mutating func giveSuspect(
        _ shard: Int, _ assembly: RoundAssembly, at now: Duration
    ) {
        let suspected = doubts.suspicions[shard]?.worker
        let ready = roster.ready
        let others = ready.filter { $0.identity != suspected }
        guard let taker = soonest(others.isEmpty ? ready : others, in: assembly).first else { return }
        give([assembly.groups.node(of: shard)], to: taker.identity, assembly, at: now)
    }

    /// Workers by when they would have done one more node: what they have already, at their measured speed.
    func soonest(_ workers: [Member], in assembly: RoundAssembly) -> [Member] {
        let speeds = Apportionment.speeds(of: workers, in: assembly.load)
        return zip(workers, speeds)
            .map { member, speed in (member: member, time: Double(member.assigned.count + 1) / Double(speed)) }
            .sorted { ($0.time, $0.member.identity) < ($1.time, $1.member.identity) }
            .map(\.member)
    }

    mutating func give(
        _ nodes: [TreeNode], to identity: WorkerIdentity, _ assembly: RoundAssembly, at now: Duration
    ) {
        guard let member = roster[identity], let peer = member.control else { return }
        let isFirst = member.assigned.isEmpty
        for start in stride(from: 0, to: nodes.count, by: WireLimits.nodesInOneMessage) {
            let part = Array(nodes[start..<min(start + WireLimits.nodesInOneMessage, nodes.count)])
            let assignment = NodeAssignment(attempt: attempt, nodes: part)
            if isFirst && start == 0 {
                // A worker that already holds the round treats a second opening as more nodes.
                send(.roundOpened(opening(assembly, assignment)), to: peer)
            } else {
                send(.nodesAssigned(assignment), to: peer)
            }
        }
        roster.update(identity) {
            $0.take(nodes, shards: nodes.reduce(0) { $0 + assembly.tree.shards(of: $1).count }, at: now)
        }
    }

    /// Says again which nodes a worker has not answered: an opening or an assignment may have been lost. Nodes that the worker
    /// knows already it passes over.
    mutating func repeatWhatIsOpen(to identity: WorkerIdentity) {
        guard let assembly, let member = roster[identity], let peer = member.control, !member.assigned.isEmpty else {
            return
        }
        let nodes = Array(member.assigned.prefix(WireLimits.nodesInOneMessage))
        let assignment = NodeAssignment(attempt: attempt, nodes: nodes)
        send(.roundOpened(opening(assembly, assignment)), to: peer)
    }

    private func opening(_ assembly: RoundAssembly, _ assignment: NodeAssignment) -> RoundOpening {
        RoundOpening(
            job: assembly.request.job, assignment: assignment, weights: assembly.request.weights,
            statistics: assembly.request.statistics)
    }

    // MARK: Lateness

    /// A worker that takes longer than it should, with what it is at.
    ///
    /// What it should take follows from what was measured of itself: fetching the weights, and a row of shards side by side for what
    /// is still open. The time counts from when something came back last, so that whoever works through many nodes is not late by
    /// their number. A slow link is slow, not late. Of whom nothing was measured, as in its first round, idle workers take shards as
    /// soon as others would have been late; it is named when it gets on with nothing, neither shards nor bytes, for longer than others'
    /// first rounds allow.
    ///
    /// - Returns: without a usual time for whom it is too early to be named.
    func lateness(of member: Member, at now: Duration) -> LateWorker? {
        guard let assembly, !member.assigned.isEmpty else { return nil }
        if let stalled = contributions.stalled(of: member.identity, at: now) {
            return LateWorker(
                worker: member.label, phase: .sending, elapsed: stalled.silent, usual: nil,
                bytesSoFar: UInt64(stalled.bytesReceived), shardsOpen: assembly.tree.shards(of: stalled.node).count)
        }
        let open = member.unannounced
        guard !open.isEmpty else { return nil }
        let shards = open.reduce(0) { $0 + assembly.tree.shards(of: $1).count }
        let own = member.usual(assembly.load, openShards: shards)
        let elapsed = now - (own == nil ? member.advancedAt : member.cameBackAt)
        let others = roster.ready.compactMap { $0.times.row(assembly.load) }.max()
        let expected = own ?? others.map { member.usual(assembly.load, openShards: shards, row: $0) }
        let limit = expected.map { max(settings.lateFloor, $0 * settings.lateFactor) } ?? settings.unmeasuredLimit
        guard elapsed > limit else { return nil }
        let usual =
            own
            ?? usualFirstRound(of: member, shards: shards, assembly.load).flatMap { usual in
                elapsed > usual * settings.lateFactor ? usual : nil
            }
        return LateWorker(
            worker: member.label, phase: member.isFetchingRound ? .fetching : .computing,
            elapsed: elapsed, usual: usual, bytesSoFar: member.progress.bytesReceived, shardsOpen: shards)
    }

    /// What a worker may take for its first round of a load, start-up and all: what the slowest other one took. Nil until half of them
    /// have had theirs, for the first to be done says nothing of the last.
    private func usualFirstRound(of member: Member, shards: Int, _ load: RoundLoad) -> Duration? {
        let ready = roster.ready
        let first = ready.compactMap { $0.times.firstRow(load) }
        guard 2 * first.count >= ready.count else { return nil }
        return first.max().map { member.usual(load, openShards: shards, row: $0) }
    }

    /// Names who is late, and gives what they have open to whoever is idle.
    mutating func watch(at now: Duration) {
        guard assembly != nil, now >= nextWatch else { return }
        nextWatch = now + settings.watchInterval
        var anyIsLate = false
        for member in roster.members.values.sorted(by: { $0.identity < $1.identity }) {
            let late = member.state == .preparing ? slowPreparation(member, at: now) : lateness(of: member, at: now)
            guard let late else { continue }
            if member.state == .ready {
                anyIsLate = true
                // It shall not hold the data set back from those who join.
                roster.update(member.identity) { $0.isFetchingRound = false }
            }
            if late.usual == nil, late.phase != .sending, late.elapsed <= settings.unmeasuredNoteLimit { continue }
            if let noted = member.lateNotedAt, now - noted < settings.waitingNoteInterval { continue }
            roster.update(member.identity) { $0.lateNotedAt = now }
            note(.workerLate(late))
        }
        if anyIsLate { assignOpenShards(at: now) }
    }

    private func slowPreparation(_ member: Member, at now: Duration) -> LateWorker? {
        guard now - member.advancedAt > settings.unmeasuredNoteLimit else { return nil }
        return LateWorker(
            worker: member.label, phase: .preparing, elapsed: now - member.joinedAt, usual: nil,
            bytesSoFar: member.progress.bytesReceived, shardsOpen: 0)
    }
}
