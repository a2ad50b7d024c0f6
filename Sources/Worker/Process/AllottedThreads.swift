import Host
import Synchronization

/// Threads that compute work, each piece of it led by one of them and shared by as many as it is allotted (`ThreadAllotment`).
final class AllottedThreads: Sendable {
    /// Told how many threads share it, the calling one included.
    typealias Work = @Sendable (_ threads: Int) -> Void

    private let allotted: Allotted
    private let pool: [NativeThread]

    /// What the threads hold; they must not hold whoever waits for their end.
    private final class Allotted: Sendable {
        private let allotment: Mutex<ThreadAllotment<Work>>
        let queues: [WorkQueue<(work: Work, threads: Int)>]

        init(count: Int) {
            allotment = Mutex(ThreadAllotment(threads: count))
            queues = (0..<count).map { _ in WorkQueue() }
        }

        /// Changes what waits or runs, and hands out what begins by it.
        func change(_ body: (inout ThreadAllotment<Work>) -> Void) {
            allotment.withLock { allotment in
                body(&allotment)
                for begun in allotment.begin() { queues[begun.leader].append([(begun.work, begun.threads)]) }
            }
        }
    }

    /// - Parameter name: of the threads, which get a number besides.
    init(count: Int, name: String) throws {
        let allotted = Allotted(count: count)
        self.allotted = allotted
        pool = try (0..<count).map { number in
            try NativeThread(name: "\(name) \(number)") {
                while let next = allotted.queues[number].next() {
                    next.work(next.threads)
                    allotted.change { $0.end(number) }
                }
            }
        }
    }

    /// What is being computed goes on to its end, and nobody waits for it.
    deinit { close() }

    /// - Parameters:
    ///   - parts: of each piece of work; more threads are of no use to it.
    ///   - group: what is shared out together.
    func add(_ work: [(work: Work, parts: Int)], group: UInt64) {
        allotted.change { $0.add(work, group: group) }
    }

    /// What has not begun is not wanted any more.
    func removeWaiting() { allotted.change { $0.removeWaiting() } }

    private func close() { for queue in allotted.queues { queue.close() } }

    /// Waits for what is being computed. Called once.
    func end() {
        close()
        for thread in pool { thread.join() }
    }
}
