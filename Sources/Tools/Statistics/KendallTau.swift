/// How far two orders of the same things agree: 1 where they are the same, 0 where one says nothing of the other, -1 where they
/// are opposite (M. Kendall, *Rank Correlation Methods*, 1948; the form b, which corrects for ties).
package enum KendallTau {
    /// (agreeing pairs - disagreeing pairs) / sqrt(pairs untied in the first x pairs untied in the second).
    ///
    /// - Returns: nil where one of them has all pairs tied.
    package static func b(_ first: [Double], _ second: [Double]) -> Double? {
        precondition(first.count == second.count)
        var (agreement, untiedFirst, untiedSecond) = (0, 0, 0)
        for left in first.indices {
            for right in first.indices.dropFirst(left + 1) {
                let one = order(first[left], first[right])
                let other = order(second[left], second[right])
                agreement += one * other
                untiedFirst += one * one
                untiedSecond += other * other
            }
        }
        guard untiedFirst > 0, untiedSecond > 0 else { return nil }
        return Double(agreement) / (Double(untiedFirst) * Double(untiedSecond)).squareRoot()
    }

    private static func order(_ left: Double, _ right: Double) -> Int { left < right ? -1 : left > right ? 1 : 0 }
}
