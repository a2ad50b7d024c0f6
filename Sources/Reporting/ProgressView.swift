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
    package var text: String {
        var parts = [
            "epoch \(epoch + 1)/\(epochs)", "step \(step)/\(steps)", "loss \(Decimal.text(loss, 4))",
            "\(workers) worker\(workers == 1 ? "" : "s")", "\(Decimal.text(imagesPerSecond, 0)) images/s",
        ]
        parts += heldOut.map { "\($0.name) \(Decimal.text(100 * $0.share, 1)) %" }
        parts.append("\(Self.duration(secondsLeft)) left")
        return parts.joined(separator: ", ")
    }

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

/// A bar on a terminal, redrawn in place; elsewhere a plain line, at most every 30 seconds. The caller has the clock.
package struct ProgressView: Sendable {
    private let isTerminal: Bool
    private let columns: Int
    private var nextPlainLine: Duration = .zero
    private static let plainInterval: Duration = .seconds(30)
    private static let barWidth = 20

    /// The first snapshot is shown at once.
    ///
    /// - Parameter columns: of the terminal; at least 20 are taken.
    package init(isTerminal: Bool, columns: Int) {
        self.isTerminal = isTerminal
        self.columns = max(20, columns)
    }

    /// What to write to standard error now; nil for nothing.
    package mutating func show(_ snapshot: ProgressSnapshot, at now: Duration) -> String? {
        if isTerminal {
            let done = snapshot.steps == 0 ? 0 : Self.barWidth * min(snapshot.step, snapshot.steps) / snapshot.steps
            let bar = String(repeating: "#", count: done) + String(repeating: ".", count: Self.barWidth - done)
            return "\r\u{1B}[K" + String("[\(bar)] \(snapshot.text)".prefix(columns - 1))
        }
        guard now >= nextPlainLine else { return nil }
        nextPlainLine = now + Self.plainInterval
        return snapshot.text + "\n"
    }

    /// Clears the bar before another line is written.
    package var clearing: String { isTerminal ? "\r\u{1B}[K" : "" }
}
