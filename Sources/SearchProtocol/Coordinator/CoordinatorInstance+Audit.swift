import Optimization
import Wire

/// Shards that two workers compute, to be compared: who computes other bits than two others is put out.
extension CoordinatorInstance {
    /// Shards that are audited are given to two workers, while there are two; to one more as long as no two agree.
    mutating func assignAudits(_ assembly: RoundAssembly, at now: Duration) {
        for shard in doubts.audits.keys.sorted() {
            let group = assembly.groups.node(of: shard)
            guard let audit = doubts.audits[shard], !assembly.isFilled(group) else { continue }
            let ready = roster.ready
            let holding = ready.filter { $0.assigned.contains(group) && lateness(of: $0, at: now) == nil }.map(
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
                ready.filter { !known.contains($0.identity) && !$0.assigned.contains(group) }, in: assembly)
            for taker in free.prefix(max(0, wanted - known.count)) {
                give([group], to: taker.identity, assembly, at: now)
            }
        }
    }

    /// Compares a result with other workers' answers, where its shard is audited: one that does not count yet waits for another.
    mutating func judgeAudited(
        _ result: NodeResult, at node: TreeNode, _ identity: WorkerIdentity, at now: Duration
    ) -> AnswerJudgement {
        guard settings.isOn(.audit), let assembly, let shard = assembly.tree.shards(of: node).first,
            assembly.tree.shards(of: node).count == assembly.groups.size, var audit = doubts.audits[shard]
        else { return .counts }
        if let agreed = audit.agreed {
            if agreed.hasSameBits(as: result) { return .counts }
            putOut([identity], shard, assembly, at: now)
            return .isDealtWith
        }
        if !audit.answers.contains(where: { $0.worker == identity }) {
            audit.answers.append(.init(worker: identity, result: result))
            doubts.audits[shard] = audit
        }
        return judge(shard, newest: identity, assembly, at: now)
    }

    private mutating func judge(
        _ shard: Int, newest identity: WorkerIdentity, _ assembly: RoundAssembly, at now: Duration
    ) -> AnswerJudgement {
        guard var audit = doubts.audits[shard] else { return .counts }
        let truth = audit.answers.first { answer in
            audit.answers.count { $0.result.hasSameBits(as: answer.result) } >= 2
        }
        if let truth {
            audit.agreed = truth.result
            doubts.audits[shard] = audit
            let wrong = audit.answers.filter { !$0.result.hasSameBits(as: truth.result) }.map(\.worker)
            let isRight = !wrong.contains(identity)
            putOut(wrong, shard, assembly, at: now)
            return isRight ? .counts : .isDealtWith
        }
        // It waits for another one to be compared with.
        if audit.answers.count == 1 { return .isDealtWith }
        if !audit.isDisputed {
            audit.isDisputed = true
            doubts.audits[shard] = audit
            let labels = audit.answers.map { roster[$0.worker]?.label ?? $0.worker.description }
            note(.auditDisputed(labels, step: assembly.request.job.step, shard: shard))
        }
        assignOpenShards(at: now)
        return .isDealtWith
    }

    private mutating func putOut(
        _ workers: [WorkerIdentity], _ shard: Int, _ assembly: RoundAssembly, at now: Duration
    ) {
        for worker in workers {
            expel(
                worker,
                "it computed other bits than two others at step \(assembly.request.job.step), shard \(shard): its "
                    + "machine, or its software, cannot be trusted", at: now)
        }
    }
}
