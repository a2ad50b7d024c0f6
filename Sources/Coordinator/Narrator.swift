import Configuration
import Formats
import Host
import Reporting
import SearchProtocol
import SearchSpace
import Training
import Wire

/// Puts what happens into words: progress and notes on standard error, lines in the log and the metrics.
package struct Narrator {
    private(set) var files: RunFiles
    /// Log and metrics only: nothing on standard error.
    let isQuiet: Bool
    let outline: RunOutline
    private let path: String
    private var progress: ProgressView
    var heldOut: [NamedShare] = []
    private var imagesPerSecond: Double?
    /// Nil before the first step.
    private(set) var live: LiveProgress?
    private var started = Clock.monotonic()
    private var firstStep: Int?
    private var garbageNotes = 0
    private let recent = RecentLines()
    private var isDiskFailing = false
    private let layout: WeightLayout

    /// Garbage on the port is worth a few lines, not a full disk.
    private static let garbageNoteLimit = 20
    /// Weight of the newest step in the images/s shown.
    private static let smoothing = 0.1

    init(_ directory: RunDirectory, _ outline: RunOutline, layout: WeightLayout, isQuiet: Bool) throws {
        self.layout = layout
        self.isQuiet = isQuiet
        self.outline = outline
        path = directory.path
        files = RunFiles(directory)
        try files.forget(stepsFrom: outline.step, epochsFrom: outline.evaluatedEpochs)
        let columns = HostInfo.environment("COLUMNS").flatMap { Int($0) } ?? 120
        let isTerminal =
            StandardStreams.errorIsTerminal && HostInfo.environment("TERM") != "dumb"
            && HostInfo.environment("CI") == nil
        progress = ProgressView(isTerminal: isTerminal, columns: columns)
    }

    func line(_ text: String) {
        recent.add(text)
        if !isQuiet { StandardStreams.note(progress.clearing + text) }
        try? files.log(text)
    }

    /// The newest lines, for whoever asks how the run stands.
    var newest: [String] { recent.lines }

    /// Not shown beside the progress: nobody need do anything about it.
    func drops(_ line: String, _ metrics: JSONValue) {
        try? files.log(line)
        try? files.appendMetrics(metrics)
    }

    /// A disk that is full costs lines, not the run; it is told once until writing works again.
    mutating func keep(_ write: () throws -> Void) {
        do {
            try write()
            if isDiskFailing { line("writing works again") }
            isDiskFailing = false
        } catch {
            if isDiskFailing { return }
            isDiskFailing = true
            line(
                "warning: log or metrics cannot be written: \((error as? any UserFacingError)?.sentence ?? "\(error)")")
        }
    }

    mutating func step(_ report: StepReport, workers: Int, seconds: Double) {
        keep { [files] in try files.metrics(report, workers: workers, seconds: seconds) }
        advance(
            StepFacts(
                step: report.step, epoch: report.epoch, loss: report.loss, hits: report.hits, images: report.images,
                isSkipped: report.isSkipped, more: "temperature \(Decimal.text(report.temperature, 4))"),
            workers: workers, seconds: seconds)
    }

    /// What every kind of step has.
    struct StepFacts {
        let step: Int
        let epoch: Int
        let loss: Double
        let hits: Int
        let images: Int
        let isSkipped: Bool
        /// For the log.
        let more: String
    }

    /// Log and progress.
    mutating func advance(_ report: StepFacts, workers: Int, seconds: Double) {
        if firstStep == nil { firstStep = report.step }
        let rate = Double(report.images) / max(seconds, 1e-6)
        imagesPerSecond = imagesPerSecond.map { $0 + Self.smoothing * (rate - $0) } ?? rate
        if report.isSkipped { line("step \(report.step) skipped: something was not finite") }
        if report.step % outline.reportFreq == 0 {
            let share = 100 * Double(report.hits) / Double(max(1, report.images))
            keep { [files] in
                try files.log(
                    "train \(report.step) \(Decimal.text(report.loss, 6)) \(Decimal.text(share, 2)) \(report.more)")
            }
        }
        let done = report.step + 1
        let elapsed = (Clock.monotonic() - started).seconds
        let perStep = elapsed / Double(max(1, done - (firstStep ?? 0)))
        let snapshot = ProgressSnapshot(
            epoch: report.epoch, epochs: outline.epochs, step: done, steps: outline.lastStep, loss: report.loss,
            heldOut: heldOut, workers: workers,
            imagesPerSecond: imagesPerSecond ?? 0, secondsLeft: perStep * Double(outline.lastStep - done))
        live = LiveProgress(snapshot: snapshot, secondsPerStep: Double(report.images) / max(imagesPerSecond ?? 0, 1e-9))
        if !isQuiet, let text = progress.show(snapshot, at: Clock.monotonic()) { StandardStreams.noteRaw(text) }
    }

    mutating func epoch(_ report: EpochReport, _ verdict: TakeoverWatch.Verdict) {
        let seen = EvaluatedNetwork.allCases.compactMap { network in
            report.heldOut[network].map { (network, $0.accuracy) }
        }
        if !seen.isEmpty { heldOut = seen.map { NamedShare($0.0.rawValue, $0.1) } }
        keep { [files] in try files.metrics(report, verdict) }
        func percent(_ share: Double) -> String { Decimal.text(100 * share, 2) + " %" }
        let accuracies = seen.map { "\($0.0.label) \(percent($0.1))" }.joined(separator: ", ")
        line(
            "epoch \(report.epoch + 1)/\(outline.epochs): temperature \(Decimal.text(report.temperature, 3)), train "
                + percent(report.trainAccuracy)
                + (seen.isEmpty ? "" : ", held out: \(accuracies) (recalibrated statistics)")
                + ", entropy \(Decimal.text(report.entropy, 2)), none \(percent(report.noneShare)), skip "
                + percent(report.skipShare) + BudgetWords.epoch(report.budget))
        for takeover in verdict.news { warn(takeover, report) }
    }

    /// What has been taken over, and how to go back.
    private func warn(_ takeover: Takeover, _ report: EpochReport) {
        let cell = takeover.cell == .normal ? "normal" : "reduction"
        var text = "warning: epoch \(report.epoch + 1): "
        switch takeover.holding {
        case .skips(let count, let all):
            text += "skip_connect holds \(count) of the \(all) live edges of the \(cell) cell"
        case .deadNodes(let count, let all):
            text += "none cuts off \(count) of the \(all) output nodes of the \(cell) cell"
        }
        func share(_ epoch: WatchedEpoch) -> String {
            epoch.derived.map { Decimal.text(100 * $0.accuracy, 2) + " %" } ?? "not evaluated"
        }
        if let best = takeover.fellFrom {
            text += ", and the derived network has fallen from \(share(best)) to \(share(takeover.epoch))"
        }
        guard let best = takeover.goBackTo else {
            return line(text + "; no evaluated epoch before it is sound: begin again with other settings")
        }
        line(
            text + "; the best epoch before it is \(best.epoch + 1) (derived \(share(best))), go back to it with: snas "
                + "resume \(path) --from_epoch \(best.epoch + 1), with other settings (the same give the same "
                + "cell again), or with --max_steps \((best.epoch + 1) * outline.stepsPerEpoch) to take its cell as it is"
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
        case .waitingForWorkers(let have, let need, let limit):
            line(
                "waiting for workers: \(have) ready, \(need) needed; for \(Int(limit.seconds)) s more, then this ends to be "
                    + "resumed (wait_limit_s)")
        case .nonFinite(let label, let step, let shard, let attempt, let place):
            line(
                "worker \(label) computed what is not finite: step \(step), shard \(shard), attempt \(attempt), "
                    + "\(FaultWords.place(place, layout)); it is computed once more")
        case .workerLate(let late): line(FaultWords.late(late))
        case .auditDisputed(let labels, let step, let shard):
            line(
                "audit: workers \(labels.joined(separator: ", ")) computed other bits than each other at step \(step), shard "
                    + "\(shard); one more worker decides")
        case .contributionRejected(let label, let reason): line("worker \(label) sent what cannot be: \(reason)")
        case .garbage(let reason):
            garbageNotes += 1
            if garbageNotes <= Self.garbageNoteLimit { line("dropped \(reason)") }
        case .persistenceFailed(let reason): line("warning: could not be saved: \(reason); the run goes on")
        }
    }
}

/// The newest lines of a run, whoever's copy of the narrator said them.
private final class RecentLines {
    private(set) var lines: [String] = []

    private static let limit = 5

    func add(_ line: String) { lines = Array((lines + [line]).suffix(Self.limit)) }
}
