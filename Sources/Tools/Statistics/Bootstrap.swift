import Randomness

/// How far a mean over few searches may be from the mean over all seeds: the percentile bootstrap (B. Efron, *Bootstrap Methods:
/// Another Look at the Jackknife*, 1979). The draws have a fixed key, so that the same figures give the same bounds.
package struct Bootstrap: Sendable, Equatable {
    /// Means that a bound is read from.
    package static let resamples = 10_000
    private static let seed: UInt64 = 1

    /// Ascending.
    private let means: [Double]

    /// - Parameter values: two at least: one says nothing of the others.
    package init?(_ values: [Double]) {
        guard values.count >= 2 else { return nil }
        let count = values.count
        means = (0..<Self.resamples).map { resample in
            let stream = RandomStream(seed: Self.seed, purpose: .resampling, major: UInt64(resample))
            var sum = 0.0
            for place in 0..<count { sum += values[Int(stream.below(UInt32(count), UInt64(place)))] }
            return sum / Double(count)
        }.sorted()
    }

    /// The value below which a share of the resampled means lies: 0.9 gives the upper bound that holds in nine cases of ten.
    package func quantile(_ share: Double) -> Double {
        precondition((0...1).contains(share))
        return means[min(means.count - 1, Int(share * Double(means.count)))]
    }
}
