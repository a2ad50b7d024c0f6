package import Configuration
package import Datasets
import Formats
import Host
import Reporting
package import RunStore
package import SearchProtocol
package import SearchSpace
package import Training
import Wire

/// A search or a retraining on its run directory: joins `TrainingRun` with what is kept of it on disk.
package struct TrainingSession: RunSession {
    /// Of a new retraining, as it was fitted to the images.
    package let configuration: SearchConfiguration
    /// Open for writing: this process holds its lease.
    package let directory: RunDirectory
    /// The training part of the data set, all streams of images together.
    package let data: ImageSet
    /// Where the run stands; it changes with every round that is taken.
    package private(set) var run: TrainingRun
    /// Where this process has made the run.
    private let made: RunDirectory?
    private var journal: RunJournal
    /// Has looked at every epoch of a search that is done.
    private var watch = TakeoverWatch()
    /// That the rounds of the open step took which are in.
    private var openStepSeconds = 0.0
    /// Checkpoints that could not be believed: they count as nothing.
    private var damaged: Set<String> = []

    /// With a genotype in the configuration a retraining, without one a search.
    ///
    /// - Parameter makeDirectory: called when nothing is left to be refused.
    /// - Throws: `UserError` where the configuration does not fit the data.
    package init(
        new resolved: ResolvedConfiguration, data: ImageSet, dataLocation: String,
        directory makeDirectory: () throws -> RunDirectory
    ) throws {
        let (fitted, notes) = try Self.fitted(resolved, to: data)
        run = try Self.makeRun(fitted.configuration, data)
        // Only now, that everything fits, the folder is made: a mistake leaves nothing behind.
        directory = try makeDirectory()
        made = directory
        configuration = fitted.configuration
        self.data = data
        do {
            journal = try RunJournal(generation: directory.generation, reading: nil)
            let surprises = run.plan.surprises + [run.cells?.budget?.surprise].compactMap { $0 }
            try Self.say(resolved.notes + notes + surprises + Self.operatorNotes(fitted.configuration), in: directory)
            try Self.record(fitted, data, dataLocation, in: directory)
        } catch {
            directory.discard()
            throw error
        }
    }

    /// Opens a run that has begun, at its newest checkpoint that is whole.
    ///
    /// - Parameters:
    ///   - place: where its data set is now; nil is where it lay.
    ///   - made: the run's folder where this process has made it, as the branch of another run.
    package init(resuming path: String, dataAt place: String? = nil, made: RunDirectory? = nil) throws {
        self.made = made
        let opened = try RunDirectory.open(path) { run in
            let record = try RunRecord(of: run, dataAt: place)
            return (record, try Self.makeRun(record.configuration, record.data))
        }
        directory = opened.directory
        let record: RunRecord
        (record, run) = opened.checked
        try record.keep(in: directory)
        configuration = record.configuration
        data = record.data
        journal = try RunJournal(generation: directory.generation, reading: directory)
        try directory.removeUnfinishedCheckpoints()
        try restore()
    }

    /// As it was before this process made it.
    package func discard() { made?.discard() }

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
        guard run.cells != nil else { return }
        for epoch in try RunMetrics(directory).epochs().compactMap(WatchedEpoch.init(metrics:))
        where epoch.epoch < run.state.evaluatedEpochs {
            _ = verdict(on: epoch)
        }
    }

    // MARK: Rounds

    /// Of the super-network in a search, of the derived network in a retraining.
    package var layout: WeightLayout { run.plan.layout }

    /// A copy of the state's; rounds with trial weights carry their own.
    package var weights: [Float] { run.state.weights }

    /// As the newest believed checkpoint had it when the run was opened, and one more for each step since.
    package var step: Int { run.state.step }

    /// True only between the rounds of a step that has several, as a bilevel search's steps do.
    package var isInsideStep: Bool { run.isInsideStep }

    /// As it is now; the shell reads it once, when it begins.
    package var outline: RunOutline {
        RunOutline(
            step: run.state.step, evaluatedEpochs: run.state.evaluatedEpochs, epochs: configuration.training.epochs,
            stepsPerEpoch: run.plan.stepsPerEpoch, lastStep: run.plan.lastStep,
            reportFreq: configuration.run.reportFreq)
    }

    /// Rounds of an open step or evaluation first, then the next one's.
    package mutating func nextRound() -> PlannedRound? { run.nextRound() }

    /// Every step asks for a line of the journal to be made safe, every epoch of a search for a checkpoint.
    package mutating func absorb(_ result: RoundResult, workers: Int, seconds: Double) -> RoundOutcome {
        take(run.absorb(result.job, total: result.total, reports: result.reports), workers: workers, seconds: seconds)
    }

    /// The line in the journal says that the step was skipped.
    package mutating func skip(_ skip: RoundSkip, workers: Int, seconds: Double) -> RoundOutcome {
        take(run.skip(), workers: workers, seconds: seconds)
    }

    private mutating func take(_ reports: [RunReport], workers: Int, seconds: Double) -> RoundOutcome {
        var outcome = RoundOutcome()
        openStepSeconds += seconds
        defer { if !run.isInsideStep { openStepSeconds = 0 } }
        for report in reports {
            switch report {
            case .step(let step):
                do { try take(step, workers: workers, seconds: openStepSeconds, &outcome) } catch {
                    outcome.fault = error
                    return outcome
                }
            case .epoch(let epoch):
                let verdict = verdict(on: epoch)
                outcome.events.append(.epoch(epoch, verdict))
                if run.cells != nil { outcome.requests.append(checkpoint(ending: epoch, verdict)) }
            }
        }
        return outcome
    }

    private mutating func take(
        _ step: StepReport, workers: Int, seconds: Double, _ outcome: inout RoundOutcome
    ) throws(UserError) {
        try checkHealth(step: step.step, skippedInRow: 0, isFinite: step.isFinite)
        let line = try journal.record(step: step.step, step.digests, isSkipped: step.isSkipped)
        if let line { outcome.requests.append(line) }
        if run.cells != nil, run.plan.warmupEpochs > 0, step.step == run.plan.warmupSteps {
            outcome.events.append(.warmupOver(epoch: step.epoch))
        }
        outcome.events.append(.step(step, workers: workers, seconds: seconds))
        try checkHealth(step: step.step, skippedInRow: step.skippedInRow, isFinite: true)
    }

    private mutating func verdict(on epoch: EpochReport) -> TakeoverWatch.Verdict {
        WatchedEpoch(epoch).map { verdict(on: $0) } ?? TakeoverWatch.Verdict()
    }

    /// In the warm-up alpha stands where it began: there is nothing to judge.
    private mutating func verdict(on epoch: WatchedEpoch) -> TakeoverWatch.Verdict {
        epoch.epoch < run.plan.warmupEpochs ? TakeoverWatch.Verdict() : watch.look(at: epoch)
    }

    // MARK: Checkpoints

    /// Newest checkpoints that are kept, whatever they are.
    static let checkpointsKept = 3

    /// Without those that could not be believed when the run was opened: retention knows nothing of these.
    package func standingCheckpoints() throws -> [CheckpointMark] {
        try directory.checkpointMarks().filter { !damaged.contains($0.name) }
    }

    /// The state as the last whole step left it, when the clock or the run's end asks for it. Never nil.
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
}
