/// Counts what is observed in buckets, so that Prometheus can say what share came to more than a bound.
package struct MetricHistogram: Sendable, Equatable {
    /// The largest value that each bucket takes, ascending; one more takes what is larger than all.
    private let bounds: [Double]
    private var counts: [Int]
    /// Of all values that were observed.
    package private(set) var sum = 0.0

    /// - Parameter bounds: ascending, without infinity.
    package init(upTo bounds: [Double]) {
        precondition(zip(bounds, bounds.dropFirst()).allSatisfy(<) && bounds.allSatisfy(\.isFinite))
        self.bounds = bounds
        counts = [Int](repeating: 0, count: bounds.count + 1)
    }

    /// Counts one value.
    package mutating func observe(_ value: Double) {
        counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
        sum += value
    }

    /// How many values were observed.
    package var count: Int { counts.reduce(0, +) }

    /// How many values came to at most each bound, infinity the last.
    var cumulative: [(bound: Double, count: Int)] {
        var total = 0
        return zip(bounds + [.infinity], counts).map { bound, count in
            total += count
            return (bound, total)
        }
    }
}
