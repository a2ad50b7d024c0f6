import Formats
import Host
package import Reporting
package import SearchProtocol
package import SearchSpace
import Wire

extension CoordinatorNote {
    /// The note as the log has it: who, where, what.
    ///
    /// - Parameter layout: names the tensors of the run.
    package func line(_ layout: WeightLayout) -> LogLine {
        switch self {
        case .workerGreeted(let label, let greeting):
            LogLine(
                .workerGreeted,
                "worker \(label) greets: \(greeting.threads) threads, \(greeting.processor), \(greeting.software)",
                [
                    "worker": .string(label), "threads": .integer(Int(greeting.threads)),
                    "processor": .string(greeting.processor), "software": .string(greeting.software),
                    "device": .string(greeting.device),
                ])
        case .workerReady(let label, let idle):
            LogLine(
                .workerReady,
                "worker \(label) is ready"
                    + (idle > 0
                        ? "; \(idle) threads more than the shards have parts stand idle (shards, shard_parts)" : ""),
                ["worker": .string(label), "idle_threads": .integer(idle)])
        case .workerLost(let label, let reason, let shards):
            LogLine(
                .workerLost, "worker \(label) is lost (\(reason)); \(shards) of its shards go to others",
                level: .warning,
                ["worker": .string(label), "reason": .string(reason), "shards_given_on": .integer(shards)])
        case .workerLeft(let label, let reason):
            LogLine(
                .workerLeft, "worker \(label) left: \(reason)", ["worker": .string(label), "reason": .string(reason)])
        case .workerRefused(let label, let reason):
            LogLine(
                .workerRefused, "worker \(label) is refused: \(reason)", level: .warning,
                ["worker": .string(label), "reason": .string(reason)])
        case .waitingForWorkers(let have, let need, let limit):
            LogLine(
                .waitingForWorkers,
                "waiting for workers: \(have) ready, \(need) needed; for \(Int(limit.seconds)) s more, then this ends to be "
                    + "resumed (wait_limit_s)",
                ["ready": .integer(have), "needed": .integer(need), "limit_s": .number(limit.seconds)])
        case .notFinite(let label, let step, let shard, let attempt, let place):
            Self.notFinite(label, step, shard, attempt, FaultText.place(place, layout))
        case .workerLate(let late): FaultText.line(late)
        case .auditDisputed(let labels, let step, let shard):
            LogLine(
                .auditDisputed,
                "audit: workers \(labels.joined(separator: ", ")) computed other bits than each other at step \(step), shard "
                    + "\(shard); one more worker decides",
                level: .warning,
                [
                    "workers": .array(labels.map(JSONValue.string)), "step": .integer(Int(clamping: step)),
                    "shard": .integer(shard),
                ])
        case .contributionRejected(let label, let reason):
            LogLine(
                .contributionRejected, "worker \(label) sent what cannot be: \(reason)", level: .warning,
                ["worker": .string(label), "reason": .string(reason)])
        case .unreadable(let reason):
            LogLine(.messageDropped, "dropped \(reason)", level: .warning, ["reason": .string(reason)])
        case .leaseUnreadable(let reason, let limit):
            LogLine(
                .leaseUnreadable,
                "whether another coordinator has taken the run cannot be seen: \(reason); nothing is said or written until it "
                    + "can, for \(Int(limit.seconds)) s (wait_limit_s), then this ends to be resumed",
                level: .warning, ["reason": .string(reason), "limit_s": .number(limit.seconds)])
        case .leaseReadable: LogLine(.leaseReadable, "the run's folder can be seen again: it goes on")
        case .persistenceFailed(let name, let reason):
            LogLine(
                .savingFailed, "could not be saved: \(name): \(reason); the run goes on", level: .warning,
                ["what": .string(name), "reason": .string(reason)])
        }
    }

    private static func notFinite(
        _ label: String, _ step: UInt64, _ shard: Int, _ attempt: UInt32, _ place: String
    ) -> LogLine {
        LogLine(
            .notFinite,
            "worker \(label) computed what is not finite: step \(step), shard \(shard), attempt \(attempt), \(place); it is "
                + "computed once more",
            level: .warning,
            [
                "worker": .string(label), "step": .integer(Int(clamping: step)), "shard": .integer(shard),
                "attempt": .integer(Int(attempt)), "place": .string(place),
            ])
    }
}
