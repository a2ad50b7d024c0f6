import Configuration
package import Formats
package import SearchProtocol
import SearchSpace
package import Training

/// What a checkpoint of an epoch says about it, in a file beside the state: retention needs it after a resume.
package struct EpochRecord: Equatable {
    /// In the checkpoint's folder, beside the state.
    package static let fileName = "epoch.json"

    /// Epochs that were whole when the checkpoint was made: 1 after the first.
    package let epochsDone: Int
    /// Of the derived network on held-out images.
    let accuracy: Double?
    /// False while a cell was taken over.
    let isSound: Bool

    /// Of an epoch that a search has just ended; without an accuracy where it was not evaluated.
    package init(_ report: EpochReport, _ verdict: TakeoverWatch.Verdict) {
        epochsDone = report.epoch + 1
        accuracy = report.heldOut[.derived]?.accuracy
        isSound = verdict.isSound
    }

    /// - Throws: `FormatError` where the bytes are no record.
    package init(_ bytes: [UInt8], source: String) throws(FormatError) {
        let value = try JSONValue.parse(bytes, source: source)
        guard let epochs = value["epochs_done"]?.integer else {
            throw FormatError(source: source, reason: "'epochs_done' is missing")
        }
        epochsDone = epochs
        accuracy = value["derived_accuracy"]?.number
        isSound = value["sound"] != .bool(false)
    }

    /// The file's content: a JSON object, as `init(_:source:)` reads it.
    package var bytes: [UInt8] {
        let value = JSONValue.object([
            "epochs_done": .integer(epochsDone), "derived_accuracy": accuracy.map { .number($0) } ?? .null,
            "sound": .bool(isSound),
        ])
        return Array((value.serialized(pretty: true) + "\n").utf8)
    }

    /// What retention needs of the checkpoint that holds this record.
    ///
    /// - Parameter name: the checkpoint's.
    package func mark(_ name: String) -> CheckpointMark {
        CheckpointMark(name: name, endsEpoch: true, score: accuracy, isSound: isSound)
    }
}

extension WatchedEpoch {
    /// Nil where the architecture is fixed.
    package init?(_ report: EpochReport) {
        guard let genotype = report.search?.genotype else { return nil }
        self.init(epoch: report.epoch, genotype: genotype, derived: report.heldOut[.derived])
    }

    /// From an epoch's line of the metrics; nil where it is none.
    package init?(metrics value: JSONValue) {
        guard value["kind"]?.text == "epoch", let epoch = value["epoch"]?.integer,
            let genotype = value["genotype"]?.text.flatMap({ try? Genotype(parsing: $0) })
        else { return nil }
        let derived = value["derived"]
        var accuracy: EpochReport.Accuracy?
        if let share = derived?["accuracy"]?.number, let images = derived?["images"]?.integer {
            accuracy = .init(loss: derived?["loss"]?.number ?? .nan, accuracy: share, images: images)
        }
        self.init(epoch: epoch, genotype: genotype, derived: accuracy)
    }
}
