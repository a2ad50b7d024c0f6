/// What somebody gets who draws k cells at random, looks at one figure of each, and keeps the best by that figure.
package enum BestOfRandom {
    /// The chance of each place, the best first, to be the best of `draws` that are drawn from `count` without putting back:
    /// place r is the one when it is drawn and the others come from behind it, C(count - 1 - r, draws - 1) / C(count, draws).
    package static func chances(count: Int, draws: Int) -> [Double] {
        precondition((1...count).contains(draws))
        var chances: [Double] = []
        var chance = Double(draws) / Double(count)
        for place in 0..<count {
            chances.append(chance)
            let behind = count - 1 - place
            chance = behind > 0 ? max(0, chance * Double(count - place - draws) / Double(behind)) : 0
        }
        return chances
    }

    /// What the one that is kept may be worth, and how likely each is. Of equals each is as likely.
    ///
    /// - Parameters:
    ///   - figures: what is looked at; the lowest is kept.
    ///   - worths: what it is worth, in the same order.
    package static func outcomes(figures: [Double], worths: [Double], draws: Int) -> Outcomes {
        precondition(figures.count == worths.count)
        let order = figures.indices.sorted { figures[$0] < figures[$1] }
        let chances = chances(count: figures.count, draws: draws)
        var outcomes: [(worth: Double, chance: Double)] = []
        var start = 0
        while start < order.count {
            var end = start + 1
            while end < order.count, figures[order[end]] == figures[order[start]] { end += 1 }
            let chance = chances[start..<end].reduce(0, +) / Double(end - start)
            outcomes += order[start..<end].map { (worths[$0], chance) }
            start = end
        }
        return Outcomes(outcomes)
    }

    /// A distribution of worths.
    package struct Outcomes: Sendable {
        private let worths: [(worth: Double, chance: Double)]

        init(_ worths: [(worth: Double, chance: Double)]) { self.worths = worths.sorted { $0.worth < $1.worth } }

        /// Of a choice among several ways to choose, each as likely.
        package init(anyOf outcomes: [Outcomes]) {
            precondition(!outcomes.isEmpty)
            self.init(outcomes.flatMap(\.worths).map { ($0.worth, $0.chance / Double(outcomes.count)) })
        }

        /// The expected worth; infinite where a worth with any chance is.
        package var mean: Double { worths.reduce(0) { $0 + $1.chance * $1.worth } }

        /// The lowest worth that is reached with this chance: 0.05 and 0.95 hold nine draws of ten between them.
        package func quantile(_ chance: Double) -> Double {
            var sum = 0.0
            for outcome in worths {
                sum += outcome.chance
                if sum >= chance - 1e-12 { return outcome.worth }
            }
            return worths[worths.count - 1].worth
        }
    }
}
