import Formats

/// A part of a whole, 0 to 1, with what it is of.
package struct NamedShare: Sendable, Equatable {
    /// What the share is of, as a network or `held out`.
    package let name: String
    /// 0 to 1; shown in per cent.
    package let share: Double

    package init(_ name: String, _ share: Double) {
        self.name = name
        self.share = share
    }
}

/// What a progress line says.
package struct ProgressSnapshot: Sendable, Equatable {
    /// From 0; shown from 1.
    package var epoch: Int
    /// Of the whole run, those before a resume included.
    package var epochs: Int
    /// Done so far, those before a resume included.
    package var step: Int
    /// After which the run ends, by its epochs or its limit of steps.
    package var steps: Int
    /// Mean over the last step's images, an auxiliary head's share included.
    package var loss: Double
    /// Of the last evaluation.
    package var heldOut: [NamedShare]
    /// Ready now.
    package var workers: Int
    /// Smoothed over the last steps.
    package var imagesPerSecond: Double
    /// By the time from step to step since this start (`StepPace`); infinite or too large ones are shown as `?`.
    package var secondsLeft: Double

    package init(
        epoch: Int, epochs: Int, step: Int, steps: Int, loss: Double, heldOut: [NamedShare], workers: Int,
        imagesPerSecond: Double, secondsLeft: Double
    ) {
        self.epoch = epoch
        self.epochs = epochs
        self.step = step
        self.steps = steps
        self.loss = loss
        self.heldOut = heldOut
        self.workers = workers
        self.imagesPerSecond = imagesPerSecond
        self.secondsLeft = secondsLeft
    }

    /// One line without its end, parts with commas between them.
    package var text: String { parts.map(\.text).joined(separator: ", ") }

    /// The time left and the derived network's accuracy are what people look for first.
    var parts: [FittedLine.Part] {
        let networks = heldOut.map { named in
            FittedLine.Part(
                "\(named.name) \(Decimal.text(100 * named.share, 1)) %",
                importance: heldOut.count == 1 || named.name == "derived" ? 4 : 1)
        }
        return [
            .init("epoch \(epoch + 1)/\(epochs)", importance: 8), .init("step \(step)/\(steps)", importance: 6),
            .init("loss \(Decimal.text(loss, 4))", importance: 5),
            .init("\(workers) worker\(workers == 1 ? "" : "s")", importance: 2),
            .init("\(Decimal.text(imagesPerSecond, 0)) images/s", importance: 3),
        ] + networks + [.init("\(Self.duration(secondsLeft)) left", importance: 7)]
    }

    /// 0 to 1, of all steps.
    var share: Double { steps > 0 ? Double(step) / Double(steps) : 0 }

    /// For programs.
    package var line: LogLine {
        LogLine(
            .progress, text,
            [
                "epoch": .integer(epoch), "epochs": .integer(epochs), "step": .integer(step), "steps": .integer(steps),
                "loss": .number(loss), "workers": .integer(workers), "images_per_second": .number(imagesPerSecond),
                "seconds_left": .number(secondsLeft),
            ])
    }

    /// Seconds, minutes or hours with their next smaller unit; `?` from 1e8 seconds on and for what is not finite.
    package static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds < 1e8 else { return "?" }
        let whole = Int(seconds.rounded())
        if whole < 60 { return "\(whole) s" }
        if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
        return "\(whole / 3600) h \(whole % 3600 / 60) min"
    }
}

/// A bar on a terminal, redrawn in place; elsewhere a plain line, at most every 30 seconds. The caller has the clock, and asks the
/// terminal for its width each time.
package struct ProgressView: Sendable {
    /// What to do on standard error.
    package enum Shown: Sendable, Equatable {
        /// In place of the bar that stands there.
        case bar(String)
        case line(String)
    }

    /// Whether there is a bar.
    package let isTerminal: Bool
    private var nextPlainLine: Duration = .zero
    private var nextBar: Duration = .zero
    private static let plainInterval: Duration = .seconds(30)
    /// Nobody sees more, and a terminal at the end of a slow line takes no more.
    private static let barInterval: Duration = .milliseconds(50)
    private static let barWidth = 20

    /// The first snapshot is shown at once.
    package init(isTerminal: Bool) { self.isTerminal = isTerminal }

    /// Steps; nil for nothing new.
    ///
    /// - Parameter columns: characters in a line of the terminal.
    package mutating func show(_ snapshot: ProgressSnapshot, columns: Int, at now: Duration) -> Shown? {
        if isTerminal { return bar(snapshot.share, snapshot.parts, columns, at: now) }
        guard now >= nextPlainLine else { return nil }
        nextPlainLine = now + Self.plainInterval
        return .line(snapshot.text)
    }

    /// An evaluation, on a terminal alone: elsewhere the log tells of one that takes long.
    package mutating func show(_ snapshot: EvaluationSnapshot, columns: Int, at now: Duration) -> Shown? {
        isTerminal ? bar(snapshot.share, snapshot.parts, columns, at: now) : nil
    }

    private mutating func bar(
        _ share: Double, _ parts: [FittedLine.Part], _ columns: Int, at now: Duration
    ) -> Shown? {
        guard now >= nextBar else { return nil }
        nextBar = now + Self.barInterval
        let done = Int(Double(Self.barWidth) * min(max(0, share), 1))
        let bar = "[" + String(repeating: "#", count: done) + String(repeating: ".", count: Self.barWidth - done) + "]"
        // The last column stays free: some terminals wrap as soon as it is filled.
        let width = columns - 1
        let text = FittedLine.text(parts, separator: ", ", columns: width - bar.count - 1)
        return .bar(
            text.isEmpty ? FittedLine.text(parts, separator: ", ", columns: width, orCut: true) : "\(bar) \(text)")
    }
}
