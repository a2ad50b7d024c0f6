package import Configuration
import Estimation
import Optimization
package import Formats
package import SearchSpace

/// Everything that a retraining's future depends on besides configuration and data.
package struct RetrainState: Sendable, Equatable {
    /// Steps that are done; the next step's number.
    package var step = 0
    package var weights: [Float]
    package var velocity: [Float]
    /// Running statistics: mean, then variance of every batch norm.
    package var statistics: [Float]
    /// Epochs whose evaluation is done.
    package var evaluatedEpochs = 0
    /// Steps that were skipped because something was not finite.
    package var skippedSteps = 0
    /// Of those, the newest in a row.
    package var skippedInRow = 0
    package var epochTotals = EpochTotals(.empty)

    package init(configuration: SearchConfiguration, layout: WeightLayout) {
        weights = InitialValues.weights(layout, seed: UInt64(configuration.run.seed))
        velocity = Array(repeating: 0, count: layout.weightCount)
        statistics = InitialValues.statistics(layout)
    }

    /// SHA-256 over the little-endian floats of weights and running statistics (there is no alpha); 64 digits.
    package var fingerprint: String {
        var stream = SHA256Stream()
        for values in [weights, statistics] { stream.update(LittleEndian.bytes(of: values)) }
        return Hexadecimal.string(stream.finish())
    }

    /// What must hold before anybody is told of it or it is written down.
    package var isFinite: Bool { [weights, velocity, statistics].allSatisfy(VectorSum.isFinite) }

    /// What the journal keeps of a step: the weights' bits.
    package var weightsDigest: String { XXH3.hash128(LittleEndian.bytes(of: weights)).hexadecimal }
}

extension RetrainState {
    private static let kind = "retraining"

    /// The state as two files: tensors, and the counters.
    ///
    /// Precondition: the state is finite.
    package func checkpointFiles(
        runIdentity: String, generation: UInt64 = 0, configuration: String
    ) -> [(name: String, bytes: [UInt8])] {
        precondition(isFinite, "a checkpoint of what is not finite")
        let tensors = SafetensorsFile(tensors: [
            .init(name: "weights", shape: [weights.count], values: weights),
            .init(name: "velocity", shape: [velocity.count], values: velocity),
            .init(name: "running_statistics", shape: [statistics.count], values: statistics),
        ]).serialized()
        let counters = JSONValue.object([
            "format": .integer(1), "kind": .string(Self.kind), "run": .string(runIdentity),
            "generation": .integer(Int(generation)), "step": .integer(step),
            "evaluated_epochs": .integer(evaluatedEpochs), "skipped_steps": .integer(skippedSteps),
            "skipped_in_row": .integer(skippedInRow),
            "fingerprint": .string(fingerprint), "configuration": .string(configuration),
            "tensors_sha256": .string(Hexadecimal.string(SHA256.digest(tensors))),
            "epoch": .object([
                "steps": .integer(epochTotals.steps), "images": .integer(epochTotals.images),
                "hits": .integer(epochTotals.hits), "loss": .number(epochTotals.loss),
            ]),
        ])
        return [
            ("state.safetensors", tensors), ("state.json", Array(counters.serialized(pretty: true).utf8)),
        ]
    }

    /// Reads a checkpoint into a state of the same shapes, and believes it only if digests and fingerprint agree.
    ///
    /// - Throws: `FormatError` with what does not fit.
    package mutating func restore(tensors bytes: [UInt8], counters text: [UInt8], source: String) throws(FormatError) {
        func fail(_ reason: String) -> FormatError { FormatError(source: source, reason: reason) }
        let counters = try JSONValue.parse(text, source: source)
        guard counters["format"]?.integer == 1, counters["kind"]?.text == Self.kind else {
            throw fail("not a checkpoint of format 1 of a \(Self.kind)")
        }
        guard counters["tensors_sha256"]?.text == Hexadecimal.string(SHA256.digest(bytes)) else {
            throw fail("the tensors' digest differs from the one recorded: the file is damaged")
        }
        let file = try SafetensorsFile.parse(bytes, source: source)
        func values(_ name: String, count: Int) throws(FormatError) -> [Float] {
            guard let tensor = file[name], tensor.values.count == count else {
                throw fail("tensor '\(name)' has \(file[name]?.values.count ?? 0) values, the run's has \(count)")
            }
            guard tensor.values.allSatisfy(\.isFinite) else { throw fail("tensor '\(name)' holds what is not finite") }
            return tensor.values
        }
        func number(_ value: JSONValue?, _ name: String) throws(FormatError) -> Int {
            guard let number = value?.integer, number >= 0 else { throw fail("'\(name)' is missing") }
            return number
        }
        weights = try values("weights", count: weights.count)
        velocity = try values("velocity", count: velocity.count)
        statistics = try values("running_statistics", count: statistics.count)
        step = try number(counters["step"], "step")
        evaluatedEpochs = try number(counters["evaluated_epochs"], "evaluated_epochs")
        skippedSteps = try number(counters["skipped_steps"], "skipped_steps")
        skippedInRow = try number(counters["skipped_in_row"], "skipped_in_row")
        epochTotals.steps = try number(counters["epoch"]?["steps"], "epoch.steps")
        epochTotals.images = try number(counters["epoch"]?["images"], "epoch.images")
        epochTotals.hits = try number(counters["epoch"]?["hits"], "epoch.hits")
        epochTotals.loss = counters["epoch"]?["loss"]?.number ?? 0
        guard counters["fingerprint"]?.text == fingerprint else {
            throw fail("the fingerprint differs from the one recorded")
        }
    }
}
