import Formats
import Reporting
import Training

/// A retraining in words: progress, log, metrics, curves.
extension Narrator {
    mutating func step(_ report: RetrainStepReport, workers: Int, seconds: Double) {
        keep { [files] in
            try files.appendMetrics([
                "kind": .string("step"), "step": .integer(report.step), "epoch": .integer(report.epoch),
                "loss": .number(report.loss), "accuracy": .number(Double(report.hits) / Double(max(1, report.images))),
                "learning_rate": .number(report.learningRate), "drop_path_prob": .number(report.dropPathProbability),
                "weight_gradient_norm": .number(report.weightGradientNorm), "skipped": .bool(report.isSkipped),
                "workers": .integer(workers), "seconds": .number(seconds),
            ])
        }
        advance(
            StepFacts(
                step: report.step, epoch: report.epoch, loss: report.loss, hits: report.hits, images: report.images,
                isSkipped: report.isSkipped, more: ("learning rate", report.learningRate, 6)),
            workers: workers, seconds: seconds)
    }

    mutating func epoch(_ report: RetrainEpochReport) {
        keep { [files] in
            try files.appendMetrics([
                "kind": .string("epoch"), "epoch": .integer(report.epoch),
                "learning_rate": .number(report.learningRate),
                "drop_path_prob": .number(report.dropPathProbability), "train_loss": .number(report.trainLoss),
                "train_accuracy": .number(report.trainAccuracy), "held_out": Self.json(report.heldOut),
            ])
        }
        if let seen = report.heldOut { heldOut = [NamedShare("held out", seen.topOne.value)] }
        let text =
            "epoch \(report.epoch + 1)/\(outline.epochs): train loss \(Decimal.text(report.trainLoss, 4)), train "
            + Self.percent(report.trainAccuracy)
            + (report.heldOut.map { ", held out \(Self.percent($0.topOne.value)) (running statistics)" } ?? "")
        say(
            LogLine(
                .epoch, text,
                [
                    "epoch": .integer(report.epoch), "train_loss": .number(report.trainLoss),
                    "train_accuracy": .number(report.trainAccuracy),
                    "held_out": report.heldOut.map { .number($0.topOne.value) } ?? .null,
                ]))
    }

    private static func json(_ count: EvaluationCount?) -> JSONValue {
        guard let count else { return .null }
        return .object([
            "accuracy": .number(count.topOne.value), "top5_accuracy": .number(count.topFive.value),
            "loss": .number(count.loss), "images": .integer(count.images), "statistics": .string("running"),
        ])
    }
}

extension RunFiles {
    func retrainingCurves() throws {
        let epochs = try epochs()
        func panel(_ title: String, _ values: (JSONValue) -> Double?) -> CurvePicture.Panel {
            .init(title, epochs.map(values))
        }
        let panels = [
            panel("accuracy on held-out images") { $0["held_out"]?["accuracy"]?.number },
            panel("accuracy on training images, augmented") { $0["train_accuracy"]?.number },
            panel("training loss, auxiliary head included") { $0["train_loss"]?.number },
            panel("learning rate") { $0["learning_rate"]?.number },
        ]
        let known = panels.filter { panel in panel.curves.contains { !$0.values.allSatisfy { $0 == nil } } }
        try directory.write("curves.svg", CurvePicture.svg(known))
    }
}
