import Configuration
import Formats
import Reporting
import RunStore
import SearchSpace
import Training

/// An epoch in words: what the networks reach, what takes a cell over.
extension RunReporter {
    mutating func epoch(_ report: EpochReport, _ verdict: TakeoverWatch.Verdict) {
        if let search = report.search { return epoch(report, search, verdict) }
        if let seen = report.trained { heldOut = [NamedShare("held out", seen.topOne.value)] }
        let text =
            "epoch \(report.epoch + 1)/\(outline.epochs): train loss \(Decimal.text(report.trainLoss, 4)), train "
            + Self.percent(report.trainAccuracy)
            + (report.trained.map { ", held out \(Self.percent($0.topOne.value)) (running statistics)" } ?? "")
        say(
            LogLine(
                .epoch, text,
                [
                    "epoch": .integer(report.epoch), "train_loss": .number(report.trainLoss),
                    "train_accuracy": .number(report.trainAccuracy),
                    "held_out": report.trained.map { .number($0.topOne.value) } ?? .null,
                ]
            ).briefly([EpochLine.text(report, epochs: outline.epochs)]))
    }

    private mutating func epoch(
        _ report: EpochReport, _ search: EpochReport.Search, _ verdict: TakeoverWatch.Verdict
    ) {
        let seen = EvaluatedNetwork.allCases.compactMap { network in
            report.heldOut[network].map { (network, $0.accuracy) }
        }
        if !seen.isEmpty { heldOut = seen.map { NamedShare($0.0.rawValue, $0.1) } }
        keep { [log, context] in
            try log.say(
                LogLine(
                    .genotype, "epoch \(report.epoch) genotype = \(search.genotype.text)",
                    ["epoch": .integer(report.epoch), "genotype": .string(search.genotype.text)]), in: context)
        }
        let accuracies = seen.map { "\($0.0.label) \(Self.words(report.heldOut[$0.0]))" }.joined(separator: ", ")
        let temperature = search.temperature.map { "temperature \(Decimal.text($0, 3)), " } ?? ""
        let text =
            "epoch \(report.epoch + 1)/\(outline.epochs): \(temperature)train " + Self.percent(report.trainAccuracy)
            + (seen.isEmpty ? "" : ", held out: \(accuracies) (recalibrated statistics)")
            + ", entropy \(Decimal.text(search.entropy, 2)), none \(Self.percent(search.noneShare)), skip "
            + Self.percent(search.skipShare) + Self.words(search.alphaGradient) + BudgetText.epoch(search.budget)
        say(
            LogLine(
                .epoch, text,
                [
                    "epoch": .integer(report.epoch), "train_accuracy": .number(report.trainAccuracy),
                    "held_out": .object(seen.map { JSONValue.Member($0.0.rawValue, .number($0.1)) }),
                    "entropy": .number(search.entropy),
                ]
            ).briefly([EpochLine.text(report, epochs: outline.epochs)]))
        for takeover in verdict.news { say(line(takeover, report)) }
    }

    /// Both as squared norms.
    private static func words(_ gradient: GradientSpread?) -> String {
        guard let gradient, gradient.noise > 0 else { return "" }
        return ", alpha's gradient: signal \(Decimal.text(gradient.signal / gradient.noise, 3)) of the noise"
    }

    /// Alpha's first step is done.
    func warmupOver(epoch: Int) {
        say(
            LogLine(
                .warmupOver, "epoch \(epoch + 1): alpha begins to move; until here the weights alone were stepped",
                ["epoch": .integer(epoch)]))
    }

    /// With the standard error of the mean over the draws, where there were several.
    private static func words(_ accuracy: EpochReport.Accuracy?) -> String {
        guard let accuracy else { return "" }
        guard let error = accuracy.standardError else { return percent(accuracy.accuracy) }
        return "\(percent(accuracy.accuracy)) +- \(Decimal.text(100 * error, 2)) (\(accuracy.draws) draws)"
    }

    static func percent(_ share: Double) -> String { Decimal.text(100 * share, 2) + " %" }

    /// What has been taken over, and how to go back.
    private func line(_ takeover: Takeover, _ report: EpochReport) -> LogLine {
        let cell = takeover.cell == .normal ? "normal" : "reduction"
        var text = "epoch \(report.epoch + 1): "
        switch takeover.cause {
        case .operation(let operation, let count, let all):
            text += "\(operation.name) holds \(count) of the \(all) live edges of the \(cell) cell"
        case .deadNodes(let count, let all):
            text += "none cuts off \(count) of the \(all) output nodes of the \(cell) cell"
        }
        func share(_ epoch: WatchedEpoch) -> String {
            epoch.derived.map { Self.percent($0.accuracy) } ?? "not evaluated"
        }
        if let best = takeover.fellFrom {
            text += ", and the derived network has fallen from \(share(best)) to \(share(takeover.epoch))"
        }
        if let best = takeover.goBackTo {
            text +=
                "; the best epoch before it is \(best.epoch + 1) (derived \(share(best))), go back to it with: snas "
                + "resume \(path) --from_epoch \(best.epoch + 1), with other settings (the same give the same "
                + "cell again), or with --max_steps \((best.epoch + 1) * outline.stepsPerEpoch) to take its cell as it is"
        } else {
            text += "; no evaluated epoch before it is sound: begin again with other settings"
        }
        return LogLine(
            .takeover, text, level: .warning,
            [
                "epoch": .integer(report.epoch), "cell": .string(takeover.cell == .normal ? "normal" : "reduce"),
                "go_back_to_epoch": takeover.goBackTo.map { .integer($0.epoch) } ?? .null,
            ])
    }
}
