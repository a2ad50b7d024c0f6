/// How values spread, in buckets of equal width, as TensorBoard draws it.
package struct EventHistogram: Sendable, Equatable {
    private let least: Double
    private let largest: Double
    private let count: Int
    private let sum: Double
    private let sumOfSquares: Double
    /// The upper end of each bucket, and how many values are above the end before it and not above its own.
    private let limits: [Double]
    private let counts: [Double]

    /// Nil of no values, and of values that are not finite. Values at the range's ends count in its outermost buckets.
    ///
    /// - Parameters:
    ///   - range: where the values lie.
    ///   - buckets: of the whole range; those at either end that are empty are not written.
    package init?(_ values: [Double], in range: ClosedRange<Double>, buckets: Int) {
        precondition(buckets > 0)
        guard let least = values.min(), let largest = values.max(), values.allSatisfy(\.isFinite) else { return nil }
        let width = (range.upperBound - range.lowerBound) / Double(buckets)
        var counts = [Double](repeating: 0, count: buckets)
        for value in values {
            let place = ((value - range.lowerBound) / width).rounded(.up) - 1
            counts[Int(min(max(0, place), Double(buckets - 1)))] += 1
        }
        let filled = (counts.firstIndex { $0 > 0 } ?? 0)...(counts.lastIndex { $0 > 0 } ?? 0)
        self.least = least
        self.largest = largest
        count = values.count
        sum = values.reduce(0, +)
        sumOfSquares = values.reduce(0) { $0 + $1 * $1 }
        limits = filled.map { range.lowerBound + width * Double($0 + 1) }
        self.counts = Array(counts[filled])
    }

    var bytes: [UInt8] {
        var writer = ProtobufWriter()
        writer.double(1, least)
        writer.double(2, largest)
        writer.double(3, Double(count))
        writer.double(4, sum)
        writer.double(5, sumOfSquares)
        writer.doubles(6, limits)
        writer.doubles(7, counts)
        return writer.bytes
    }
}
