package import Configuration
package import Datasets
import Formats
import Host
import Reporting
package import SearchProtocol
package import SearchSpace
package import Training
import Wire

/// A retraining on its run directory: joins `RetrainRun` with what is kept of it on disk.
package struct RetrainSession: RunSession {
    package let configuration: SearchConfiguration
    package let directory: RunDirectory
    package let data: ImageSet
    package private(set) var run: RetrainRun
    private let plan: DerivedPlan
    private var journal: RunJournal
    /// Checkpoints that could not be believed: they count as nothing.
    private var damaged: Set<String> = []

    private static let journalSubject = "weights"

    /// - Throws: `UserError` where the configuration does not fit the data.
    package init(
        new resolved: ResolvedConfiguration, data: ImageSet, dataLocation: String, directory path: () throws -> String
    ) throws {
        let shape = ImageShape(channels: data.channels, height: data.height, width: data.width)
        let (fitted, notes) = try resolved.fitted(to: shape)
        (run, plan) = try Self.makeRun(fitted.configuration, data)
        // Only now, that everything fits, the folder is made: a mistake leaves nothing behind.
        directory = try RunDirectory.create(try path())
        configuration = fitted.configuration
        self.data = data
        journal = try RunJournal(of: Self.journalSubject, generation: directory.generation, reading: nil)
        try RunRecord.write(fitted, data: data, dataLocation: dataLocation, to: directory)
        try NetworkRecord.write(plan, ImageForm(of: data), to: directory)
        for note in notes {
            let line = LogLine(.note, "note: \(note)")
            LogStream.snas.say(line)
            try RunFiles(directory).log(line, in: LogStream.snas.context)
        }
    }

    /// Opens a run that has begun, at its newest checkpoint that is whole.
    package init(resuming path: String) throws {
        directory = try RunDirectory.open(path)
        let record = try RunRecord(of: directory)
        configuration = record.configuration
        data = record.data
        (run, plan) = try Self.makeRun(configuration, data)
        journal = try RunJournal(of: Self.journalSubject, generation: directory.generation, reading: directory)
        try directory.removeUnfinishedCheckpoints()
        try restore()
    }

    private static func makeRun(
        _ configuration: SearchConfiguration, _ data: ImageSet
    ) throws -> (RetrainRun, DerivedPlan) {
        let split = try DataSplit(data, configuration)
        let shape = ImageShape(channels: data.channels, height: data.height, width: data.width)
        try configuration.check(gradientImages: split.gradient.count, image: shape)
        guard let plan = configuration.derivedPlan(image: shape, classes: data.classes) else {
            throw UserError(.usage, "a retraining needs --genotype G")
        }
        let run = RetrainRun(
            configuration: configuration, layout: .derivedNetwork(plan), classes: data.classes,
            gradientImages: split.gradient.count, heldOutImages: split.heldOut.count)
        return (run, plan)
    }

    /// Checkpoints that cannot be believed are passed over with a word; without any the run begins again from its seed.
    private mutating func restore() throws {
        for name in try directory.checkpoints().reversed() {
            var state = run.state
            do {
                try state.restore(
                    tensors: try directory.readCheckpoint(name, file: "state.safetensors"),
                    counters: try directory.readCheckpoint(name, file: "state.json"), source: "checkpoint \(name)")
            } catch {
                LogStream.snas.sayByName(.passedOver(name, because: error))
                damaged.insert(name)
                continue
            }
            return run.resume(from: state)
        }
    }

    // MARK: Rounds

    package var layout: WeightLayout { run.layout }

    package var weights: [Float] { run.state.weights }

    package var step: Int { run.state.step }

    package var outline: RunOutline {
        RunOutline(
            step: run.state.step, evaluatedEpochs: run.state.evaluatedEpochs, epochs: configuration.training.epochs,
            stepsPerEpoch: run.stepsPerEpoch, lastStep: run.lastStep, reportFreq: configuration.run.reportFreq)
    }

    package mutating func nextRound() -> PlannedRound? { run.nextRound() }

    package mutating func absorb(
        _ result: RoundResult, workers: Int, seconds: Double, _ narrator: inout Narrator
    ) throws -> [PersistenceRequest] {
        try take(
            run.absorb(result.job, total: result.total, reports: result.reports), workers: workers, seconds: seconds,
            &narrator)
    }

    package mutating func skip(
        _ skip: RoundSkip, workers: Int, seconds: Double, _ narrator: inout Narrator
    ) throws -> [PersistenceRequest] {
        try take(run.skip(skip.job), workers: workers, seconds: seconds, &narrator)
    }

    private mutating func take(
        _ reports: [RetrainReport], workers: Int, seconds: Double, _ narrator: inout Narrator
    ) throws -> [PersistenceRequest] {
        var requests: [PersistenceRequest] = []
        for report in reports {
            switch report {
            case .step(let step):
                try checkHealth(step: step.step, skippedInRow: 0, isFinite: step.isFinite)
                let line = try journal.record(step: step.step, digest: step.weightsDigest, isSkipped: step.isSkipped)
                if let line { requests.append(line) }
                narrator.step(step, workers: workers, seconds: seconds)
                try checkHealth(step: step.step, skippedInRow: step.skippedInRow, isFinite: true)
            case .epoch(let epoch): narrator.epoch(epoch)
            }
        }
        return requests
    }

    // MARK: What stays

    package func standingCheckpoints() throws -> [CheckpointMark] {
        try directory.checkpointMarks().filter { !damaged.contains($0.name) }
    }

    package func checkpoint() -> PersistenceRequest? {
        let files = run.state.checkpointFiles(
            runIdentity: directory.identity.description, generation: directory.generation,
            configuration: configuration.canonicalText)
        return PersistenceRequest(
            checkpoint: CheckpointMark(name: RunDirectory.checkpointName(step: run.state.step)),
            keep: CheckpointRetention(newest: SearchSession.checkpointsKept, epochs: configuration.run.keepEpochs),
            files: files.map { PersistedFile(name: $0.name, bytes: $0.bytes) })
    }

    package func finish(_ narrator: Narrator) throws -> [String] {
        let fingerprint = run.state.fingerprint
        try narrator.files.cell(
            plan.genotype,
            provenance: [
                "run": .string(directory.identity.description), "kind": .string("retraining"),
                "seed": .integer(configuration.run.seed), "steps": .integer(run.state.step), "data": .string(data.name),
                "data_sha256": .string(Hexadecimal.string(data.digest())), "fingerprint": .string(fingerprint),
            ])
        try narrator.files.retrainingCurves()
        try narrator.files.weights(run.state.weights, statistics: run.state.statistics, layout: run.layout)
        narrator.say(
            LogLine(
                .results,
                "results are in \(directory.path); test them with: snas evaluate --run \(directory.path); the fingerprint is "
                    + "over weights and running statistics, there is no alpha",
                ["folder": .string(directory.path)]))
        return ResultLines.lines(plan.genotype, fingerprint: fingerprint)
    }
}
