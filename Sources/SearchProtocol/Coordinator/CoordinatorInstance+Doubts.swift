import Optimization
import Wire

/// Answers that cannot be right: not finite, or other bits than another worker's.
extension CoordinatorInstance {
    /// Deals with what is not finite in an announced result.
    ///
    /// - Returns: whether the result is dealt with; otherwise it is taken as it is.
    mutating func rejectsNonFinite(
        _ result: NodeResult, at node: TreeNode, _ identity: WorkerIdentity, at now: Duration,
        _ out: inout [CoordinatorDirective]
    ) -> Bool {
        guard settings.isOn(.finite) else { return false }
        for report in result.reports {
            guard let place = report.nonFinitePlace else { continue }
            return suspect(report.shard, place, attempt: result.attempt, node, identity, at: now, &out)
        }
        return false
    }

    /// The first such answer to a shard is computed once more, by another worker if there is one; a second one is the truth:
    /// a round with a gradient is skipped, and others, which step nothing, take it as it is.
    private mutating func suspect(
        _ shard: Int, _ place: NonFinitePlace, attempt answered: UInt32, _ node: TreeNode, _ identity: WorkerIdentity,
        at now: Duration, _ out: inout [CoordinatorDirective]
    ) -> Bool {
        guard let assembly else { return true }
        let label = roster[identity]?.label ?? identity.description
        if let first = doubts.suspicions[shard] {
            let isSaidAgain =
                first.worker == identity && first.attempt == answered && settings.isOn(.attempt)
            if !isSaidAgain {
                guard assembly.request.job.yields.hasGradient else { return false }
                let skip = RoundSkip(
                    round: assembly.round, job: assembly.request.job, shard: shard, worker: label, place: place)
                closeRound(&out)
                out.append(.roundSkipped(skip))
                return true
            }
        } else {
            doubts.suspicions[shard] = RoundDoubts.Suspicion(worker: identity, attempt: answered)
            doubts.alone.insert(shard)
            out.append(
                .note(.nonFinite(label, step: assembly.request.job.step, shard: shard, attempt: answered, place)))
        }
        drops.nonFinite += 1
        settle(node, accepted: false, identity, &out)
        assignOpenShards(at: now, &out)
        return true
    }

    /// A payload whose reports called it finite, and which is not.
    ///
    /// - Returns: whether it was dealt with.
    mutating func rejectsNonFinitePayload(
        of contribution: Contribution, at now: Duration, _ out: inout [CoordinatorDirective]
    ) -> Bool {
        guard settings.isOn(.finite), let entry = contribution.reception?.firstNonFinite, let assembly else {
            return false
        }
        let shards = assembly.tree.shards(of: contribution.node)
        if let only = shards.first, shards.count == 1 {
            return suspect(
                only, .payload(entry: entry), attempt: contribution.result.attempt, contribution.node,
                contribution.worker, at: now, &out)
        }
        // Whose fault it is shows when each comes alone; a sum that overflows shows in the round's own.
        doubts.alone.formUnion(shards)
        drops.nonFinite += 1
        settle(contribution.node, accepted: false, contribution.worker, &out)
        assignOpenShards(at: now, &out)
        return true
    }

    // MARK: Audit

    /// Shards that are audited are given to two workers, while there are two; to one more as long as no two agree.
    mutating func assignAudits(_ assembly: RoundAssembly, at now: Duration, _ out: inout [CoordinatorDirective]) {
        for shard in doubts.audits.keys.sorted() {
            let leaf = assembly.tree.leaf(shard)
            guard let audit = doubts.audits[shard], !assembly.isFilled(leaf) else { continue }
            let ready = roster.ready
            let holding = ready.filter { $0.assigned.contains(leaf) && lateness(of: $0, at: now) == nil }.map(
                \.identity)
            let answered = audit.answers.map(\.worker)
            let wanted: Int
            if audit.agreed != nil {
                wanted = 1
            } else if audit.isDisputed {
                wanted = answered.count + 1
            } else {
                wanted = 2
            }
            let known = Set(holding + (audit.agreed == nil ? answered : []))
            let free = soonest(
                ready.filter { !known.contains($0.identity) && !$0.assigned.contains(leaf) }, in: assembly)
            for taker in free.prefix(max(0, wanted - known.count)) {
                give([leaf], to: taker.identity, assembly, at: now, &out)
            }
        }
    }

    /// - Returns: whether the answer counts now; otherwise it waits for another one, or is wrong.
    mutating func passesAudit(
        _ result: NodeResult, at node: TreeNode, _ identity: WorkerIdentity, at now: Duration,
        _ out: inout [CoordinatorDirective]
    ) -> Bool {
        guard settings.isOn(.audit), let assembly, let shard = assembly.tree.shards(of: node).first,
            assembly.tree.shards(of: node).count == 1, var audit = doubts.audits[shard]
        else { return true }
        if let agreed = audit.agreed {
            if agreed.hasSameBits(as: result) { return true }
            return putOut([identity], shard, assembly, at: now, &out)
        }
        if !audit.answers.contains(where: { $0.worker == identity }) {
            audit.answers.append(.init(worker: identity, result: result))
            doubts.audits[shard] = audit
        }
        return judge(shard, newest: identity, assembly, at: now, &out)
    }

    private mutating func judge(
        _ shard: Int, newest identity: WorkerIdentity, _ assembly: RoundAssembly, at now: Duration,
        _ out: inout [CoordinatorDirective]
    ) -> Bool {
        guard var audit = doubts.audits[shard] else { return true }
        let truth = audit.answers.first { answer in
            audit.answers.count { $0.result.hasSameBits(as: answer.result) } >= 2
        }
        if let truth {
            audit.agreed = truth.result
            doubts.audits[shard] = audit
            let wrong = audit.answers.filter { !$0.result.hasSameBits(as: truth.result) }.map(\.worker)
            let isRight = !wrong.contains(identity)
            if !wrong.isEmpty { _ = putOut(wrong, shard, assembly, at: now, &out) }
            return isRight
        }
        // It waits for another one to be compared with.
        if audit.answers.count == 1 { return false }
        if !audit.isDisputed {
            audit.isDisputed = true
            doubts.audits[shard] = audit
            let labels = audit.answers.map { roster[$0.worker]?.label ?? $0.worker.description }
            out.append(.note(.auditDisputed(labels, step: assembly.request.job.step, shard: shard)))
        }
        assignOpenShards(at: now, &out)
        return false
    }

    /// - Returns: false, for what they sent does not count.
    private mutating func putOut(
        _ workers: [WorkerIdentity], _ shard: Int, _ assembly: RoundAssembly, at now: Duration,
        _ out: inout [CoordinatorDirective]
    ) -> Bool {
        for worker in workers {
            expel(
                worker,
                "it computed other bits than two others at step \(assembly.request.job.step), shard \(shard): its "
                    + "machine, or its software, cannot be trusted", at: now, &out)
        }
        return false
    }

    /// Puts a worker out for good: greeting again will not help it.
    mutating func expel(
        _ identity: WorkerIdentity, _ sentence: String, at now: Duration, _ out: inout [CoordinatorDirective]
    ) {
        guard let member = roster[identity] else { return }
        if let peer = member.control {
            out.append(.send(envelope(.refused(Refusal(reason: .unfit, sentence: sentence))), to: peer))
        }
        out.append(.note(.workerRefused(member.label, reason: sentence)))
        lose(identity, reason: nil, at: now, &out)
    }
}
