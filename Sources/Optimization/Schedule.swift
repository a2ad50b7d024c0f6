#if canImport(Glibc)
    import Glibc
#endif

/// How a value gets from its start to its end. The raw values are the names that settings use.
package enum ScheduleShape: String, Sendable, CaseIterable {
    case constant
    case linear
    case exponential
    case cosine
}

/// A value that falls over a run. Positions count from 0; `count` is the run's own number of epochs or steps (the official
/// code divides by 150 whatever the run's length is, and starts one epoch late; we do what the paper means).
package struct Schedule: Sendable, Equatable {
    package let shape: ScheduleShape
    /// At position 0.
    package let start: Double
    /// At the last position; `constant` does not read it, and `exponential` needs it to be positive.
    package let end: Double

    package init(shape: ScheduleShape, start: Double, end: Double) {
        self.shape = shape
        self.start = start
        self.end = end
    }

    /// The temperature's form: `start` at the first position, `end` at the last, e / max(1, E - 1) between.
    package func temperature(at position: Int, of count: Int) -> Double {
        let share = min(1, Double(position) / Double(max(1, count - 1)))
        switch shape {
        case .constant: return start
        case .linear: return start + (end - start) * share
        case .exponential: return start * pow(end / start, share)
        case .cosine: return end + (start - end) * (1 + cos(Double.pi * share)) / 2
        }
    }

    /// The learning rate's form, cosine over E: min + (max - min) (1 + cos(pi e / E)) / 2; `end` is reached after the run.
    package static func cosineLearningRate(at position: Int, of count: Int, maximum: Double, minimum: Double) -> Double
    {
        minimum + (maximum - minimum) * (1 + cos(Double.pi * Double(position) / Double(max(1, count)))) / 2
    }
}
