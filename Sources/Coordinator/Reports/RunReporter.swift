import Configuration
import Formats
import Host
import Reporting
import RunStore
import SearchProtocol
import SearchSpace
import Training
import Wire

/// Puts what happens into words: progress and notes on standard error, lines in the log and the metrics.
package struct RunReporter {
    let log: RunLog
    let metrics: RunMetrics
    private let eventFile: RunEventFile
    private let eventPace: EventPace
    /// Log and metrics only: nothing on standard error.
    let isQuiet: Bool
    let outline: RunOutline
    let path: String
    private var progress: ProgressView
    var heldOut: [NamedShare] = []
    private var imagesPerSecond: Double?
    /// Nil before the first step.
    private(set) var live: LiveProgress?
    /// The cell after the newest epoch; nil before one has ended here, and where none is searched.
    private(set) var newestCell: (genotype: Genotype, epoch: Int)?
    /// For whoever watches from outside.
    private(set) var figures = RunFigures()
    /// How far the open evaluation has come; nil between evaluations.
    private(set) var evaluation: EvaluationSnapshot?
    private var pace: StepPace
    private var stepsSinceStart = 0
    private var unreadableNotes = 0
    private var repeated = RepeatedLines()
    private let recent = RecentLines()
    private var isDiskFailing = false
    private let layout: WeightLayout
    private let ownContext: LogContext
    private var stepsDone: Int

    /// Garbage on the port is worth a few lines, not a full disk.
    private static let unreadableNoteLimit = 20
    /// Weight of the newest step in the images/s shown.
    private static let smoothing = 0.1

    init(_ directory: RunDirectory, _ outline: RunOutline, layout: WeightLayout, isQuiet: Bool) throws {
        self.layout = layout
        self.isQuiet = isQuiet
        self.outline = outline
        path = directory.path
        stepsDone = outline.step
        pace = StepPace(stepsPerEpoch: outline.stepsPerEpoch)
        var context = LogStream.snas.context
        context.run = directory.identity.description
        context.generation = directory.generation
        ownContext = context
        log = RunLog(directory)
        metrics = RunMetrics(directory)
        try metrics.forget(stepsFrom: outline.step, epochsFrom: outline.evaluatedEpochs)
        eventFile = RunEventFile(directory, firstStep: outline.step, firstEpoch: outline.evaluatedEpochs)
        eventPace = EventPace(steps: outline.lastStep, epochs: outline.epochs)
        progress = ProgressView(isTerminal: Terminal.isRedrawable && LogStream.format == .text)
    }

    func say(_ line: LogLine) {
        recent.add(line.text)
        if !isQuiet { LogStream.snas.say(line, in: context) }
        record(line)
    }

    /// For the files alone.
    func record(_ line: LogLine) { try? log.say(line, in: context) }

    var context: LogContext {
        var context = ownContext
        context.stepsDone = stepsDone
        return context
    }

    /// The newest lines, for whoever asks how the run stands.
    var newest: [String] { recent.lines }

    /// Not shown beside the progress: nobody need do anything about it.
    func drops(_ line: LogLine, _ counts: JSONValue) {
        record(line)
        try? metrics.append(counts)
    }

    /// A disk that is full costs lines, not the run; it is told once until writing works again.
    mutating func keep(_ write: () throws -> Void) {
        do {
            try write()
            if isDiskFailing { say(LogLine(.savingWorks, "writing works again")) }
            isDiskFailing = false
        } catch {
            if isDiskFailing { return }
            isDiskFailing = true
            let reason = error.userSentence
            say(
                LogLine(
                    .savingFailed, "log or metrics cannot be written: \(reason)", level: .warning,
                    ["reason": .string(reason)]))
        }
    }

    /// Metrics, log and progress.
    mutating func take(_ event: RunEvent) {
        figures.take(event)
        if let line = event.metrics { keep { [metrics] in try metrics.append(line) } }
        switch event {
        case .step(let report, let workers, let seconds): advance(report, workers: workers, seconds: seconds)
        case .warmupOver(let epoch): warmupOver(epoch: epoch)
        case .epoch(let report, let verdict):
            newestCell = report.search.map { ($0.genotype, report.epoch) } ?? newestCell
            self.epoch(report, verdict)
        case .over: break
        }
        plot(event)
    }

    /// For TensorBoard. Where its file cannot be written it is told like other news that repeats itself, and points are missing.
    private mutating func plot(_ event: RunEvent) {
        let isShown =
            switch event {
            case .step(let report, _, _): eventPace.shows(step: report.step)
            case .epoch(let report, _): eventPace.shows(epoch: report.epoch)
            case .warmupOver, .over: false
            }
        guard isShown else { return }
        do { try eventFile.append(event.summaries(lastStep: max(0, stepsDone - 1))) } catch {
            let reason = error.userSentence
            let line = LogLine(
                .savingFailed, "TensorBoard's file cannot be written: \(reason)", level: .warning,
                ["reason": .string(reason)])
            if let news = repeated.pass(line, sameAs: "tensorboard", at: Clock.monotonic()) { say(news) }
        }
    }

    /// The line that the log has of a step now and then: the temperature where a search draws, the learning rate elsewhere.
    private static func line(_ report: StepReport) -> LogLine {
        let more: (name: String, key: String, value: Double, decimals: Int) =
            report.search?.temperature.map { ("temperature", "temperature", $0, 4) }
            ?? ("learning rate", "learning_rate", report.learningRate, 6)
        let share = Double(report.hits) / Double(max(1, report.images))
        return LogLine(
            .train,
            "train \(report.step) \(Decimal.text(report.loss, 6)) \(Decimal.text(100 * share, 2)) \(more.name) "
                + Decimal.text(more.value, more.decimals),
            [
                "step": .integer(report.step), "epoch": .integer(report.epoch), "loss": .number(report.loss),
                "accuracy": .number(share), more.key: .number(more.value),
            ])
    }

    /// Log and progress.
    private mutating func advance(_ report: StepReport, workers: Int, seconds: Double) {
        pace.done(at: Clock.monotonic())
        stepsSinceStart += 1
        let rate = Double(report.images) / max(seconds, 1e-6)
        // The first step waits for workers to start and join: its rate stands until the second's, and is no part of later ones.
        imagesPerSecond = imagesPerSecond.map { stepsSinceStart > 2 ? $0 + Self.smoothing * (rate - $0) : rate } ?? rate
        let done = report.step + 1
        stepsDone = done
        if report.isSkipped {
            say(
                LogLine(
                    .stepSkipped, "step \(report.step) skipped: something was not finite", level: .warning,
                    ["step": .integer(report.step)]))
        }
        if report.step % outline.reportFreq == 0 {
            keep { [log, context] in try log.say(Self.line(report), in: context) }
        }
        let snapshot = ProgressSnapshot(
            epoch: report.epoch, epochs: outline.epochs, step: done, steps: outline.lastStep, loss: report.loss,
            heldOut: heldOut, workers: workers,
            imagesPerSecond: imagesPerSecond ?? 0, secondsLeft: pace.secondsLeft(steps: outline.lastStep - done))
        live = LiveProgress(snapshot: snapshot, secondsPerStep: Double(report.images) / max(imagesPerSecond ?? 0, 1e-9))
        show(snapshot)
    }

    private mutating func show(_ snapshot: ProgressSnapshot) {
        guard showsProgress else { return }
        switch progress.show(snapshot, columns: Terminal.columns, at: Clock.monotonic()) {
        case .bar(let text): StandardStreams.show(bar: text)
        case .line: LogStream.snas.say(snapshot.line, in: context)
        case nil: break
        }
    }

    private var showsProgress: Bool { !isQuiet && !LogStream.isQuiet }

    /// How far the open evaluation has come; nil where none is open.
    ///
    /// - Parameter isDue: whether it has taken so long that the log should say so.
    mutating func watch(_ snapshot: EvaluationSnapshot?, isDue: Bool) {
        evaluation = snapshot
        guard let snapshot else { return }
        if showsProgress,
            case .bar(let text)? = progress.show(snapshot, columns: Terminal.columns, at: Clock.monotonic())
        {
            StandardStreams.show(bar: text)
        }
        // Beside a bar that says the same nobody need read it.
        if isDue { say(progress.isTerminal ? snapshot.line.briefly([]) : snapshot.line) }
    }

    /// Takes the bar away: nothing moves any more.
    func endProgress() { StandardStreams.show(bar: "") }

    /// What comes again and again, as writes to a full disk that fail do, is paced.
    mutating func say(_ note: CoordinatorNote) {
        switch note {
        case .unreadable:
            unreadableNotes += 1
            if unreadableNotes <= Self.unreadableNoteLimit { say(note.line(layout)) }
        case .persistenceFailed(_, let reason):
            // Which step's file it is does not make it other news.
            let news = reason.filter { !$0.isNumber }
            if let line = repeated.pass(note.line(layout), sameAs: news, at: Clock.monotonic()) { say(line) }
        default: say(note.line(layout))
        }
    }
}

/// The newest lines of a run, whoever's copy of the reporter said them.
private final class RecentLines {
    private(set) var lines: [String] = []

    private static let limit = 5

    func add(_ line: String) { lines = Array((lines + [line]).suffix(Self.limit)) }
}
