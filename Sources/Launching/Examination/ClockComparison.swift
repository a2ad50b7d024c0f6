/// How another machine's calendar clock stands to this one's: it was asked a few times, and the answer that came soonest counts.
package struct ClockComparison: Sendable, Equatable {
    /// A question and its answer, in seconds since 1970.
    package struct Exchange: Sendable, Equatable {
        /// By this machine's clock, when it asked.
        package let asked: Double
        /// By the other one's.
        package let there: Double
        /// By this machine's, when the answer was here.
        package let answered: Double
        /// What the other clock counts in: 1 for one that says whole seconds.
        package let grain: Double

        package init(asked: Double, there: Double, answered: Double, grain: Double = 0) {
            (self.asked, self.there, self.answered, self.grain) = (asked, there, answered, grain)
        }

        var trip: Double { answered - asked }
    }

    /// The other clock's time less this one's.
    package let offsetSeconds: Double
    /// The offset is wrong by no more: nobody knows when between question and answer the other clock was read.
    package let uncertaintySeconds: Double

    /// - Returns: nil without an exchange, or where this machine's clock was set back meanwhile.
    package init?(_ exchanges: [Exchange]) {
        guard let best = exchanges.filter({ $0.trip >= 0 }).min(by: { $0.trip + $0.grain < $1.trip + $1.grain })
        else { return nil }
        // Of a clock that says whole seconds any moment of that second may be meant.
        offsetSeconds = best.there + best.grain / 2 - (best.asked + best.answered) / 2
        uncertaintySeconds = (best.trip + best.grain) / 2
    }

    /// What is surely different: nothing of it is the uncertainty's.
    package var certainSeconds: Double { max(0, abs(offsetSeconds) - uncertaintySeconds) }

    /// Reads `date +%s.%N`; a `date` without nanoseconds leaves something else behind the point.
    static func time(_ text: String) -> (seconds: Double, grain: Double)? {
        let parts = text.split(separator: ".", maxSplits: 1)
        guard let first = parts.first, first.allSatisfy(\.isNumber), let whole = Double(first), whole < 1e11 else {
            return nil
        }
        guard parts.count == 2, parts[1].count == 9, let nanoseconds = Double(parts[1]), nanoseconds >= 0 else {
            return (whole, 1)
        }
        return (whole + nanoseconds * 1e-9, 0)
    }
}
