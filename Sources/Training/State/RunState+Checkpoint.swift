import Configuration
package import Formats
import SearchSpace

extension RunState {
    /// What the counters call a run whose architecture is fixed.
    private static let fixedKind = "retraining"

    /// The state as two files: tensors under the names that DARTS users know, and the counters.
    ///
    /// Precondition: the state is finite.
    package func checkpointFiles(
        runIdentity: String, generation: UInt64 = 0, configuration: String
    ) -> [(name: String, bytes: [UInt8])] {
        precondition(isFinite, "a checkpoint of what is not finite")
        let tensors = SafetensorsFile(
            tensors: (architecture?.tensors ?? []) + [
                .init(name: "weights", shape: [weights.count], values: weights),
                .init(name: "velocity", shape: [velocity.count], values: velocity),
                .init(name: "running_statistics", shape: [statistics.count], values: statistics),
            ]
        ).serialized()
        var counters: [JSONValue.Member] = [
            .init("format", .integer(1)), .init("run", .string(runIdentity)),
            .init("generation", .integer(Int(generation))), .init("step", .integer(step)),
            .init("evaluated_epochs", .integer(evaluatedEpochs)), .init("skipped_steps", .integer(skippedSteps)),
            .init("skipped_in_row", .integer(skippedInRow)), .init("fingerprint", .string(fingerprint)),
            .init("configuration", .string(configuration)),
            .init("tensors_sha256", .string(Hexadecimal.string(SHA256.digest(tensors)))),
            .init("multiply_adds", .number(multiplyAdds)), .init("epoch", epochTotals.counters),
        ]
        counters += architecture?.counters ?? [.init("kind", .string(Self.fixedKind))]
        return [
            ("state.safetensors", tensors),
            ("state.json", Array(JSONValue.object(counters).serialized(pretty: true).utf8)),
        ]
    }

    /// Reads a checkpoint into a state of the same shapes, and believes it only if digests and fingerprint agree.
    ///
    /// - Throws: `FormatError` with what does not fit.
    package mutating func restore(tensors bytes: [UInt8], counters text: [UInt8], source: String) throws(FormatError) {
        let counters = CheckpointCounters(try JSONValue.parse(text, source: source), source: source)
        guard counters.value["format"]?.integer == 1 else { throw counters.failure("not a checkpoint of format 1") }
        guard (counters.value["kind"]?.text == Self.fixedKind) == (architecture == nil) else {
            throw counters.failure("not a checkpoint of a \(architecture == nil ? Self.fixedKind : "search")")
        }
        guard counters.value["tensors_sha256"]?.text == Hexadecimal.string(SHA256.digest(bytes)) else {
            throw counters.failure("the tensors' digest differs from the one recorded: the file is damaged")
        }
        let file = CheckpointTensors(try SafetensorsFile.parse(bytes, source: source), source: source)
        weights = try file.values("weights", count: weights.count)
        velocity = try file.values("velocity", count: velocity.count)
        statistics = try file.values("running_statistics", count: statistics.count)
        step = try counters.number("step")
        evaluatedEpochs = try counters.number("evaluated_epochs")
        skippedSteps = try counters.number("skipped_steps")
        skippedInRow = try counters.number("skipped_in_row")
        multiplyAdds = counters.value["multiply_adds"]?.number ?? 0
        try epochTotals.restore(counters)
        try architecture?.restore(file, counters)
        guard counters.value["fingerprint"]?.text == fingerprint else {
            throw counters.failure("the fingerprint differs from the one recorded")
        }
    }
}

extension ArchitectureState {
    fileprivate var tensors: [SafetensorsFile.Tensor] {
        let whole = [alpha.shape.count]
        return alpha.shape.kinds.map { kind in
            .init(name: "alphas_\(kind)", shape: alpha.shape.tensorShape(of: kind), values: Array(alpha[kind]))
        } + [
            .init(name: "alpha_first_moments", shape: whole, values: firstMoments),
            .init(name: "alpha_second_moments", shape: whole, values: secondMoments),
        ]
    }

    fileprivate var counters: [JSONValue.Member] {
        [
            .init("alpha_steps", .integer(steps)),
            .init("reward_baseline", rewardBaseline.map { .number($0) } ?? .null),
            .init("fixed_rows", .array(fixedRows.map { .integer($0) })),
            .init("chosen_candidate", chosenCandidate.map { .integer($0) } ?? .null),
            .init(
                "alpha_sum",
                .object(["steps": .integer(mean.steps), "values": .array(mean.sum.map { .number($0) })])),
            .init("target", .object(["multiplier": .number(targetMultiplier)])),
        ]
    }

    fileprivate mutating func restore(
        _ file: CheckpointTensors, _ counters: CheckpointCounters
    ) throws(FormatError) {
        let entries = alpha.shape.count
        var values: [Float] = []
        for kind in alpha.shape.kinds { values += try file.values("alphas_\(kind)", count: alpha[kind].count) }
        alpha.entries = values
        firstMoments = try file.values("alpha_first_moments", count: entries)
        secondMoments = try file.values("alpha_second_moments", count: entries)
        steps = try counters.number("alpha_steps")
        mean.steps = try counters.number("alpha_sum", "steps")
        mean.sum = counters.value["alpha_sum"]?["values"]?.elements?.compactMap(\.number) ?? []
        guard mean.sum.count == (mean.steps == 0 ? 0 : entries), mean.sum.allSatisfy(\.isFinite) else {
            throw counters.failure("'alpha_sum.values' has \(mean.sum.count) numbers, the run's has \(entries)")
        }
        guard let multiplier = counters.value["target"]?["multiplier"]?.number, multiplier.isFinite else {
            throw counters.failure("'target.multiplier' is missing")
        }
        targetMultiplier = multiplier
        try restoreDecisions(counters)
    }
}

extension ArchitectureState {
    /// What checkpoints of earlier versions do not have, since nothing there decided it.
    private mutating func restoreDecisions(_ counters: CheckpointCounters) throws(FormatError) {
        rewardBaseline = counters.value["reward_baseline"]?.number
        fixedRows = counters.value["fixed_rows"]?.elements?.compactMap(\.integer) ?? []
        let rows = alpha.shape.rows.count
        guard fixedRows.allSatisfy({ (0..<rows).contains($0) }), Set(fixedRows).count == fixedRows.count else {
            throw counters.failure("'fixed_rows' names rows that alpha, which has \(rows), does not have")
        }
        chosenCandidate = counters.value["chosen_candidate"]?.integer
        guard chosenCandidate ?? 0 >= 0, chosenCandidate ?? 0 < SearchConfiguration.Derive.candidatesAtMost else {
            throw counters.failure("'chosen_candidate' is no candidate's number")
        }
    }
}

extension EpochTotals {
    fileprivate var counters: JSONValue {
        .object([
            "steps": .integer(steps), "images": .integer(images), "hits": .integer(hits), "loss": .number(loss),
            "credits": .array(credits.entries.map { .number($0) }),
            "alpha_gradient": .object([
                "steps": .integer(spread.steps), "signal": .number(spread.signal), "noise": .number(spread.noise),
            ]),
        ])
    }

    fileprivate mutating func restore(_ counters: CheckpointCounters) throws(FormatError) {
        steps = try counters.number("epoch", "steps")
        images = try counters.number("epoch", "images")
        hits = try counters.number("epoch", "hits")
        let epoch = counters.value["epoch"]
        loss = epoch?["loss"]?.number ?? 0
        let sums = epoch?["credits"]?.elements?.compactMap(\.number) ?? []
        if sums.count == credits.shape.count { credits.entries = sums }
        guard credits.shape.count > 0 else { return }
        spread.steps = try counters.number("epoch", "alpha_gradient", "steps")
        spread.signal = epoch?["alpha_gradient"]?["signal"]?.number ?? 0
        spread.noise = epoch?["alpha_gradient"]?["noise"]?.number ?? 0
    }
}
