import Formats
import RunStore
import SearchSpace
import Training

/// What came of a step that was computed again for two runs.
struct RecomputedStep {
    let step: Int
    /// The checkpoints that each began from; nil is the run's own beginning.
    let beginnings: Both<String?>
    /// The first step before it that did not leave what the run's journal has.
    var unconfirmed: Both<Int?> = Both(nil, nil)
    /// Where the networks are not one: nothing can be held side by side then.
    var layoutParting: String?
    /// Of the states before the step.
    var before: StateParting?
    /// The step's rounds, up to the first that parts.
    var rounds: [RoundParting] = []
    /// Of the states after it, as they were computed now.
    var after: StateParting?
    var verdict: Verdict?
    /// Where a checkpoint that a run left right after the step parts from what was computed now.
    private(set) var kept: Both<StateParting?> = Both(nil, nil)

    init(step: Int, beginnings: Both<String?>) {
        self.step = step
        self.beginnings = beginnings
    }

    /// What was computed now, beside what the journals have.
    struct Verdict {
        let computed: Both<StepDigests>
        let journals: Both<StepDigests?>

        /// Whether this machine computes what the run's journal has; nil where the journal does not have the step.
        var isConfirmed: Both<Bool?> {
            Both(
                journals.first.map { $0 == computed.first }, journals.second.map { $0 == computed.second })
        }
    }

    /// A run whose journal is not what was computed may have left its state behind that very step: it names the tensors.
    ///
    /// - Throws: `SystemError` where checkpoints cannot be listed.
    mutating func compareKept(by replays: Both<RunReplay>, layout: WeightLayout) throws {
        guard let confirmed = verdict?.isConfirmed else { return }
        if confirmed.first == false { kept.first = try Self.kept(replays.first, layout) }
        if confirmed.second == false { kept.second = try Self.kept(replays.second, layout) }
    }

    private static func kept(_ replay: RunReplay, _ layout: WeightLayout) throws -> StateParting? {
        let computed = replay.training.state
        for name in try replay.directory.checkpoints() where RunDirectory.step(inName: name) == computed.step {
            var state = computed
            // A damaged one says nothing.
            guard
                (try? state.restore(
                    tensors: try replay.directory.readCheckpoint(name, file: "state.safetensors"),
                    counters: try replay.directory.readCheckpoint(name, file: "state.json"), source: name)) != nil,
                state.step == computed.step
            else { continue }
            return StateParting(Both(computed, state), layout: layout)
        }
        return nil
    }

    /// Whether both runs began the step alike and were asked the same of it: one answer is right then.
    private var isOneQuestion: Bool {
        before?.isNone == true && rounds.allSatisfy(\.isNone) && after?.isNone == true
    }
}

extension RecomputedStep {
    /// For people.
    var lines: [String] {
        var lines = zip(["first", "second"], zip(beginnings.values, unconfirmed.values)).map { name, found in
            let from = found.0.map { "from checkpoint \($0)" } ?? "from its beginning"
            let end = found.1.map { "what is after step \($0) is not what its journal has" }
            return "the \(name), \(from): \(end ?? "nothing up to step \(step) differs from its journal")"
        }
        if let layoutParting { return lines + [layoutParting] }
        if let before {
            lines +=
                before.isNone
                ? ["before step \(step) both have the same state"]
                : ["before step \(step) their states differ"] + before.lines.map { "  \($0)" }
        }
        lines += rounds.flatMap(\.lines)
        return lines + afterLines + verdictLines
    }

    private var afterLines: [String] {
        guard let after, !after.isNone else { return [] }
        var lines = ["after step \(step) their states differ"] + after.lines.map { "  \($0)" }
        if rounds.allSatisfy({ $0.firstContribution == nil && $0.objection == nil }), before?.isNone == true {
            lines.insert("the shards contribute the same: what differs is how the step is taken", at: 0)
        }
        return lines
    }

    private var verdictLines: [String] {
        guard let verdict else { return [] }
        var lines: [String] = []
        if isOneQuestion { lines.append("both were asked the same, and one answer is right: this machine's is") }
        for (named, confirmed) in zip(verdict.journals.named, verdict.isConfirmed.values) {
            switch confirmed {
            case true?:
                lines.append("the \(named.name)'s journal of step \(step) is confirmed: this machine computes the same")
            case false?:
                lines.append("the \(named.name)'s journal of step \(step) is not what this machine computes")
            case nil: lines.append("the \(named.name)'s journal does not have step \(step)")
            }
        }
        for (name, parting) in kept.named {
            guard let parting else { continue }
            lines.append("the checkpoint that the \(name) left after it, beside what was computed now")
            lines +=
                parting.isNone
                ? ["  the same: its journal alone is damaged"] : parting.lines.map { "  computed, kept: \($0)" }
        }
        return lines
    }

    var json: JSONValue {
        func digests(_ digests: StepDigests?) -> JSONValue {
            digests.map {
                .object([
                    "alpha": $0.alpha.map(JSONValue.string) ?? .null, "weights": .string($0.weights),
                ])
            } ?? .null
        }
        return .object([
            "step": .integer(step), "checkpoints": beginnings.json { $0.map(JSONValue.string) ?? .null },
            "not_confirmed_before": unconfirmed.json { .optional($0) },
            "networks": layoutParting.map(JSONValue.string) ?? .null, "before": before?.json ?? .null,
            "rounds": .array(rounds.map(\.json)), "after": after?.json ?? .null,
            "same_question": .bool(isOneQuestion), "computed": verdict?.computed.json(digests) ?? .null,
            "confirmed": verdict?.isConfirmed.json { $0.map(JSONValue.bool) ?? .null } ?? .null,
            "kept": kept.json { $0?.json ?? .null }, "lines": .array(lines.map(JSONValue.string)),
        ])
    }
}
