import SearchProtocol

/// Which of a worker's threads compute which work, as a value: whoever asks it what begins now starts that, and tells it what has ended.
///
/// Work is begun in its order. A shard that several threads share waits until as many are free, unless none of its own round is being
/// computed: then the others are busy with what nobody wants any more, and it begins with the threads that there are.
package struct ThreadAllotment<Work: Sendable>: Sendable {
    /// Work that begins now.
    package struct Begun: Sendable {
        package let work: Work
        /// That compute it together.
        package let threads: Int
        /// The thread that leads them, from 0; the others lend it their cores and rest.
        package let leader: Int
    }

    private struct Waiting {
        let group: UInt64
        let work: Work
        let parts: Int
        var threads = 1
    }

    private let count: Int
    /// Ascending: shared shards are led by few threads, for each leader keeps helpers of its own.
    private var free: [Int]
    private var waiting: [Waiting] = []
    /// By leader.
    private var running: [Int: (group: UInt64, threads: [Int])] = [:]

    /// All of them free.
    package init(threads: Int) {
        precondition(threads >= 1)
        count = threads
        free = Array(0..<threads)
    }

    /// Of work that has begun and not ended.
    package var threadsInUse: Int { count - free.count }
    /// Whether there is work that has not begun.
    package var isWaiting: Bool { !waiting.isEmpty }

    /// - Parameters:
    ///   - parts: more threads are of no use to it.
    ///   - group: what is shared out together, as the shards of a round.
    package mutating func add(_ work: [(work: Work, parts: Int)], group: UInt64) {
        waiting += work.map { Waiting(group: group, work: $0.work, parts: $0.parts) }
        let places = waiting.indices.filter { waiting[$0].group == group }
        let widths = ThreadShares.widths(ofParts: places.map { waiting[$0].parts }, threads: count)
        for (place, width) in zip(places, widths) { waiting[place].threads = width }
    }

    /// Throws away what has not begun.
    package mutating func removeWaiting() { waiting = [] }

    /// What begins now, in its order.
    package mutating func begin() -> [Begun] {
        var begun: [Begun] = []
        while let next = waiting.first, !free.isEmpty {
            let isAlone = !running.values.contains { $0.group == next.group }
            guard free.count >= next.threads || isAlone else { break }
            let threads = Array(free.prefix(next.threads))
            free.removeFirst(threads.count)
            waiting.removeFirst()
            running[threads[0]] = (next.group, threads)
            begun.append(Begun(work: next.work, threads: threads.count, leader: threads[0]))
        }
        return begun
    }

    /// - Parameter leader: of the work that has ended.
    package mutating func end(_ leader: Int) {
        guard let own = running.removeValue(forKey: leader) else { preconditionFailure("thread \(leader) did nothing") }
        free = (free + own.threads).sorted()
    }
}
