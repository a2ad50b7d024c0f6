/// What rounds took one worker, by their load: what its lateness is judged by.
///
/// Fetching and computing are apart, because a round of few shards fetches as much as one of many. Shards are computed as many side
/// by side as there are threads, and what one such row of them takes is what workers of any number of threads can be compared by.
struct WorkerTimes: Sendable {
    private let threads: Int
    private var rows: [RoundLoad: Duration] = [:]
    private var firstRows: [RoundLoad: Duration] = [:]
    private var fetching: [RoundLoad: Duration] = [:]

    init(threads: UInt32) { self.threads = max(1, Int(threads)) }

    /// Of one row of shards; nil where none was measured.
    func row(_ load: RoundLoad) -> Duration? { rows[load] }

    /// Of the first row that was measured: kernels, memory and libraries are warm from then on.
    func firstRow(_ load: RoundLoad) -> Duration? { firstRows[load] }

    /// What so many shards should take, by this worker's own rows.
    func usual(_ load: RoundLoad, shards: Int, isFetching: Bool) -> Duration? {
        rows[load].map { $0 * rowCount(shards) + (isFetching ? fetching[load] ?? .zero : .zero) }
    }

    func rowCount(_ shards: Int) -> Int { max(1, (shards + threads - 1) / threads) }

    mutating func computed(_ load: RoundLoad, shards: Int, in time: Duration) {
        let latest = time / rowCount(shards)
        rows[load] = rows[load].map { ($0 + latest) / 2 } ?? latest
        if firstRows[load] == nil { firstRows[load] = latest }
    }

    /// Others were done before: it is at least so slow.
    mutating func gaveUp(_ load: RoundLoad, shards: Int, after time: Duration) {
        rows[load] = max(rows[load] ?? .zero, time / rowCount(shards))
    }

    /// Weights that a worker holds already take no time: the next ones may have to be fetched again.
    mutating func fetched(_ load: RoundLoad, in time: Duration) {
        fetching[load] = fetching[load].map { max(time, ($0 + time) / 2) } ?? time
    }
}
