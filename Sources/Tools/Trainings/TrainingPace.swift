/// How long trainings that run side by side still take.
package struct TrainingPace: Sendable {
    private let sideBySide: Int

    /// - Parameter sideBySide: at once, each on a thread of its own.
    package init(sideBySide: Int) { self.sideBySide = sideBySide }

    /// Nil until as many are done as run at once: the first to be done took its time beside all the others.
    ///
    /// - Parameters:
    ///   - elapsed: seconds since the first began.
    ///   - done: since then.
    package func secondsLeft(elapsed: Double, done: Int, left: Int) -> Double? {
        done >= sideBySide && done > 0 ? elapsed / Double(done) * Double(left) : nil
    }
}
