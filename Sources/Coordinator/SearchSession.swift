package import Configuration
package import Datasets
import Formats
import Host
import Reporting
package import SearchProtocol
package import SearchSpace
package import Training
import Wire

/// A search on its run directory: joins `SearchRun` with what is kept of it on disk.
package struct SearchSession: RunSession {
    package let configuration: SearchConfiguration
    package let directory: RunDirectory
    package let data: ImageSet
    package var run: SearchRun
    private var journal: RunJournal
    /// Has looked at every epoch that is done.
    private var watch = TakeoverWatch()
    /// Checkpoints that could not be believed: they count as nothing.
    private var damaged: Set<String> = []

    /// - Throws: `UserError` where the configuration does not fit the data.
    package init(
        new resolved: ResolvedConfiguration, data: ImageSet, dataLocation: String, directory path: () throws -> String
    ) throws {
        let run = try Self.makeRun(resolved.configuration, data)
        // Only now, that everything fits, the folder is made: a mistake leaves nothing behind.
        directory = try RunDirectory.create(try path())
        configuration = resolved.configuration
        self.data = data
        self.run = run
        journal = try RunJournal(of: Self.journalSubject, generation: directory.generation, reading: nil)
        try RunRecord.write(resolved, data: data, dataLocation: dataLocation, to: directory)
    }

    /// Opens a run that has begun, at its newest checkpoint that is whole.
    package init(resuming path: String) throws {
        directory = try RunDirectory.open(path)
        let record = try RunRecord(of: directory)
        configuration = record.configuration
        data = record.data
        run = try Self.makeRun(configuration, data)
        journal = try RunJournal(of: Self.journalSubject, generation: directory.generation, reading: directory)
        try directory.removeUnfinishedCheckpoints()
        try restore()
    }

    private static let journalSubject = "alpha"

    private static func makeRun(_ configuration: SearchConfiguration, _ data: ImageSet) throws -> SearchRun {
        guard configuration.retrain.genotype == nil else {
            throw UserError(
                .usage, "retrain.genotype is set: a search finds one; train it with snas retrain --genotype G")
        }
        let split = try DataSplit(data, configuration)
        let shape = ImageShape(channels: data.channels, height: data.height, width: data.width)
        try configuration.check(gradientImages: split.gradient.count, image: shape)
        let plan = configuration.plan(image: shape, classes: data.classes)
        return SearchRun(
            configuration: configuration, layout: .superNetwork(plan), topology: plan.topology,
            classes: data.classes, gradientImages: split.gradient.count, heldOutImages: split.heldOut.count,
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
                LogStream.snas.sayByName(.passedOver(name, because: error))
                damaged.insert(name)
                continue
            }
            run.resume(from: state)
            break
        }
        for epoch in try RunFiles(directory).epochs().compactMap(WatchedEpoch.init(metrics:))
        where epoch.epoch < run.state.evaluatedEpochs {
            _ = verdict(on: epoch)
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
        _ reports: [SearchReport], workers: Int, seconds: Double, _ narrator: inout Narrator
    ) throws -> [PersistenceRequest] {
        var requests: [PersistenceRequest] = []
        for report in reports {
            switch report {
            case .step(let step):
                try checkHealth(step: step.step, skippedInRow: 0, isFinite: step.isFinite)
                let line = try journal.record(step: step.step, digest: step.alphaDigest, isSkipped: step.isSkipped)
                if let line { requests.append(line) }
                if run.warmupEpochs > 0, step.step == run.warmupSteps { narrator.warmupOver(epoch: step.epoch) }
                narrator.step(step, workers: workers, seconds: seconds)
                try checkHealth(step: step.step, skippedInRow: step.skippedInRow, isFinite: true)
            case .epoch(let epoch):
                let verdict = verdict(on: WatchedEpoch(epoch))
                narrator.epoch(epoch, verdict)
                requests.append(checkpoint(ending: epoch, verdict))
            }
        }
        return requests
    }

    /// In the warm-up alpha stands where it began: there is nothing to judge.
    private mutating func verdict(on epoch: WatchedEpoch) -> TakeoverWatch.Verdict {
        epoch.epoch < run.warmupEpochs ? TakeoverWatch.Verdict() : watch.look(at: epoch)
    }

    // MARK: Checkpoints

    /// Newest checkpoints that are kept, whatever they are.
    static let checkpointsKept = 3

    /// What stands on disk and can be believed, as far as anybody looked.
    package func standingCheckpoints() throws -> [CheckpointMark] {
        try directory.checkpointMarks().filter { !damaged.contains($0.name) }
    }

    package func checkpoint() -> PersistenceRequest? {
        request(CheckpointMark(name: RunDirectory.checkpointName(step: run.state.step)), [])
    }

    /// The state after an epoch and its evaluation, with what makes it worth keeping.
    private func checkpoint(ending report: EpochReport, _ verdict: TakeoverWatch.Verdict) -> PersistenceRequest {
        let record = EpochRecord(report, verdict)
        let name = RunDirectory.checkpointName(step: run.state.step, epochsDone: record.epochsDone)
        return request(record.mark(name), [PersistedFile(name: EpochRecord.fileName, bytes: record.bytes)])
    }

    private func request(_ mark: CheckpointMark, _ more: [PersistedFile]) -> PersistenceRequest {
        let files = run.state.checkpointFiles(
            runIdentity: directory.identity.description, generation: directory.generation,
            configuration: configuration.canonicalText)
        return PersistenceRequest(
            checkpoint: mark,
            keep: CheckpointRetention(newest: Self.checkpointsKept, epochs: configuration.run.keepEpochs),
            files: files.map { PersistedFile(name: $0.name, bytes: $0.bytes) } + more)
    }

    package func finish(_ narrator: Narrator) throws -> [String] {
        let alpha = run.state.derivedAlpha
        let genotype = Genotype.derived(from: alpha, topology: run.topology)
        let files = narrator.files
        try files.cell(
            genotype,
            provenance: [
                "run": .string(directory.identity.description), "seed": .integer(configuration.run.seed),
                "steps": .integer(run.state.step), "data": .string(data.name),
                "data_sha256": .string(Hexadecimal.string(data.digest())),
                "fingerprint": .string(run.state.fingerprint),
                "derived_from": .string(
                    run.state.alphaMean.steps == 0
                        ? "last alpha" : "mean alpha of the last \(run.state.alphaMean.steps) steps"),
                "budget": run.budget.map { BudgetWords.provenance($0, alpha) } ?? .null,
            ])
        try files.searchResults(run.state, layout: run.layout)
        if let budget = run.budget { narrator.say(LogLine(.budget, BudgetWords.final(budget, alpha))) }
        narrator.say(
            LogLine(
                .results, "results are in \(directory.path): normal.svg and reduce.svg show the cell",
                ["folder": .string(directory.path)]))
        return ResultLines.lines(genotype, fingerprint: run.state.fingerprint)
    }
}
