import Configuration
package import Formats
import Reporting
import SearchSpace
import Training

/// The line of `metrics.jsonl` that an event leaves; none for what is for the log alone.
extension RunEvent {
    /// One JSON object; its `kind` is `step` or `epoch`, and epochs count from 0 in it.
    package var metrics: JSONValue? {
        switch self {
        case .step(let report, let workers, let seconds): Self.metrics(report, workers: workers, seconds: seconds)
        case .epoch(let report, let verdict): Self.metrics(report, verdict)
        case .warmupOver, .over: nil
        }
    }

    private static func metrics(_ report: StepReport, workers: Int, seconds: Double) -> JSONValue {
        var members: [JSONValue.Member] = [
            .init("kind", .string("step")), .init("step", .integer(report.step)),
            .init("epoch", .integer(report.epoch)), .init("loss", .number(report.loss)),
            .init("accuracy", .number(Double(report.hits) / Double(max(1, report.images)))),
            .init("learning_rate", .number(report.learningRate)),
            .init("weight_gradient_norm", .number(report.weightGradientNorm)),
            .init("skipped", .bool(report.isSkipped)), .init("workers", .integer(workers)),
            .init("seconds", .number(seconds)),
        ]
        if let search = report.search {
            members += [
                .init("temperature", search.temperature.map { .number($0) } ?? .null),
                .init("alpha_gradient_norm", .number(search.alphaGradientNorm)),
                .init("reward", search.reward.map { .number($0) } ?? .null),
            ]
            members += spread(search.alphaGradient) + [.init("budget", BudgetText.json(search.budget))]
        } else {
            members.append(.init("drop_path_prob", .number(report.dropPathProbability)))
        }
        return .object(members)
    }

    private static func metrics(_ report: EpochReport, _ verdict: TakeoverWatch.Verdict) -> JSONValue {
        var members: [JSONValue.Member] = [
            .init("kind", .string("epoch")), .init("epoch", .integer(report.epoch)),
            .init("learning_rate", .number(report.learningRate)), .init("train_loss", .number(report.trainLoss)),
            .init("train_accuracy", .number(report.trainAccuracy)),
        ]
        guard let search = report.search else {
            members += [
                .init("drop_path_prob", .number(report.dropPathProbability)), .init("held_out", json(report.trained)),
            ]
            return .object(members)
        }
        members += EvaluatedNetwork.allCases.map { .init($0.rawValue, json(report.heldOut[$0])) }
        members += spread(search.alphaGradient)
        members += [
            .init("temperature", search.temperature.map { .number($0) } ?? .null),
            .init("entropy", .number(search.entropy)), .init("fixed_edges", .integer(search.fixedEdges)),
            .init("none_share", .number(search.noneShare)), .init("skip_share", .number(search.skipShare)),
            .init("sound", .bool(verdict.isSound)), .init("takeovers", .array(verdict.news.map(json))),
            .init("genotype", .string(search.genotype.text)),
            // Six decimals: enough for every picture, and a third of the bytes.
            .init(
                "probabilities",
                .object(json(search.alpha.probabilities().map { ($0 * 1e6).rounded() / 1e6 }))),
            .init("credits", .object(json(search.credits))),
            .init("multiply_adds", .number(search.multiplyAdds)),
            .init("budget", BudgetText.json(search.budget)),
        ]
        return .object(members)
    }

    private static func spread(_ gradient: GradientSpread?) -> [JSONValue.Member] {
        [
            .init("alpha_gradient_signal", gradient.map { .number($0.signal) } ?? .null),
            .init("alpha_gradient_noise", gradient.map { .number($0.noise) } ?? .null),
        ]
    }

    // MARK: Parts

    private static func json(_ value: EpochReport.Accuracy?) -> JSONValue {
        guard let value else { return .null }
        return .object([
            "accuracy": .number(value.accuracy), "standard_error": value.standardError.map { .number($0) } ?? .null,
            "draws": .integer(value.draws), "loss": .number(value.loss), "images": .integer(value.images),
            "statistics": .string("recalibrated"),
        ])
    }

    private static func json(_ count: EvaluationCount?) -> JSONValue {
        guard let count else { return .null }
        return .object([
            "accuracy": .number(count.topOne.value), "top5_accuracy": .number(count.topFive.value),
            "loss": .number(count.loss), "images": .integer(count.images), "statistics": .string("running"),
        ])
    }

    private static func json(_ takeover: Takeover) -> JSONValue {
        let held: (what: String, count: Int, all: Int) =
            switch takeover.cause {
            case .operation(let operation, let count, let all): ("\(operation.name) of live edges", count, all)
            case .deadNodes(let count, let all): ("none: dead of output nodes", count, all)
            }
        return .object([
            "cell": .string("\(takeover.cell)"), "held": .string(held.what), "count": .integer(held.count),
            "of": .integer(held.all), "fell_from_epoch": takeover.fellFrom.map { .integer($0.epoch) } ?? .null,
            "go_back_to_epoch": takeover.goBackTo.map { .integer($0.epoch) } ?? .null,
        ])
    }

    /// A value for every operation on every edge: a row an edge, by the operations' names.
    private static func json(_ values: EdgeTable<Double>) -> [JSONValue.Member] {
        values.shape.kinds.map { kind in
            let table = (0..<values.shape.edgeCount(of: kind)).map { edge in
                JSONValue.object(
                    values.shape.candidates(kind, edge: edge).map {
                        JSONValue.Member($0.name, .number(values[kind, edge, $0]))
                    })
            }
            return JSONValue.Member("\(kind)", .array(table))
        }
    }
}
