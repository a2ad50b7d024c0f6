import Configuration
import Exchange
package import Formats
import Host
import Reporting
package import SearchSpace
import Training

/// The results in a run's folder, for people, their scripts and PyTorch: the cell as texts and pictures, curves, alpha, weights.
package struct ResultFiles {
    private let directory: RunDirectory

    private static let alphasName = "alphas.safetensors"

    /// For a run's folder, to write its results or to read them again.
    package init(_ directory: RunDirectory) { self.directory = directory }

    /// All of them. The weights come last: where they are, all is there.
    ///
    /// - Throws: `SystemError` where they cannot be written.
    package func write(_ ending: RunEnding) throws {
        try cell(ending.genotype, provenance: ending.provenance)
        let curves = CurveFile(directory)
        if let architecture = ending.architecture {
            try curves.writeSearch()
            try alphas(architecture.alpha, mean: architecture.mean)
        } else {
            try curves.writeRetraining()
        }
        try weights(ending.weights, statistics: ending.statistics, layout: ending.layout)
    }

    /// The cell as texts and pictures.
    package func cell(_ genotype: Genotype, provenance: [JSONValue.Member]) throws {
        try directory.write(
            "genotype.json",
            GenotypeJSON.document(genotype, provenance: provenance).serialized(pretty: true) + "\n")
        try directory.write("genotype.txt", genotype.text + "\n")
        for kind in genotype.kinds { try directory.write("\(kind).svg", CellPicture(genotype, kind: kind).svg) }
    }

    /// - Parameter mean: what the cell is derived from, where that is not the last alpha.
    package func alphas(_ alpha: EdgeTable<Float>, mean: EdgeTable<Float>? = nil) throws {
        let tensors = [(alpha, ""), (mean, "_mean")].flatMap { alpha, suffix -> [SafetensorsFile.Tensor] in
            guard let alpha else { return [] }
            return alpha.shape.kinds.map { kind in
                .init(
                    name: "alphas_\(kind)\(suffix)", shape: alpha.shape.tensorShape(of: kind),
                    values: Array(alpha[kind]))
            }
        }
        try directory.write(Self.alphasName, SafetensorsFile(tensors: tensors).serialized())
    }

    /// The alpha that the cell is derived from, as `alphas` left it.
    /// - Throws: `UserError` (data) where there is none of this shape.
    package func derivedAlpha(_ shape: EdgeTableShape) throws -> EdgeTable<Float> {
        let file = try SafetensorsFile.parse(
            try directory.read(Self.alphasName) ?? [], source: "\(directory.path)/\(Self.alphasName)")
        let entries = try shape.kinds.flatMap { kind in
            guard let tensor = file["alphas_\(kind)_mean"] ?? file["alphas_\(kind)"],
                tensor.shape == shape.tensorShape(of: kind)
            else { throw UserError(.data, "\(directory.path)/\(Self.alphasName) has no alpha of this run's space") }
            return tensor.values
        }
        return EdgeTable(shape, entries)
    }

    /// Weights and running statistics from a file that `write` left, or that PyTorch's users did (`WeightFile.read`).
    ///
    /// - Throws: `UserError` (data) for what is no such file, with the remedy where it is one of another format; `SystemError`.
    package static func readWeights(
        at file: String, layout: WeightLayout
    ) throws -> (weights: [Float], statistics: [Float]) {
        let bytes = try FileSystem.readFile(file, limitBytes: RunDirectory.fileLimitBytes)
        if let foreign = ForeignFile(bytes) {
            throw UserError(.data, "\(file): \(foreign.sentence(shellPath: ShellWord.quoted(file)))")
        }
        do {
            return try WeightFile.read(bytes, layout: layout, source: file)
        } catch { throw UserError(.data, error.description) }
    }

    /// The weights under PyTorch's names, with the running statistics.
    private func weights(_ weights: [Float], statistics: [Float], layout: WeightLayout) throws {
        try directory.write(
            RunDirectory.lastResultName,
            WeightFile.file(weights: weights, statistics: statistics, layout: layout).serialized())
    }
}
