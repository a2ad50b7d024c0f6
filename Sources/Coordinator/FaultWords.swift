import Host
import Reporting
import SearchProtocol
import SearchSpace

/// Faults in words: who, where, what.
enum FaultWords {
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

    static func late(_ late: LateWorker) -> String {
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
        return "worker \(late.worker) is late: it \(what)\(usual)\(bytes)\(open)"
    }

    private static func seconds(_ duration: Duration) -> String { Decimal.text(duration.seconds, 1) + " s" }
}
