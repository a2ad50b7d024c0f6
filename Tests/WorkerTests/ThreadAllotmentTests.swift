import Testing
import Worker

/// Which threads a worker gives to which shards, moment by moment.
struct ThreadAllotmentTests {
    /// Runs work whose every part takes as long until all is done.
    ///
    /// - Parameter seconds: of one piece of work on one thread.
    /// - Returns: how many threads shared each piece, and when the last one was done.
    private func run(
        threads: Int, parts: [Int], seconds: (Int) -> Double, sourceLocation: SourceLocation = #_sourceLocation
    ) -> (widths: [Int], end: Double) {
        var allotment = ThreadAllotment<Int>(threads: threads)
        allotment.add(parts.enumerated().map { ($0.offset, $0.element) }, group: 1)
        var running: [(leader: Int, threads: Int, work: Int, end: Double)] = []
        var widths = Array(repeating: 0, count: parts.count)
        var now = 0.0
        while true {
            for begun in allotment.begin() {
                widths[begun.work] = begun.threads
                running.append(
                    (begun.leader, begun.threads, begun.work, now + seconds(begun.work) / Double(begun.threads)))
            }
            let used = running.reduce(0) { $0 + $1.threads }
            #expect(used <= threads && used == allotment.threadsInUse, sourceLocation: sourceLocation)
            #expect(Set(running.map(\.leader)).count == running.count, sourceLocation: sourceLocation)
            guard let next = running.map(\.end).min() else { break }
            for done in running where done.end == next { allotment.end(done.leader) }
            running.removeAll { $0.end == next }
            now = next
        }
        #expect(!allotment.isWaiting && allotment.threadsInUse == 0, sourceLocation: sourceLocation)
        return (widths, now)
    }

    @Test(
        "For 1 to 70 threads and 1 to 20 equal shards no thread is idle while parts remain: all takes as long as it must"
    )
    func noneIdle() {
        for threads in 1...70 {
            for shards in 1...20 {
                for parts in [1, 8, 64] {
                    let (widths, end) = run(
                        threads: threads, parts: Array(repeating: parts, count: shards), seconds: { _ in 1 })
                    let left = shards % threads
                    let last = left == 0 ? 0 : 1 / Double(min(parts, threads / left))
                    #expect(
                        abs(end - Double(shards / threads) - last) < 1e-9, "\(threads), \(shards), \(parts): \(widths)")
                }
            }
        }
    }

    @Test("Shards of uneven length keep to the threads that there are, and all are computed", arguments: [2, 3, 7, 16])
    func uneven(threads: Int) {
        for shards in 1...12 {
            let (widths, _) = run(
                threads: threads, parts: (0..<shards).map { 1 + $0 % 5 }, seconds: { 1 + Double($0 * 7 % 4) })
            #expect(widths.allSatisfy { $0 >= 1 }, "\(widths)")
        }
    }

    @Test("Shards that share threads are led by the first ones, since each leader keeps helpers of its own")
    func leaders() {
        var allotment = ThreadAllotment<String>(threads: 8)
        for _ in 0..<3 {
            allotment.add([("a", 4), ("b", 4)], group: 1)
            let begun = allotment.begin()
            #expect(begun.map(\.leader) == [0, 4] && begun.map(\.threads) == [4, 4])
            allotment.end(4)
            allotment.end(0)
        }
    }

    @Test(
        "A shard that waits for threads of its own round waits; one whose threads compute what nobody wants begins without them"
    )
    func abandoned() {
        var allotment = ThreadAllotment<String>(threads: 4)
        allotment.add((0..<5).map { ("old \($0)", 8) }, group: 1)
        #expect(allotment.begin().map(\.threads) == [1, 1, 1, 1])
        allotment.end(2)
        #expect(allotment.begin().isEmpty, "the fifth is shared by all four")
        allotment.removeWaiting()
        #expect(!allotment.isWaiting)
        allotment.add([("new 0", 8), ("new 1", 8)], group: 2)
        let first = allotment.begin()
        #expect(first.map(\.work) == ["new 0"] && first.map(\.threads) == [1] && first.map(\.leader) == [2])
        allotment.end(0)
        #expect(allotment.begin().isEmpty, "two were meant for it, and its own round has one of them")
        allotment.end(1)
        let second = allotment.begin()
        #expect(second.map(\.work) == ["new 1"] && second.map(\.threads) == [2])
        #expect(allotment.threadsInUse == 4)
    }

    @Test("What comes later in a round is shared out with what still waits of it, and rounds keep their order")
    func later() {
        var allotment = ThreadAllotment<Int>(threads: 4)
        allotment.add([(0, 8)], group: 1)
        #expect(allotment.begin().map(\.threads) == [4])
        allotment.add([(1, 8)], group: 1)
        allotment.add([(2, 8), (3, 8)], group: 2)
        allotment.add([(4, 8)], group: 1)
        #expect(allotment.begin().isEmpty)
        allotment.end(0)
        let begun = allotment.begin()
        // Two threads each: the first was shared out with the last, which waits behind the other round's.
        #expect(begun.map(\.work) == [1, 2] && begun.map(\.threads) == [2, 2])
        #expect(allotment.threadsInUse == 4 && allotment.isWaiting)
    }
}
