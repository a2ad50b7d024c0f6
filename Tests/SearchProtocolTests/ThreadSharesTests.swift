import SearchProtocol
import Testing
import Wire

/// How threads part shards, and what a coordinator expects of workers that do.
struct ThreadSharesTests {
    @Test(
        "For 1 to 70 threads and 1 to 20 shards: whole rows one thread a shard, the last row all threads, as far as there are parts"
    )
    func widths() {
        for threads in 1...70 {
            for shards in 1...20 {
                for parts in [1, 3, 8, 64] {
                    let widths = ThreadShares.widths(ofParts: Array(repeating: parts, count: shards), threads: threads)
                    let left = shards % threads
                    let place = "\(threads) threads, \(shards) shards of \(parts) parts"
                    #expect(widths.count == shards && widths.dropLast(left).allSatisfy { $0 == 1 }, "\(place)")
                    let last = Array(widths.suffix(left))
                    let expected = (0..<left).map {
                        min(parts, threads / left + ($0 < threads % left ? 1 : 0))
                    }
                    #expect(last == expected, "\(place)")
                    #expect(last.reduce(0, +) == min(threads, left * parts) || left == 0, "\(place)")
                }
            }
        }
    }

    @Test("A shard of fewer parts, as the last of an evaluation, leaves its threads to the others")
    func unequal() {
        #expect(ThreadShares.widths(ofParts: [8, 8, 1], threads: 12) == [6, 5, 1])
        #expect(ThreadShares.widths(ofParts: [8, 8, 2], threads: 64) == [8, 8, 2])
        #expect(ThreadShares.widths(ofParts: [2, 64], threads: 64) == [2, 62])
        #expect(ThreadShares.widths(ofParts: [8, 8, 8, 8, 3], threads: 4) == [1, 1, 1, 1, 3])
    }

    @Test(
        "Rows are counted in times of one shard on one thread: three shards of eight parts on two threads take one and a half"
    )
    func rows() {
        #expect(ThreadShares.rows(ofShards: 3, parts: 8, threads: 2) == (12, 8))
        #expect(ThreadShares.rows(ofShards: 8, parts: 8, threads: 4) == (2, 1))
        #expect(ThreadShares.rows(ofShards: 8, parts: 8, threads: 64) == (1, 8))
        // Five threads have two parts at most, as four have.
        #expect(ThreadShares.rows(ofShards: 1, parts: 8, threads: 5) == (2, 8))
        #expect(ThreadShares.rows(ofShards: 1, parts: 1, threads: 5) == (1, 1))
    }

    private func load(images: Int, shards: Int, parts: Int) -> RoundLoad {
        RoundLoad(
            of: RoundJob(
                .gradientBatch, mixing: .relaxed(temperature: 1), yields: [.weightGradient], step: 0, epoch: 0,
                stepInEpoch: 0, shardCount: shards, imageCount: images, table: [0]), shardParts: parts)
    }

    @Test(
        "A worker of eight threads that took 8 s for eight shards is expected to take 1 s for one, 3 s for three, 16 s for nine"
    )
    func expected() {
        var times = WorkerTimes(threads: 8)
        let cut = load(images: 64, shards: 8, parts: 8)
        times.computed(cut, shards: 8, in: .seconds(8))
        func usual(_ shards: Int, of given: Int) -> Duration? {
            times.usual(cut, shards: shards, of: given, isFetching: false)
        }
        #expect(usual(1, of: 1) == .seconds(1) && usual(8, of: 8) == .seconds(8))
        // Three shards have two threads at least: four parts each.
        #expect(usual(3, of: 3) == .seconds(4) && usual(1, of: 3) == .seconds(4), "they began together")
        #expect(usual(9, of: 9) == .seconds(16) && usual(1, of: 9) == .seconds(8), "how far the row is nobody knows")
        let whole = load(images: 64, shards: 8, parts: 1)
        times.computed(whole, shards: 8, in: .seconds(8))
        #expect(times.usual(whole, shards: 1, of: 1, isFetching: false) == .seconds(8))
    }

    @Test("What one shard took that all threads shared says what a row of shards takes: nobody is late for its eight")
    func measured() {
        var times = WorkerTimes(threads: 8)
        let cut = load(images: 64, shards: 8, parts: 8)
        times.computed(cut, shards: 1, in: .seconds(1))
        #expect(times.usual(cut, shards: 8, of: 8, isFetching: false) == .seconds(8))
        // Of two images there are two parts.
        let small = load(images: 16, shards: 8, parts: 8)
        times.computed(small, shards: 1, in: .seconds(1))
        #expect(times.usual(small, shards: 8, of: 8, isFetching: false) == .seconds(2))
    }
}
