import Optimization
import Wire

/// Answers that are not finite: each is computed once more before it is believed.
extension CoordinatorInstance {
    /// Looks at the reports of an announced result.
    mutating func judgeFiniteness(
        of result: NodeResult, at node: TreeNode, _ identity: WorkerIdentity, at now: Duration
    ) -> AnswerJudgement {
        guard settings.isOn(.finite) else { return .counts }
        for report in result.reports {
            guard let place = report.nonFinitePlace else { continue }
            return suspect(report.shard, place, attempt: result.attempt, node, identity, at: now)
        }
        return .counts
    }

    /// The first such answer to a shard is computed once more, by another worker if there is one; a second one is the truth:
    /// a round with a gradient is skipped, and others, which step nothing, take it as it is.
    private mutating func suspect(
        _ shard: Int, _ place: NonFinitePlace, attempt answered: UInt32, _ node: TreeNode, _ identity: WorkerIdentity,
        at now: Duration
    ) -> AnswerJudgement {
        guard let assembly else { return .isDealtWith }
        let label = roster[identity]?.label ?? identity.description
        let group = assembly.groups.first(shard)
        if let first = doubts.suspicions[group] {
            let isSaidAgain =
                first.worker == identity && first.attempt == answered && settings.isOn(.attempt)
            if !isSaidAgain {
                guard assembly.request.job.yields.hasGradient else { return .counts }
                let skip = RoundSkip(
                    round: assembly.round, job: assembly.request.job, shard: shard, worker: label, place: place)
                closeRound()
                directives.append(.roundSkipped(skip))
                return .isDealtWith
            }
        } else {
            doubts.suspicions[group] = RoundDoubts.Suspicion(worker: identity, attempt: answered)
            doubts.alone.insert(group)
            note(.notFinite(label, step: assembly.request.job.step, shard: shard, attempt: answered, place))
        }
        drops.notFinite += 1
        settle(node, accepted: false, identity)
        assignOpenShards(at: now)
        return .isDealtWith
    }

    /// Looks at a payload that came: its reports called it finite.
    mutating func judgePayload(
        of contribution: Contribution, at now: Duration
    ) -> AnswerJudgement {
        guard settings.isOn(.finite), let entry = contribution.reception?.firstNonFinite, let assembly else {
            return .counts
        }
        let shards = assembly.tree.shards(of: contribution.node)
        if let only = shards.first, shards.count == assembly.groups.size {
            return suspect(
                only, .payload(entry: assembly.place(ofEntry: entry, in: contribution.result)),
                attempt: contribution.result.attempt, contribution.node,
                contribution.worker, at: now)
        }
        // Whose fault it is shows when each comes alone; a sum that overflows shows in the round's own.
        doubts.alone.formUnion(shards)
        drops.notFinite += 1
        settle(contribution.node, accepted: false, contribution.worker)
        assignOpenShards(at: now)
        return .isDealtWith
    }
}
