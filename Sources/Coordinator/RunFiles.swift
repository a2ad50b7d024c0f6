import Formats
import Host
import Reporting
import SearchSpace
import Training

/// Writes what a run leaves for people and their scripts: log, metrics, genotype, pictures, tensors.
struct RunFiles {
    let directory: RunDirectory
    private static let metricsName = "metrics.jsonl"

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

    func log(_ line: String) throws {
        try FileSystem.appendFile("\(directory.path)/log.txt", Array("\(Clock.timestamp()) \(line)\n".utf8))
    }

    func metrics(_ report: StepReport, workers: Int, seconds: Double) throws {
        try appendMetrics([
            "kind": .string("step"), "step": .integer(report.step), "epoch": .integer(report.epoch),
            "loss": .number(report.loss), "accuracy": .number(Double(report.hits) / Double(max(1, report.images))),
            "temperature": .number(report.temperature), "learning_rate": .number(report.learningRate),
            "weight_gradient_norm": .number(report.weightGradientNorm),
            "alpha_gradient_norm": .number(report.alphaGradientNorm), "skipped": .bool(report.isSkipped),
            "workers": .integer(workers), "seconds": .number(seconds), "budget": BudgetWords.json(report.budget),
        ])
    }

    func metrics(_ report: EpochReport) throws {
        func accuracy(_ value: EpochReport.Accuracy?) -> JSONValue {
            guard let value else { return .null }
            return .object([
                "accuracy": .number(value.accuracy), "loss": .number(value.loss), "images": .integer(value.images),
                "statistics": .string("recalibrated"),
            ])
        }
        try appendMetrics([
            "kind": .string("epoch"), "epoch": .integer(report.epoch), "temperature": .number(report.temperature),
            "learning_rate": .number(report.learningRate), "train_loss": .number(report.trainLoss),
            "train_accuracy": .number(report.trainAccuracy), "search": accuracy(report.search),
            "derived": accuracy(report.derived), "entropy": .number(report.entropy),
            "none_share": .number(report.noneShare), "skip_share": .number(report.skipShare),
            "genotype": .string(report.genotype.text), "credits": .object(credits(report)),
            "budget": BudgetWords.json(report.budget),
        ])
        try log("epoch \(report.epoch) genotype = \(report.genotype.text)")
    }

    /// Which operation on which edge earned what: dL/dZ, a row an edge, by the operations' names.
    private func credits(_ report: EpochReport) -> [JSONValue.Member] {
        let rows = report.credits.count / Operation.count / 2
        return CellKind.allCases.map { kind in
            let start = kind == .normal ? 0 : rows * Operation.count
            let table = (0..<rows).map { edge in
                JSONValue.object(
                    Operation.allCases.map { operation in
                        let credit = report.credits[start + edge * Operation.count + operation.index]
                        return JSONValue.Member(operation.name, .number(credit))
                    })
            }
            return JSONValue.Member(kind == .normal ? "normal" : "reduce", .array(table))
        }
    }

    private func appendMetrics(_ pairs: KeyValuePairs<String, JSONValue>) throws {
        try FileSystem.appendFile(
            "\(directory.path)/\(Self.metricsName)", Array((JSONValue.object(pairs).serialized() + "\n").utf8))
    }

    // MARK: At the end

    func results(_ state: SearchState, genotype: Genotype, provenance: KeyValuePairs<String, JSONValue>) throws {
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
        try directory.write("curves.svg", try curves())
        let table = [state.alpha.normal.edgeCount, Operation.count]
        try directory.write(
            "alphas.safetensors",
            SafetensorsFile(tensors: [
                .init(name: "alphas_normal", shape: table, values: state.alpha.normal.values),
                .init(name: "alphas_reduce", shape: table, values: state.alpha.reduce.values),
            ]).serialized())
    }

    /// The weights under PyTorch's names, with the running statistics.
    func weights(_ state: SearchState, layout: WeightLayout) throws {
        var tensors = layout.entries.map {
            SafetensorsFile.Tensor(name: $0.name, shape: $0.shape, values: Array(state.weights[$0.range]))
        }
        for entry in layout.statistics {
            let parts = [("running_mean", entry.meanOffset), ("running_var", entry.varianceOffset)]
            for (name, offset) in parts {
                tensors.append(
                    .init(
                        name: "\(entry.name).\(name)", shape: [entry.channels],
                        values: Array(state.statistics[offset..<offset + entry.channels])))
            }
        }
        try directory.write("weights.safetensors", SafetensorsFile(tensors: tensors).serialized())
    }

    /// From the file, not from memory: it knows the epochs before a resume too.
    private func curves() throws -> String {
        let lines = (try directory.read(Self.metricsName) ?? []).split(separator: UInt8(ascii: "\n"))
        let epochs = try lines.map { try JSONValue.parse(Array($0), source: Self.metricsName) }
            .filter { $0["kind"]?.text == "epoch" }
        return CurvePicture.svg([
            .init(
                name: "derived network, accuracy (inherited weights)",
                values: epochs.map { $0["derived"]?["accuracy"]?.number }),
            .init(
                name: "super-network, accuracy (one soft sample)",
                values: epochs.map { $0["search"]?["accuracy"]?.number }),
            .init(name: "training loss", values: epochs.map { $0["train_loss"]?.number }),
            .init(name: "entropy of alpha (nats)", values: epochs.map { $0["entropy"]?.number }),
            .init(name: "temperature", values: epochs.map { $0["temperature"]?.number }),
        ])
    }
}
