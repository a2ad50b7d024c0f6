/// What rounds took one worker, by their load: what its lateness is judged by.
///
/// Fetching and computing are apart, because a round of few shards fetches as much as one of many. Shards are computed as many side
/// by side as there are threads, and fewer shards share the threads (`ThreadShares`): what one shard takes one thread is what workers of
/// any number of threads can be compared by.
package struct WorkerTimes: Sendable {
    private let threads: Int
    private var rows: [RoundLoad: Duration] = [:]
    private var firstRows: [RoundLoad: Duration] = [:]
    private var fetching: [RoundLoad: Duration] = [:]

    /// Of a worker with so many threads; nothing is measured yet.
    package init(threads: UInt32) { self.threads = max(1, Int(threads)) }

    /// Of one row of shards, each on one thread; nil where none was measured.
    func row(_ load: RoundLoad) -> Duration? { rows[load] }

    /// Of the first row that was measured: kernels, memory and libraries are warm from then on.
    func firstRow(_ load: RoundLoad) -> Duration? { firstRows[load] }

    /// What shards should take that are still open, by this worker's own rows.
    ///
    /// - Parameter given: shards that it was given with them, themselves included.
    package func usual(_ load: RoundLoad, shards: Int, of given: Int, isFetching: Bool) -> Duration? {
        rows[load].map {
            time(of: shards, of: given, load, row: $0) + (isFetching ? fetching[load] ?? .zero : .zero)
        }
    }

    /// What open shards should take where a row takes so long. Shards that were given together are shared out together: of what is left of
    /// several rows nobody here knows how many threads compute it, so that it counts as a row.
    func time(of shards: Int, of given: Int, _ load: RoundLoad, row: Duration) -> Duration {
        guard max(shards, given) < threads else { return row * max(1, (shards + threads - 1) / threads) }
        let (numerator, denominator) = rowCount(max(shards, given), load)
        return row * numerator / denominator
    }

    private func rowCount(_ shards: Int, _ load: RoundLoad) -> (Int, Int) {
        ThreadShares.rows(ofShards: max(1, shards), parts: load.parts, threads: threads)
    }

    private func row(of shards: Int, _ load: RoundLoad, in time: Duration) -> Duration {
        let (numerator, denominator) = rowCount(shards, load)
        return time * denominator / numerator
    }

    /// So many shards, given together, took so long.
    package mutating func computed(_ load: RoundLoad, shards: Int, in time: Duration) {
        let latest = row(of: shards, load, in: time)
        rows[load] = rows[load].map { ($0 + latest) / 2 } ?? latest
        if firstRows[load] == nil { firstRows[load] = latest }
    }

    /// Others were done before: it is at least so slow.
    mutating func gaveUp(_ load: RoundLoad, shards: Int, after time: Duration) {
        rows[load] = max(rows[load] ?? .zero, row(of: shards, load, in: time))
    }

    /// Weights that a worker holds already take no time: the next ones may have to be fetched again.
    mutating func fetched(_ load: RoundLoad, in time: Duration) {
        fetching[load] = fetching[load].map { max(time, ($0 + time) / 2) } ?? time
    }
}
