import Configuration
import Host
import Reporting
import SearchProtocol
import Training
import Wire

/// Puts what happens into words: progress and notes on standard error, lines in the log and the metrics.
struct Narrator {
    private(set) var files: RunFiles
    /// Log and metrics only: nothing on standard error.
    let isQuiet: Bool
    private let session: (epochs: Int, lastStep: Int, path: String, reportFreq: Int)
    private var progress: ProgressView
    private var accuracy: (search: Double?, derived: Double?) = (nil, nil)
    private var imagesPerSecond: Double?
    private var started = Clock.monotonic()
    private var firstStep: Int?
    private var garbageNotes = 0

    /// Garbage on the port is worth a few lines, not a full disk.
    private static let garbageNoteLimit = 20
    /// Weight of the newest step in the images/s shown.
    private static let smoothing = 0.1

    init(session: SearchSession, isQuiet: Bool) throws {
        self.isQuiet = isQuiet
        files = RunFiles(session.directory)
        try files.forget(stepsFrom: session.run.state.step, epochsFrom: session.run.state.evaluatedEpochs)
        let configuration = session.resolved.configuration
        self.session = (
            configuration.training.epochs, session.run.lastStep, session.directory.path, configuration.run.reportFreq
        )
        let columns = HostInfo.environment("COLUMNS").flatMap { Int($0) } ?? 120
        let isTerminal =
            StandardStreams.errorIsTerminal && HostInfo.environment("TERM") != "dumb"
            && HostInfo.environment("CI") == nil
        progress = ProgressView(isTerminal: isTerminal, columns: columns)
    }

    private func line(_ text: String) {
        if !isQuiet { StandardStreams.note(progress.clearing + text) }
        try? files.log(text)
    }

    mutating func step(_ report: StepReport, workers: Int, seconds: Double) throws {
        try files.metrics(report, workers: workers, seconds: seconds)
        if firstStep == nil { firstStep = report.step }
        let rate = Double(report.images) / max(seconds, 1e-6)
        imagesPerSecond = imagesPerSecond.map { $0 + Self.smoothing * (rate - $0) } ?? rate
        if report.isSkipped { line("step \(report.step) skipped: something was not finite") }
        if report.step % session.reportFreq == 0 {
            let share = 100 * Double(report.hits) / Double(max(1, report.images))
            try files.log(
                "train \(report.step) \(Decimal.text(report.loss, 6)) \(Decimal.text(share, 2)) temperature "
                    + Decimal.text(report.temperature, 4))
        }
        let done = report.step + 1
        let elapsed = (Clock.monotonic() - started).seconds
        let perStep = elapsed / Double(max(1, done - (firstStep ?? 0)))
        let snapshot = ProgressSnapshot(
            epoch: report.epoch, epochs: session.epochs, step: done, steps: session.lastStep, loss: report.loss,
            searchAccuracy: accuracy.search, derivedAccuracy: accuracy.derived, workers: workers,
            imagesPerSecond: imagesPerSecond ?? 0, secondsLeft: perStep * Double(session.lastStep - done))
        if !isQuiet, let text = progress.show(snapshot, at: Clock.monotonic()) { StandardStreams.noteRaw(text) }
    }

    mutating func epoch(_ report: EpochReport) throws {
        accuracy = (report.search?.accuracy, report.derived?.accuracy)
        try files.metrics(report)
        func percent(_ share: Double?) -> String { share.map { Decimal.text(100 * $0, 2) + " %" } ?? "-" }
        line(
            "epoch \(report.epoch + 1)/\(session.epochs): temperature \(Decimal.text(report.temperature, 3)), train "
                + "\(percent(report.trainAccuracy)), held out: search \(percent(report.search?.accuracy)), derived "
                + "\(percent(report.derived?.accuracy)) (recalibrated statistics), entropy "
                + "\(Decimal.text(report.entropy, 2)), none \(percent(report.noneShare)), skip \(percent(report.skipShare))"
                + BudgetWords.epoch(report.budget)
        )
    }

    mutating func say(_ note: CoordinatorNote) {
        switch note {
        case .workerGreeted(let label, let greeting):
            line("worker \(label) greets: \(greeting.threads) threads, \(greeting.processor), \(greeting.software)")
        case .workerReady(let label, let idle):
            line("worker \(label) is ready" + (idle > 0 ? "; \(idle) threads more than shards stand idle" : ""))
        case .workerLost(let label, let reason, let shards):
            line("worker \(label) is lost (\(reason)); \(shards) of its shards go to others")
        case .workerLeft(let label, let reason): line("worker \(label) left: \(reason)")
        case .workerRefused(let label, let reason): line("worker \(label) is refused: \(reason)")
        case .waitingForWorkers(let have, let need):
            line("waiting for workers: \(have) ready, \(need) needed")
        case .contributionRejected(let label, let reason): line("worker \(label) sent what cannot be: \(reason)")
        case .garbage(let reason):
            garbageNotes += 1
            if garbageNotes <= Self.garbageNoteLimit { line("dropped \(reason)") }
        case .persistenceFailed(let reason): line("could not be saved: \(reason)")
        }
    }

    /// - Parameter budget: what was asked and what came out; nil where nobody can say.
    func finished(_ budget: String?) {
        if let budget { line(budget) }
        line("results are in \(session.path): normal.svg and reduce.svg show the cell")
    }

    func stopped(by signal: Int32, step: Int) {
        line("stopped by signal \(signal) after step \(step); continue with: snas resume \(session.path)")
    }
}
