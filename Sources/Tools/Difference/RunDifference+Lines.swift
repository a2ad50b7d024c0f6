import Configuration
import Formats
import Host
import Reporting
import RunStore

/// A comparison for people, section after section in the order in which one thing follows from another.
extension RunDifference {
    package var lines: [String] {
        [head(paths.first, origins.first, "first: "), head(paths.second, origins.second, "second:"), ""]
            + ["what computed them"] + TextColumns.lines(machines.lines) + ["", settingsTitle]
            + TextColumns.lines(SettingDifference.rows(settings)) + ["", "data"] + TextColumns.lines(data)
            + ["", "steps"] + stepLines.map { "  \($0)" } + ["", "results"] + TextColumns.lines(results.lines)
            + TextColumns.lines(results.cells?.table ?? []) + ["", verdict]
    }

    private func head(_ path: String, _ origin: RunOrigin, _ name: String) -> String {
        let state = origin.isFinished ? "over" : "not over"
        return "\(name) \(path): \(origin.isRetraining ? "retraining" : "search"), \(state), run \(origin.identity)"
    }

    private var settingsTitle: String {
        settings.isEmpty ? "settings: all the same" : "settings: \(settings.count) differ"
    }

    private var data: [[String]] {
        let digests = origins.map { String($0.data.digest.prefix(16)) }
        let forms = origins.map { origin in
            origin.data.form.map { "\($0.channels) x \($0.height) x \($0.width), \($0.classes) classes" } ?? "not told"
        }
        return [
            row("SHA-256", digests), row("images", forms), row("found at", origins.map(\.data.location)),
        ]
    }

    private func row(_ name: String, _ values: Both<String>) -> [String] {
        ["", name, values.areEqual ? "the same: \(values.first)" : "\(values.first) against \(values.second)"]
    }

    // MARK: Steps

    private var stepLines: [String] {
        steps.sentences + (figures?.epoch.map { ["it is a step of epoch \($0), counted from 0"] } ?? [])
            + TextColumns.lines(figures?.table ?? []).map { String($0.dropFirst(2)) }
    }

    private var verdict: String {
        guard bearsOnBits else { return "nothing differs that bits rest on" }
        guard let parting = steps.parting else {
            let cause = causes
            return cause.isEmpty
                ? "the steps that both took agree; the results differ"
                : "the steps that both took agree; they differ in \(cause)"
        }
        guard isSameComputation else { return "they part in step \(parting.step); they differ in \(causes)" }
        return machines.isOfOtherKinds
            ? "they part in step \(parting.step): machines of different kinds computed them"
            : "they part in step \(parting.step), and both ask for the same bits: one of the two is not right; "
                + "snas diff --recompute says which"
    }

    /// What is before the steps, in words.
    private var causes: String {
        let bearing = settings.filter { $0.bearing > .nothing }.map(\.key)
        let named = bearing.prefix(3).joined(separator: ", ")
        let settings =
            bearing.isEmpty ? nil : named + (bearing.count > 3 ? " and \(bearing.count - 3) more settings" : "")
        return [
            isDataTheSame ? nil : "data", settings, machines.isOfOtherKinds ? "the kind of machine" : nil,
            origins.map(\.beginning).areEqual ? nil : "where they went on from",
        ].compactMap { $0 }.joined(separator: ", ")
    }
}

extension StepDifference {
    /// How far the journals agree, a sentence each.
    var sentences: [String] {
        var lines: [String] = []
        for (name, count) in damagedLines.named where count > 0 {
            lines.append("the \(name)'s journal has \(count) damaged line\(count == 1 ? "" : "s"), passed over")
        }
        if let firstMissing {
            lines.append(
                "\(missing) step\(missing == 1 ? " was" : "s were") not compared: the journals do not both tell "
                    + (missing == 1 ? "step \(firstMissing)" : "them, the first is step \(firstMissing)"))
        }
        guard let parting else { return lines + [agreement] }
        let agree = lastAgreeing.map { last in
            agreeing == 1 ? "step \(last) agrees" : "the \(agreeing) steps up to step \(last) agree"
        }
        lines.append("step \(parting.step) is the first that parts; \(agree ?? "none before it was compared")")
        return lines + parting.sentences
    }

    private var agreement: String {
        let ends = counts.map { $0 == 0 ? "none" : "\($0)" }
        guard agreeing > 0 else {
            return "the journals have no step in common: \(ends.first) in the first, \(ends.second) in the second"
        }
        return "the journals agree for all \(agreeing) steps that both have"
            + (counts.areEqual ? "" : "; the first has \(ends.first), the second \(ends.second)")
    }

    var json: JSONValue {
        .object([
            "counts": counts.json(JSONValue.integer), "agreeing": .integer(agreeing),
            "last_agreeing": .optional(lastAgreeing), "not_compared": .integer(missing),
            "damaged_lines": damagedLines.json(JSONValue.integer),
            "parting": parting.map { parting in
                .object([
                    "step": .integer(parting.step),
                    "alpha": parting.isAlphaOther.map(JSONValue.bool) ?? .null,
                    "weights": parting.areWeightsOther.map(JSONValue.bool) ?? .null,
                    "skipped": parting.isSkipped.json(JSONValue.bool),
                ])
            } ?? .null,
        ])
    }
}

extension StepDifference.Parting {
    /// What parted, and what that means.
    fileprivate var sentences: [String] {
        var lines: [String] = []
        switch (isAlphaOther, areWeightsOther) {
        case (true?, true?):
            lines.append(
                "alpha and the weights part in it: something differs that both gradients read, as images, draw or weights"
            )
        case (true?, false?):
            lines.append("alpha parts, the weights still agree: what differs is alpha's own gradient or step")
        case (false?, true?):
            lines.append("the weights part, alpha does not: what differs is the weights' own gradient or step")
        case (nil, _): lines.append("the weights part")
        default: lines.append("alpha parts; of the weights the journals do not both tell")
        }
        for (name, isSkipped) in isSkipped.named where isSkipped {
            lines.append("the \(name) skipped it: something was not finite, and nothing was stepped")
        }
        return lines
    }
}
