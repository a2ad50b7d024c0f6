import Estimation
package import Formats
import SearchSpace

extension SearchState {
    /// The state as two files: tensors under the names that DARTS users know, and the counters.
    ///
    /// Precondition: the state is finite.
    package func checkpointFiles(
        runIdentity: String, generation: UInt64 = 0, configuration: String
    ) -> [(name: String, bytes: [UInt8])] {
        precondition(isFinite, "a checkpoint of what is not finite")
        let table = [alpha.shape.edgeCount(of: .normal), Operation.count]
        let tensors = SafetensorsFile(tensors: [
            .init(name: "alphas_normal", shape: table, values: Array(alpha[.normal])),
            .init(name: "alphas_reduce", shape: table, values: Array(alpha[.reduce])),
            .init(name: "alpha_first_moments", shape: [2] + table, values: alphaFirst),
            .init(name: "alpha_second_moments", shape: [2] + table, values: alphaSecond),
            .init(name: "weights", shape: [weights.count], values: weights),
            .init(name: "velocity", shape: [velocity.count], values: velocity),
            .init(name: "running_statistics", shape: [statistics.count], values: statistics),
        ]).serialized()
        let counters = JSONValue.object([
            "format": .integer(1), "run": .string(runIdentity), "generation": .integer(Int(generation)),
            "step": .integer(step),
            "alpha_steps": .integer(alphaSteps), "evaluated_epochs": .integer(evaluatedEpochs),
            "skipped_steps": .integer(skippedSteps), "skipped_in_row": .integer(skippedInRow),
            "fingerprint": .string(fingerprint),
            "configuration": .string(configuration),
            "tensors_sha256": .string(Hexadecimal.string(SHA256.digest(tensors))),
            "epoch": .object([
                "steps": .integer(epochTotals.steps), "images": .integer(epochTotals.images),
                "hits": .integer(epochTotals.hits), "loss": .number(epochTotals.loss),
                "credits": .array(epochTotals.credits.entries.map { .number($0) }),
                "alpha_gradient": .object([
                    "steps": .integer(epochTotals.spread.steps), "signal": .number(epochTotals.spread.signal),
                    "noise": .number(epochTotals.spread.noise),
                ]),
            ]),
            "alpha_sum": .object([
                "steps": .integer(alphaMean.steps), "values": .array(alphaMean.sum.map { .number($0) }),
            ]),
            "target": .object([
                "multiplier": .number(targetMultiplier.value), "gradient_norm": .number(targetMultiplier.gradientNorm),
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
        guard counters["format"]?.integer == 1 else { throw fail("not a checkpoint of format 1") }
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
        let entries = alpha.shape.count
        alpha.entries =
            try values("alphas_normal", count: alpha[.normal].count)
            + values("alphas_reduce", count: alpha[.reduce].count)
        alphaFirst = try values("alpha_first_moments", count: entries)
        alphaSecond = try values("alpha_second_moments", count: entries)
        weights = try values("weights", count: weights.count)
        velocity = try values("velocity", count: velocity.count)
        statistics = try values("running_statistics", count: statistics.count)
        step = try number(counters["step"], "step")
        alphaSteps = try number(counters["alpha_steps"], "alpha_steps")
        evaluatedEpochs = try number(counters["evaluated_epochs"], "evaluated_epochs")
        skippedSteps = try number(counters["skipped_steps"], "skipped_steps")
        skippedInRow = try number(counters["skipped_in_row"], "skipped_in_row")
        epochTotals.steps = try number(counters["epoch"]?["steps"], "epoch.steps")
        epochTotals.images = try number(counters["epoch"]?["images"], "epoch.images")
        epochTotals.hits = try number(counters["epoch"]?["hits"], "epoch.hits")
        epochTotals.loss = counters["epoch"]?["loss"]?.number ?? 0
        let credits = counters["epoch"]?["credits"]?.elements?.compactMap(\.number) ?? []
        if credits.count == entries { epochTotals.credits.entries = credits }
        let spread = counters["epoch"]?["alpha_gradient"]
        epochTotals.spread.steps = try number(spread?["steps"], "epoch.alpha_gradient.steps")
        epochTotals.spread.signal = spread?["signal"]?.number ?? 0
        epochTotals.spread.noise = spread?["noise"]?.number ?? 0
        alphaMean.steps = try number(counters["alpha_sum"]?["steps"], "alpha_sum.steps")
        alphaMean.sum = counters["alpha_sum"]?["values"]?.elements?.compactMap(\.number) ?? []
        guard alphaMean.sum.count == (alphaMean.steps == 0 ? 0 : entries), alphaMean.sum.allSatisfy(\.isFinite) else {
            throw fail("'alpha_sum.values' has \(alphaMean.sum.count) numbers, the run's has \(entries)")
        }
        guard let multiplier = counters["target"]?["multiplier"]?.number,
            let norm = counters["target"]?["gradient_norm"]?.number
        else { throw fail("'target.multiplier' is missing") }
        targetMultiplier.value = multiplier
        targetMultiplier.gradientNorm = norm
        guard counters["fingerprint"]?.text == fingerprint else {
            throw fail("the fingerprint differs from the one recorded")
        }
    }
}
