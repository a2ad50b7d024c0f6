package import SearchSpace

/// One column of each row of a table: the one with the largest sum of scores among those whose sizes add up to something in a
/// band, found exactly (a knapsack with a choice from each row).
///
/// With a price m for each unit of size, a choice scores at most B = sum over rows of max(score - m size) + max over the band of
/// m S, and exactly B minus what its columns lose in each row, minus the slack from its S to the end of the band; no loss is
/// negative. So all choices that lose no more than some allowance are had from tables of totals (`SizedTotals`) of either half of
/// the rows that leave out what alone loses more. If the best of them loses no more than the allowance, nothing that was left out
/// is better, and it is the best of all; else the allowance grows. The price only decides how soon that is.
package struct SizedChoice: Sendable, Equatable {
    /// What was found.
    package struct Found: Sendable, Equatable {
        /// One of each row.
        package let columns: [Int]
        /// Of the columns' sizes.
        package let total: Int
        /// False where there were more totals than are kept, and among those that were given up may be a better one.
        package let isProven: Bool
    }

    private let sizes: EdgeTable<Int>
    /// Rows of like sizes side by side, for their totals coincide; the halves grow from either end.
    private let order: [Int]
    private let limits: [Int]

    /// - Parameters:
    ///   - sizes: whole numbers, for then equal totals are equal.
    ///   - limits: totals that a half may keep: at first, and where that leaves a doubt. They bound time and memory (24 bytes a total
    ///     and row).
    package init(_ sizes: EdgeTable<Int>, limits: [Int] = [1 << 12, 1 << 17]) {
        precondition(!limits.isEmpty)
        self.sizes = sizes
        self.limits = limits
        let rows = sizes.shape.rows
        order = rows.indices.sorted { left, right in
            let (one, other) = (sizes.entries[rows[left]], sizes.entries[rows[right]])
            return one.elementsEqual(other) ? left < right : one.lexicographicallyPrecedes(other)
        }
    }

    /// Of choices with equal scores always the same one: where alpha alone decides the first, as without a band.
    ///
    /// - Parameter band: totals that are allowed.
    /// - Returns: nil where no total that is known lies in the band.
    package func best(_ scores: EdgeTable<Double>, in band: ClosedRange<Int>) -> Found? {
        precondition(scores.shape == sizes.shape)
        let free = scores.largestColumns
        if band.contains(total(of: free)) { return found(free, isProven: true) }
        let pricing = Pricing(scores, sizes, band)
        return firstSure { best(pricing, in: band, limit: $0) }
    }

    /// Some choice whose total is nearest to one that is asked for; of two that are equally near the smaller.
    ///
    /// - Returns: `isProven`: false where totals were given up and another may be nearer.
    package func nearest(to asked: Int) -> Found {
        let lossless = sizes.map { _ in 0.0 }
        let nearest = firstSure { limit in
            let halves = Halves(self, lossless, allowedLoss: .infinity, band: bounds, limit: limit)
            let columns = halves.columns(halves.nearestPair(to: asked))
            return found(columns, isProven: total(of: columns) == asked || halves.givenUp == .infinity)
        }
        guard let nearest else { preconditionFailure("rows without totals") }
        return nearest
    }

    /// What the first limit finds with which there is no doubt, or the last one.
    private func firstSure(_ look: (_ limit: Int) -> Found?) -> Found? {
        var found: Found?
        for limit in limits {
            found = look(limit) ?? found
            if found?.isProven == true { break }
        }
        return found
    }

    private func best(_ pricing: Pricing, in band: ClosedRange<Int>, limit: Int) -> Found? {
        let most = pricing.largestLoss
        var allowed = most / Self.firstShare
        while true {
            let isAll = allowed >= most
            let halves = Halves(
                self, pricing.losses, allowedLoss: isAll ? .infinity : allowed, band: band, limit: limit)
            if let pair = halves.bestPair(in: band, price: pricing.price) {
                if isAll || pair.loss <= allowed {
                    return found(halves.columns((pair.first, pair.second)), isProven: pair.loss <= halves.givenUp)
                }
                // What loses as much as this one is enough; a little more, for sums are rounded. Where totals were given up,
                // another look may find no better one: then the allowance has to grow all the same.
                allowed = max(pair.loss * (1 + 1e-9), halves.givenUp.isFinite ? allowed * 4 : 0)
            } else if isAll {
                return nil
            } else {
                allowed *= 4
            }
        }
    }

    /// How small a share of the largest loss the first look allows. Nothing depends on it but time.
    private static let firstShare = 4096.0

    /// The smallest and the largest total.
    package var bounds: ClosedRange<Int> {
        sizes.shape.rows.reduce(0...0) { sum, row in
            let own = sizes.entries[row]
            return sum.lowerBound + (own.min() ?? 0)...sum.upperBound + (own.max() ?? 0)
        }
    }

    private func found(_ columns: [Int], isProven: Bool) -> Found {
        Found(columns: columns, total: total(of: columns), isProven: isProven)
    }

    private func total(of columns: [Int]) -> Int {
        zip(sizes.shape.rows, columns).reduce(0) { $0 + sizes.entries[$1.0.lowerBound + $1.1] }
    }
}

// MARK: The price of a unit of size

extension SizedChoice {
    /// A price with which the best columns come to about the end of the band that is nearer to those without a price.
    private struct Pricing {
        let price: Double
        /// By how much each column is behind its row's best, price paid.
        let losses: EdgeTable<Double>

        init(_ scores: EdgeTable<Double>, _ sizes: EdgeTable<Int>, _ band: ClosedRange<Int>) {
            func priced(_ price: Double) -> EdgeTable<Double> {
                EdgeTable(scores.shape, zip(scores.entries, sizes.entries).map { $0 - price * Double($1) })
            }
            func total(_ price: Double) -> Int {
                let columns = priced(price).largestColumns
                return zip(sizes.shape.rows, columns).reduce(0) { $0 + sizes.entries[$1.0.lowerBound + $1.1] }
            }
            let isTooLarge = total(0) > band.upperBound
            // Sizes are whole: with this price a unit costs more than any score is worth.
            var (none, all) = (0.0, (scores.entries.max() ?? 0) - (scores.entries.min() ?? 0) + 1)
            for _ in 0..<Self.halvings {
                let middle = (none + all) / 2
                let isEnough =
                    isTooLarge ? total(middle) <= band.upperBound : total(-middle) >= band.lowerBound
                if isEnough { all = middle } else { none = middle }
            }
            // No price at all is enough where the smallest one is: then nothing else but size tells columns apart.
            price = none == 0 ? 0 : isTooLarge ? all : -all
            var losses = priced(price)
            for row in scores.shape.rows {
                let best = losses.entries[row].max() ?? 0
                for entry in row { losses.entries[entry] = best - losses.entries[entry] }
            }
            self.losses = losses
        }

        /// As many as a Double has digits.
        private static let halvings = 64

        /// No choice loses more in its columns.
        var largestLoss: Double {
            losses.shape.rows.reduce(0) { $0 + (losses.entries[$1].max() ?? 0) }
        }
    }
}

// MARK: Two halves of the rows

extension SizedChoice {
    /// The totals of either half of the rows, and what pairs of them come to.
    private struct Halves {
        private var first: SizedTotals
        private var second: SizedTotals
        private var firstRows: [Int] = []
        private var secondRows: [Int] = []

        /// The next row goes to the half with fewer totals.
        init(
            _ choice: SizedChoice, _ losses: EdgeTable<Double>, allowedLoss: Double, band: ClosedRange<Int>, limit: Int
        ) {
            let rows = choice.sizes.shape.rows.map { row in
                SizedTotals.Row(sizes: Array(choice.sizes.entries[row]), losses: Array(losses.entries[row]))
            }
            first = SizedTotals(limit: limit)
            second = first
            // What the rows outside of a half come to at least and at most.
            var (outsideOfFirst, outsideOfSecond) = (choice.bounds, choice.bounds)
            func reachable(_ rest: ClosedRange<Int>) -> ClosedRange<Int> {
                band.lowerBound - rest.upperBound...band.upperBound - rest.lowerBound
            }
            func without(_ sum: ClosedRange<Int>, _ row: ClosedRange<Int>) -> ClosedRange<Int> {
                sum.lowerBound - row.lowerBound...sum.upperBound - row.upperBound
            }
            var left = choice.order[...]
            while !left.isEmpty {
                if first.entries.count <= second.entries.count {
                    let row = left.removeFirst()
                    outsideOfFirst = without(outsideOfFirst, rows[row].sizes)
                    first.add(rows[row], allowedLoss: allowedLoss, band: reachable(outsideOfFirst))
                    firstRows.append(row)
                } else {
                    let row = left.removeLast()
                    outsideOfSecond = without(outsideOfSecond, rows[row].sizes)
                    second.add(rows[row], allowedLoss: allowedLoss, band: reachable(outsideOfSecond))
                    secondRows.append(row)
                }
            }
        }

        /// The smallest loss of any choice that was given up.
        var givenUp: Double { min(first.givenUp, second.givenUp) }

        /// Of the pair of totals that loses least. A window over the second half's totals slides down as the first half's grow; of
        /// what is in it only those are remembered that no later one with as little loss displaces.
        func bestPair(
            in band: ClosedRange<Int>, price: Double
        ) -> (first: Int, second: Int, loss: Double)? {
            let (one, other) = (first.entries, second.entries)
            let end = price > 0 ? band.upperBound : band.lowerBound
            /// Without the first half's part, which is the same for the whole window.
            func key(_ place: Int) -> Double { other[place].loss - price * Double(other[place].total) }
            var best: (first: Int, second: Int, loss: Double)?
            var window: [Int] = []
            var (front, next) = (0, other.count - 1)
            for (place, entry) in one.enumerated() {
                while next >= 0, other[next].total >= band.lowerBound - entry.total {
                    while window.count > front, key(window[window.count - 1]) >= key(next) { window.removeLast() }
                    window.append(next)
                    next -= 1
                }
                while front < window.count, other[window[front]].total > band.upperBound - entry.total { front += 1 }
                guard front < window.count else { continue }
                let partner = other[window[front]]
                let loss = entry.loss + partner.loss + price * Double(end - entry.total - partner.total)
                if loss < best?.loss ?? .infinity { best = (place, window[front], loss) }
            }
            return best
        }

        /// Of the pair of totals nearest to one that is asked for.
        func nearestPair(to asked: Int) -> (first: Int, second: Int) {
            let (one, other) = (first.entries, second.entries)
            var best: (first: Int, second: Int, total: Int)?
            var place = other.count - 1
            for (number, entry) in one.enumerated() {
                while place > 0, entry.total + other[place].total > asked { place -= 1 }
                // The last one that is not above, and the first that is.
                for partner in place...min(place + 1, other.count - 1) {
                    let total = entry.total + other[partner].total
                    if let best, (abs(best.total - asked), best.total) <= (abs(total - asked), total) { continue }
                    best = (number, partner, total)
                }
            }
            guard let best else { preconditionFailure("rows without totals") }
            return (best.first, best.second)
        }

        /// A pair's columns by row.
        func columns(_ pair: (first: Int, second: Int)) -> [Int] {
            var columns = [Int](repeating: 0, count: firstRows.count + secondRows.count)
            for (row, column) in zip(firstRows, first.columns(of: pair.first)) { columns[row] = column }
            for (row, column) in zip(secondRows, second.columns(of: pair.second)) { columns[row] = column }
            return columns
        }
    }
}
