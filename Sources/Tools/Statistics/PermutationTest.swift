import Randomness

/// Whether two groups differ in their means by more than chance: how often the same values, dealt into groups of these sizes in
/// any other way, differ as much (R. A. Fisher, *The Design of Experiments*, 1935). All deals where they are few, else a sample
/// with a fixed key, in which the one at hand is counted.
package struct PermutationTest: Sendable, Equatable {
    /// The first mean less the second.
    package let difference: Double
    /// The chance of a difference as low as this one or lower.
    package let chanceOfLower: Double
    /// The chance of a difference as far from zero as this one or farther.
    package let chanceOfFarther: Double
    /// Whether all deals were looked at.
    package let isExact: Bool

    /// Deals up to which all are looked at, and how many a sample has.
    package static let dealLimit = 100_000
    private static let seed: UInt64 = 1
    /// Of sums that are equal but for their rounding.
    private static let slack = 1e-12

    /// - Parameters: groups of one value at least.
    package init(_ first: [Double], _ second: [Double]) {
        precondition(!first.isEmpty && !second.isEmpty)
        let values = first + second
        let total = values.reduce(0, +)
        func difference(_ sum: Double) -> Double {
            sum / Double(first.count) - (total - sum) / Double(second.count)
        }
        let own = difference(first.reduce(0, +))
        let slack = Self.slack * max(1, values.map(abs).max() ?? 1)
        var (lower, farther, deals) = (0, 0, 0)
        func count(_ sum: Double) {
            let other = difference(sum)
            deals += 1
            if other <= own + slack { lower += 1 }
            if abs(other) >= abs(own) - slack { farther += 1 }
        }
        isExact = Self.deals(of: values.count, first.count) <= Self.dealLimit
        if isExact {
            Self.forEachChoice(of: values, first.count, count)
        } else {
            count(first.reduce(0, +))
            for deal in 1..<Self.dealLimit {
                let stream = RandomStream(seed: Self.seed, purpose: .resampling, major: UInt64(deal), minor: 1)
                let order = Permutation.shuffled(values.count, stream: stream)
                count(order[..<first.count].reduce(0.0) { $0 + values[$1] })
            }
        }
        self.difference = own
        chanceOfLower = Double(lower) / Double(deals)
        chanceOfFarther = Double(farther) / Double(deals)
    }

    /// How many ways there are to choose; more than the limit is as good as any number above it.
    private static func deals(of count: Int, _ chosen: Int) -> Int {
        var deals = 1
        for place in 0..<min(chosen, count - chosen) {
            deals = deals * (count - place) / (place + 1)
            if deals > dealLimit { return deals }
        }
        return deals
    }

    /// Calls `body` with the sum of every choice of so many values.
    private static func forEachChoice(of values: [Double], _ chosen: Int, _ body: (Double) -> Void) {
        func choose(from start: Int, left: Int, sum: Double) {
            guard left > 0 else { return body(sum) }
            for place in start...values.count - left {
                choose(from: place + 1, left: left - 1, sum: sum + values[place])
            }
        }
        choose(from: 0, left: chosen, sum: 0)
    }
}
