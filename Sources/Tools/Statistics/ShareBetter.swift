/// The share of a population that is better than one of its kind: 0 is the best, 0.5 is luck.
package enum ShareBetter {
    /// Lower values are better, equal ones count half. Infinity is equal to itself.
    ///
    /// - Parameter population: one at least.
    package static func of(_ value: Double, among population: [Double]) -> Double {
        precondition(!population.isEmpty)
        var halves = 0
        for other in population { halves += other < value ? 2 : other == value ? 1 : 0 }
        return Double(halves) / Double(2 * population.count)
    }

    /// Of each value among all of them; the same, for many values at once.
    package static func ofEach(_ values: [Double]) -> [Double] {
        let sorted = values.sorted()
        return values.map { value in
            let below = sorted.partitioningIndex { $0 >= value }
            let upTo = sorted.partitioningIndex { $0 > value }
            return Double(below + upTo) / Double(2 * values.count)
        }
    }
}

extension [Double] {
    /// The first place from which on all elements belong; all of those are at the end.
    fileprivate func partitioningIndex(_ belongs: (Double) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if belongs(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
