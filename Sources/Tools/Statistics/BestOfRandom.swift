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

    /// The expected worth of the one that is kept. Of equals each is as likely.
    ///
    /// - Parameters:
    ///   - figures: what is looked at; the lowest is kept.
    ///   - worths: what it is worth, in the same order.
    package static func expectedWorth(figures: [Double], worths: [Double], draws: Int) -> Double {
        precondition(figures.count == worths.count)
        let order = figures.indices.sorted { figures[$0] < figures[$1] }
        let chances = chances(count: figures.count, draws: draws)
        var (expected, start) = (0.0, 0)
        while start < order.count {
            var end = start + 1
            while end < order.count, figures[order[end]] == figures[order[start]] { end += 1 }
            let chance = chances[start..<end].reduce(0, +)
            let worth = order[start..<end].reduce(0.0) { $0 + worths[$1] } / Double(end - start)
            expected += chance * worth
            start = end
        }
        return expected
    }
}
