/// The totals that some rows of a table of sizes come to, each with the smallest loss with which a choice of one column a row
/// reaches it, and with that choice: dynamic programming over the rows.
///
/// Of several choices with the same total only the best can be part of a best whole, so one is kept. What else is left out can be
/// part of none: choices that lose more than is allowed, and totals from which no rest of the rows reaches the band. Where more
/// totals than the limit remain, they are thinned to the best of each of as many intervals; what was thereby given up lost at
/// least `givenUp`.
struct SizedTotals {
    /// A row's columns of different sizes, the best of each size.
    struct Row {
        let columns: [(column: Int, size: Int, loss: Double)]
        let sizes: ClosedRange<Int>

        /// - Parameters:
        ///   - sizes: of the row's columns.
        ///   - losses: of them, 0 at least; of equals the first is kept.
        init(sizes: [Int], losses: [Double]) {
            precondition(!sizes.isEmpty && sizes.count == losses.count)
            var best: [Int: Int] = [:]
            for column in sizes.indices where losses[column] < best[sizes[column]].map({ losses[$0] }) ?? .infinity {
                best[sizes[column]] = column
            }
            columns = best.values.sorted { sizes[$0] < sizes[$1] }.map { ($0, sizes[$0], losses[$0]) }
            self.sizes = (sizes.min() ?? 0)...(sizes.max() ?? 0)
        }
    }

    struct Entry {
        let total: Int
        let loss: Double
        /// Its place among the entries of the rows before.
        let before: Int32
        /// What the newest row adds.
        let column: Int32
    }

    /// After no row, after one, and so on; each in the order of its totals, every total once.
    private var layers: [[Entry]] = [[Entry(total: 0, loss: 0, before: 0, column: 0)]]
    /// The smallest loss of any choice that was thinned out; infinite while none was.
    private(set) var givenUp = Double.infinity
    private let limit: Int

    /// Of no row.
    ///
    /// - Parameter limit: totals that are kept after each row.
    init(limit: Int) {
        precondition(limit > 0)
        self.limit = limit
    }

    /// Of all rows that were added.
    var entries: [Entry] { layers[layers.count - 1] }

    /// - Parameters:
    ///   - allowedLoss: choices that lose more are left out.
    ///   - band: totals that the rows so far may come to, such that a rest can reach what is asked for.
    mutating func add(_ row: Row, allowedLoss: Double, band: ClosedRange<Int>) {
        let known = entries
        var merged: [Entry] = []
        for (column, size, loss) in row.columns where loss <= allowedLoss {
            let shifted = known.enumerated().compactMap { place, entry -> Entry? in
                let (total, sum) = (entry.total + size, entry.loss + loss)
                guard sum <= allowedLoss, band.contains(total) else { return nil }
                return Entry(total: total, loss: sum, before: Int32(place), column: Int32(column))
            }
            merged = merged.isEmpty ? shifted : Self.merged(merged, shifted)
        }
        layers.append(merged.count > limit ? thinned(merged) : merged)
    }

    /// The columns of one of `entries`, in the order in which the rows were added.
    func columns(of place: Int) -> [Int] {
        var (place, columns) = (place, [Int]())
        for layer in layers.dropFirst().reversed() {
            columns.append(Int(layer[place].column))
            place = Int(layer[place].before)
        }
        return columns.reversed()
    }

    /// Of equals the one of the first list is kept.
    private static func merged(_ first: [Entry], _ second: [Entry]) -> [Entry] {
        var result: [Entry] = []
        result.reserveCapacity(first.count + second.count)
        var (left, right) = (0, 0)
        while left < first.count, right < second.count {
            let (one, other) = (first[left], second[right])
            if one.total < other.total {
                result.append(one)
            } else if other.total < one.total {
                result.append(other)
            } else {
                result.append(other.loss < one.loss ? other : one)
            }
            left += one.total <= other.total ? 1 : 0
            right += other.total <= one.total ? 1 : 0
        }
        result += first[left...]
        result += second[right...]
        return result
    }

    private mutating func thinned(_ entries: [Entry]) -> [Entry] {
        guard let first = entries.first, let last = entries.last else { return entries }
        let width = (last.total - first.total) / limit + 1
        var (kept, interval) = ([Entry](), -1)
        for entry in entries {
            let own = (entry.total - first.total) / width
            guard own == interval, let best = kept.last else {
                kept.append(entry)
                interval = own
                continue
            }
            givenUp = min(givenUp, max(entry.loss, best.loss))
            if entry.loss < best.loss { kept[kept.count - 1] = entry }
        }
        return kept
    }
}
