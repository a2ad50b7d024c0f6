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

    func appendMetrics(_ line: JSONValue) throws {
        try FileSystem.appendFile(
            "\(directory.path)/\(Self.metricsName)", Array((line.serialized() + "\n").utf8))
    }

    // MARK: At the end

    /// The cell as texts and pictures.
    func cell(_ genotype: Genotype, provenance: [JSONValue.Member]) throws {
        let choices = genotype.kinds.map { kind in
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
                    + [JSONValue.Member("provenance", .object(provenance))]
            ).serialized(pretty: true) + "\n")
        try directory.write("genotype.txt", genotype.text + "\n")
        for kind in genotype.kinds { try directory.write("\(kind).svg", CellPicture(genotype, kind: kind).svg) }
    }

    /// - Parameter mean: what the cell is derived from, where that is not the last alpha.
    func alphas(_ alpha: EdgeTable<Float>, mean: EdgeTable<Float>? = nil) throws {
        let tensors = [(alpha, ""), (mean, "_mean")].flatMap { alpha, suffix -> [SafetensorsFile.Tensor] in
            guard let alpha else { return [] }
            return alpha.shape.kinds.map { kind in
                .init(
                    name: "alphas_\(kind)\(suffix)", shape: alpha.shape.tensorShape(of: kind),
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
        let entries = try shape.kinds.flatMap { kind in
            guard let tensor = file["alphas_\(kind)_mean"] ?? file["alphas_\(kind)"],
                tensor.shape == shape.tensorShape(of: kind)
            else { throw UserError(.data, "\(directory.path)/\(name) has no alpha of this run's space") }
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
}
