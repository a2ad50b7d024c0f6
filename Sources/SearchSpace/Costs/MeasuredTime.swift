/// What many repeats of a pass took, in nanoseconds.
package struct MeasuredTime: Sendable, Equatable {
    package let median: Int
    /// From the lower to the upper quartile.
    package let spread: Int

    package init(median: Int, spread: Int) {
        self.median = median
        self.spread = spread
    }
}
