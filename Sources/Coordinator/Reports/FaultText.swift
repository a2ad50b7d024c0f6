import Formats
import Host
import Reporting
import SearchProtocol
import SearchSpace
import Wire

/// Faults in words: who, where, what.
enum FaultText {
    /// The tensor that a value that is not finite belongs to.
    static func place(_ place: NonFinitePlace, _ layout: WeightLayout) -> String {
        switch place {
        case .loss: "the loss"
        case .alphaGradient(let entry): "the gradient of alpha, entry \(entry)"
        case .credits(let entry): "the credits, entry \(entry)"
        case .payload(nil): "a value that it does not name"
        case .payload(let entry?): tensor(entry, layout)
        }
    }

    private static func tensor(_ entry: Int, _ layout: WeightLayout) -> String {
        if let weight = layout.entries.first(where: { $0.range.contains(entry) }) {
            return "the gradient of tensor \(weight.name), entry \(entry - weight.offset)"
        }
        let place = entry - layout.weightCount
        guard let norm = layout.statistics.last(where: { $0.meanOffset <= place }) else {
            return "entry \(entry) of its payload"
        }
        return "the batch \(place < norm.varianceOffset ? "mean" : "variance") of \(norm.name)"
    }

    static func line(_ skip: RoundSkip, _ layout: WeightLayout) -> LogLine {
        let place = place(skip.place, layout)
        return LogLine(
            .notFinite,
            "step \(skip.job.step): worker \(skip.worker) computed shard \(skip.shard) again and it is not finite: \(place)",
            level: .warning,
            [
                "worker": .string(skip.worker), "step": .integer(Int(clamping: skip.job.step)),
                "shard": .integer(skip.shard), "place": .string(place),
            ])
    }

    static func line(_ late: LateWorker) -> LogLine {
        let usual = late.usual.map { ", where \(seconds($0)) is usual" } ?? ""
        let bytes = late.bytesSoFar > 0 ? ", \(late.bytesSoFar) bytes so far" : ""
        let what =
            switch late.phase {
            case .preparing: "has been preparing itself for \(seconds(late.elapsed))"
            case .fetching: "has been fetching weights for \(seconds(late.elapsed))"
            case .computing: "has been computing for \(seconds(late.elapsed))"
            case .sending: "has sent nothing of its payload for \(seconds(late.elapsed))"
            }
        let open = late.shardsOpen > 0 ? "; its \(late.shardsOpen) open shards also go to whoever is idle" : ""
        return LogLine(
            .workerLate, "worker \(late.worker) is late: it \(what)\(usual)\(bytes)\(open)", level: .warning,
            [
                "worker": .string(late.worker), "phase": .string(late.phase.rawValue),
                "elapsed_s": .number(late.elapsed.seconds),
                "usual_s": late.usual.map { .number($0.seconds) } ?? .null,
                "bytes_so_far": .integer(Int(clamping: late.bytesSoFar)), "shards_open": .integer(late.shardsOpen),
            ])
    }

    private static func seconds(_ duration: Duration) -> String { Decimal.text(duration.seconds, 1) + " s" }
}

extension LogLine {
    static func passedOver(_ checkpoint: String, because error: any Error) -> LogLine {
        LogLine(
            .checkpointPassedOver, "passing over a checkpoint: \(error)", level: .warning,
            ["checkpoint": .string(checkpoint)])
    }
}
