import Configuration
import Formats
import Host
import Reporting
import SearchSpace
import Training

/// Writes what a run leaves for people and their scripts: log, metrics, genotype, pictures, tensors.
struct RunFiles {
    let directory: RunDirectory
    static let metricsName = "metrics.jsonl"
    static let eventsName = "events.jsonl"

    init(_ directory: RunDirectory) { self.directory = directory }

    /// A resumed run says again what its checkpoint did not know: those lines go, so that each step has one.
    func forget(stepsFrom step: Int, epochsFrom epoch: Int) throws {
        guard let bytes = try directory.read(Self.metricsName) else { return }
        let kept = bytes.split(separator: UInt8(ascii: "\n")).filter { line in
            guard let value = try? JSONValue.parse(Array(line), source: Self.metricsName) else { return false }
            switch value["kind"]?.text {
            case "step": return (value["step"]?.integer ?? .max) < step
            case "epoch": return (value["epoch"]?.integer ?? .max) < epoch
            default: return false
            }
        }
        try directory.write(Self.metricsName, kept.flatMap { $0 + [UInt8(ascii: "\n")] })
    }

    // MARK: While it runs

    /// The same line for people, in `log.txt`, and for programs, in `events.jsonl`.
    func log(_ line: LogLine, in context: LogContext) throws {
        let time = Clock.timestamp()
        try FileSystem.appendFile("\(directory.path)/log.txt", Array("\(time) \(line.text)\n".utf8))
        try FileSystem.appendFile(
            "\(directory.path)/\(Self.eventsName)", Array((line.json(time: time, in: context) + "\n").utf8))
    }

    func metrics(_ report: StepReport, workers: Int, seconds: Double) throws {
        try appendMetrics([
            "kind": .string("step"), "step": .integer(report.step), "epoch": .integer(report.epoch),
            "loss": .number(report.loss), "accuracy": .number(Double(report.hits) / Double(max(1, report.images))),
            "temperature": .number(report.temperature), "learning_rate": .number(report.learningRate),
            "weight_gradient_norm": .number(report.weightGradientNorm),
            "alpha_gradient_norm": .number(report.alphaGradientNorm),
            "alpha_gradient_signal": report.alphaGradient.map { .number($0.signal) } ?? .null,
            "alpha_gradient_noise": report.alphaGradient.map { .number($0.noise) } ?? .null,
            "skipped": .bool(report.isSkipped),
            "workers": .integer(workers), "seconds": .number(seconds), "budget": BudgetWords.json(report.budget),
        ])
    }

    /// - Parameter verdict: whether and by what a cell is taken over.
    func metrics(_ report: EpochReport, _ verdict: TakeoverWatch.Verdict) throws {
        func accuracy(_ value: EpochReport.Accuracy?) -> JSONValue {
            guard let value else { return .null }
            return .object([
                "accuracy": .number(value.accuracy), "standard_error": value.standardError.map { .number($0) } ?? .null,
                "draws": .integer(value.draws), "loss": .number(value.loss), "images": .integer(value.images),
                "statistics": .string("recalibrated"),
            ])
        }
        try appendMetrics([
            "kind": .string("epoch"), "epoch": .integer(report.epoch), "temperature": .number(report.temperature),
            "learning_rate": .number(report.learningRate), "train_loss": .number(report.trainLoss),
            "train_accuracy": .number(report.trainAccuracy), "soft": accuracy(report.heldOut[.soft]),
            "hard": accuracy(report.heldOut[.hard]), "derived": accuracy(report.heldOut[.derived]),
            "top2": accuracy(report.heldOut[.top2]),
            "alpha_gradient_signal": report.alphaGradient.map { .number($0.signal) } ?? .null,
            "alpha_gradient_noise": report.alphaGradient.map { .number($0.noise) } ?? .null,
            "entropy": .number(report.entropy),
            "none_share": .number(report.noneShare), "skip_share": .number(report.skipShare),
            "sound": .bool(verdict.isSound), "takeovers": .array(verdict.news.map(takeover)),
            "genotype": .string(report.genotype.text), "credits": .object(credits(report)),
            "budget": BudgetWords.json(report.budget),
        ])
    }

    private func takeover(_ takeover: Takeover) -> JSONValue {
        let held: (what: String, count: Int, all: Int) =
            switch takeover.holding {
            case .operation(let operation, let count, let all): ("\(operation.name) of live edges", count, all)
            case .deadNodes(let count, let all): ("none: dead of output nodes", count, all)
            }
        return .object([
            "cell": .string(takeover.cell == .normal ? "normal" : "reduce"), "held": .string(held.what),
            "count": .integer(held.count), "of": .integer(held.all),
            "fell_from_epoch": takeover.fellFrom.map { .integer($0.epoch) } ?? .null,
            "go_back_to_epoch": takeover.goBackTo.map { .integer($0.epoch) } ?? .null,
        ])
    }

    /// Which operation on which edge earned what: dL/dZ, a row an edge, by the operations' names.
    private func credits(_ report: EpochReport) -> [JSONValue.Member] {
        CellKind.allCases.map { kind in
            let table = (0..<report.credits.shape.edgeCount(of: kind)).map { edge in
                JSONValue.object(
                    Operation.candidates.map {
                        JSONValue.Member($0.name, .number(report.credits[kind, edge, $0]))
                    })
            }
            return JSONValue.Member(kind == .normal ? "normal" : "reduce", .array(table))
        }
    }

    func appendMetrics(_ pairs: KeyValuePairs<String, JSONValue>) throws { try appendMetrics(JSONValue.object(pairs)) }

    func appendMetrics(_ line: JSONValue) throws {
        try FileSystem.appendFile(
            "\(directory.path)/\(Self.metricsName)", Array((line.serialized() + "\n").utf8))
    }

    // MARK: At the end

    func searchResults(_ state: SearchState, layout: WeightLayout) throws {
        try directory.write("curves.svg", try curves())
        try alphas(state.alpha, mean: state.alphaMean.steps > 0 ? state.derivedAlpha : nil)
        try weights(state.weights, statistics: state.statistics, layout: layout)
    }

    /// The cell as texts and pictures.
    func cell(_ genotype: Genotype, provenance: KeyValuePairs<String, JSONValue>) throws {
        let members = provenance.map { JSONValue.Member($0.key, $0.value) }
        let choices = CellKind.allCases.map { kind in
            JSONValue.Member(
                kind == .normal ? "normal" : "reduce",
                .array(
                    genotype[kind].map {
                        .object([
                            "operation": .string($0.operation.name), "from": .integer($0.from), "to": .integer($0.to),
                        ])
                    }))
        }
        try directory.write(
            "genotype.json",
            JSONValue.object(
                [JSONValue.Member("genotype", .string(genotype.text))] + choices
                    + [JSONValue.Member("provenance", .object(members))]
            ).serialized(pretty: true) + "\n")
        try directory.write("genotype.txt", genotype.text + "\n")
        try directory.write("normal.svg", CellPicture(genotype, kind: .normal).svg)
        try directory.write("reduce.svg", CellPicture(genotype, kind: .reduce).svg)
    }

    /// - Parameter mean: what the cell is derived from, where that is not the last alpha.
    func alphas(_ alpha: EdgeTable<Float>, mean: EdgeTable<Float>? = nil) throws {
        let tensors = [(alpha, ""), (mean, "_mean")].flatMap { alpha, suffix -> [SafetensorsFile.Tensor] in
            guard let alpha else { return [] }
            return CellKind.allCases.map { kind in
                .init(
                    name: "alphas_\(kind)\(suffix)", shape: [alpha.shape.edgeCount(of: kind), Operation.count],
                    values: Array(alpha[kind]))
            }
        }
        try directory.write("alphas.safetensors", SafetensorsFile(tensors: tensors).serialized())
    }

    /// The alpha that the cell is derived from, as `alphas` left it.
    /// - Throws: `UserError` (data) where there is none of this shape.
    func derivedAlpha(_ shape: EdgeTableShape) throws -> EdgeTable<Float> {
        let name = "alphas.safetensors"
        let file = try SafetensorsFile.parse(
            try directory.read(name) ?? [], source: "\(directory.path)/\(name)")
        let entries = try CellKind.allCases.flatMap { kind in
            let edges = shape.edgeCount(of: kind)
            guard let tensor = file["alphas_\(kind)_mean"] ?? file["alphas_\(kind)"],
                tensor.shape == [edges, Operation.count]
            else { throw UserError(.data, "\(directory.path)/\(name) has no alpha of \(edges) edges") }
            return tensor.values
        }
        return EdgeTable(shape, entries)
    }

    /// The weights under PyTorch's names, with the running statistics.
    func weights(_ weights: [Float], statistics: [Float], layout: WeightLayout) throws {
        try directory.write(
            RunDirectory.lastResultName,
            WeightFile.file(weights: weights, statistics: statistics, layout: layout).serialized())
    }

    /// The epochs' lines. A crash may have cut the last one short.
    func epochs() throws -> [JSONValue] {
        (try directory.read(Self.metricsName) ?? []).split(separator: UInt8(ascii: "\n"))
            .compactMap { try? JSONValue.parse(Array($0), source: Self.metricsName) }
            .filter { $0["kind"]?.text == "epoch" }
    }

    private func signalOverNoise(_ epoch: JSONValue) -> Double? {
        guard let signal = epoch["alpha_gradient_signal"]?.number, let noise = epoch["alpha_gradient_noise"]?.number,
            noise > 0
        else { return nil }
        return signal / noise
    }

    /// From the file, not from memory: it knows the epochs before a resume too.
    private func curves() throws -> String {
        let epochs = try epochs()
        func panel(_ title: String, _ key: String) -> CurvePicture.Panel {
            .init(title, epochs.map { $0[key]?.number })
        }
        let heldOut = EvaluatedNetwork.allCases.map { network in
            CurvePicture.Curve(
                name: network.label, values: epochs.map { $0[network.rawValue]?["accuracy"]?.number })
        }
        return CurvePicture.svg([
            .init(
                "accuracy on held-out images (inherited weights)",
                heldOut.filter { !$0.values.allSatisfy { $0 == nil } }),
            panel("training loss", "train_loss"), panel("entropy of alpha (nats)", "entropy"),
            .init("signal over noise of alpha's gradient, squared norms", epochs.map(signalOverNoise)),
            panel("temperature", "temperature"), panel("share of edges that keep none", "none_share"),
            panel("share of edges that keep skip_connect", "skip_share"),
        ])
    }
}
