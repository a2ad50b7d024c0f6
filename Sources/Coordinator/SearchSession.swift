package import Configuration
package import Datasets
import Formats
import Host
import SearchSpace
import SearchProtocol
package import Training
import Wire

/// A search on its run directory: joins `SearchRun` with what is kept of it on disk.
package struct SearchSession {
    package let resolved: ResolvedConfiguration
    package let directory: RunDirectory
    package let data: ImageSet
    package var run: SearchRun
    /// Alpha's digest after each step that an earlier generation recorded: steps computed again must give the same bits.
    private var journal: [Int: String] = [:]
    private let dataLocation: String

    static let journalName = "journal.jsonl"

    /// - Throws: `UserError` where the configuration does not fit the data.
    package init(
        new resolved: ResolvedConfiguration, data: ImageSet, dataLocation: String, directory path: () throws -> String
    ) throws {
        let run = try Self.makeRun(resolved.configuration, data)
        // Only now, that everything fits, the folder is made: a mistake leaves nothing behind.
        directory = try RunDirectory.create(try path())
        self.resolved = resolved
        self.data = data
        self.dataLocation = dataLocation
        self.run = run
        try directory.write("configuration.yaml", resolved.yaml)
        try directory.write("configuration.txt", resolved.configuration.canonicalText)
        try directory.write("data.txt", "\(dataLocation)\n\(Hexadecimal.string(data.digest()))\n")
    }

    /// Opens a run that has begun, at its newest checkpoint that is whole.
    package init(resuming path: String) throws {
        directory = try RunDirectory.open(path)
        guard let configuration = try directory.read("configuration.txt"), let source = try directory.read("data.txt")
        else { throw UserError(.data, "'\(path)' lacks configuration.txt or data.txt") }
        let lines = String(decoding: source, as: UTF8.self).split(separator: "\n").map(String.init)
        guard lines.count == 2 else { throw UserError(.data, "\(path)/data.txt should hold two lines") }
        let settings = try SearchConfiguration(canonicalText: String(decoding: configuration, as: UTF8.self))
        let data = try RecognisedDataset(at: lines[0]).loadTraining()
        let digest = Hexadecimal.string(data.digest())
        guard digest == lines[1] else {
            throw UserError(.data, "the data set at '\(lines[0])' has digest \(digest), the run began with \(lines[1])")
        }
        resolved = ResolvedConfiguration(configuration: settings, origins: [:])
        self.data = data
        dataLocation = lines[0]
        run = try Self.makeRun(settings, data)
        try restore()
    }

    private static func makeRun(_ configuration: SearchConfiguration, _ data: ImageSet) throws -> SearchRun {
        let split = DataSplit(
            labels: data.training.labels, classes: data.classes, portion: configuration.data.trainPortion,
            seed: UInt64(configuration.run.seed))
        let shape = ImageShape(channels: data.channels, height: data.height, width: data.width)
        try configuration.check(gradientImages: split.gradient.count, image: shape)
        let plan = configuration.plan(image: shape, classes: data.classes)
        return SearchRun(
            configuration: configuration, layout: .superNetwork(plan), topology: plan.topology,
            gradientImages: split.gradient.count, heldOutImages: split.heldOut.count,
            budget: try Budget(configuration, image: shape, classes: data.classes))
    }

    // MARK: Going on

    /// Checkpoints that cannot be believed are passed over with a word; without any the run begins again from its seed.
    private mutating func restore() throws {
        for name in try directory.checkpoints().reversed() {
            var state = run.state
            do {
                try state.restore(
                    tensors: try directory.readCheckpoint(name, file: "state.safetensors"),
                    counters: try directory.readCheckpoint(name, file: "state.json"), source: "checkpoint \(name)")
            } catch {
                StandardStreams.note("snas: passing over a checkpoint: \(error)")
                continue
            }
            run.resume(from: state)
            break
        }
        guard let bytes = try directory.read(Self.journalName) else { return }
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            // A crash may have cut the last line short.
            guard let entry = try? JSONValue.parse(Array(line.utf8), source: Self.journalName),
                let step = entry["step"]?.integer, let alpha = entry["alpha"]?.text
            else { continue }
            journal[step] = alpha
        }
    }

    /// - Throws: `UserError` (internalFault) when a step gives other bits than it gave before.
    mutating func record(_ report: StepReport) throws -> PersistenceRequest? {
        if let before = journal[report.step] {
            guard before == report.alphaDigest else {
                throw UserError(
                    .internalFault,
                    "step \(report.step) computed again gives alpha \(report.alphaDigest), the journal has \(before): this "
                        + "machine, or its software, is not the one that computed it first")
            }
            return nil
        }
        journal[report.step] = report.alphaDigest
        let line = JSONValue.object([
            "step": .integer(report.step), "alpha": .string(report.alphaDigest),
            "generation": .integer(Int(directory.generation)), "skipped": .bool(report.isSkipped),
        ])
        return PersistenceRequest(
            kind: .journal, name: "step \(report.step)",
            files: [PersistedFile(name: Self.journalName, bytes: Array((line.serialized() + "\n").utf8))])
    }

    /// Checkpoints kept besides the newest.
    static let checkpointsKept = 3

    func checkpoint() -> PersistenceRequest {
        let files = run.state.checkpointFiles(
            runIdentity: directory.identity.description, configuration: resolved.configuration.canonicalText)
        return PersistenceRequest(
            kind: .checkpoint(keep: Self.checkpointsKept),
            name: RunDirectory.checkpointName(step: run.state.step),
            files: files.map { PersistedFile(name: $0.name, bytes: $0.bytes) })
    }

    /// Writes everything that a finished run leaves.
    func writeResults(_ files: RunFiles) throws -> Genotype {
        let genotype = Genotype.derived(from: run.state.alpha, topology: run.topology)
        try files.results(
            run.state, genotype: genotype,
            provenance: [
                "run": .string(directory.identity.description), "seed": .integer(resolved.configuration.run.seed),
                "steps": .integer(run.state.step), "data": .string(data.name),
                "data_sha256": .string(Hexadecimal.string(data.digest())),
                "fingerprint": .string(run.state.fingerprint),
                "budget": run.budget.map { BudgetWords.provenance($0, run.state.alpha) } ?? .null,
            ])
        try files.weights(run.state, layout: run.layout)
        return genotype
    }
}
