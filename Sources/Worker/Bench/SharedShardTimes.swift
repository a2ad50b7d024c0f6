import Host
import Network
import Optimization
import SearchSpace
import Tensors
import Training

/// What one shard takes as more threads share it, alone on the machine: medians of turns, in each of which every number of threads has
/// its turn.
struct SharedShardTimes {
    /// Of the shard's images.
    let parts: Int
    /// Ascending, from one thread on.
    let times: [(threads: Int, seconds: Double)]
    /// Seconds of a round of the last number of threads that computes nothing: what it takes them to meet.
    let meeting: Double
    /// Seconds in which one shard's vector is added to another's.
    let addition: Double

    private static let turns = 7

    /// - Parameter cores: of the machine: more threads are not tried.
    ///
    /// Precondition: the run has one more step.
    init(of run: PreparedRun, _ training: TrainingRun, cores: Int) throws {
        var next = training
        guard let planned = next.nextRound() else { preconditionFailure("no step is left to be measured") }
        let round = try run.load(planned.job, weights: training.state.weights, statistics: planned.statistics)
        parts = round.parts(of: 0)
        let counts = Self.counts(upTo: min(cores, parts))
        var taken = [[Double]](repeating: [], count: counts.count)
        for turn in 0...Self.turns {
            for (place, threads) in counts.enumerated() {
                // Whoever computes shard after shard has its helpers already, and what each of them works with in its caches.
                try TorchRuntime.useThreads(threads)
                _ = try round.compute(shard: 0, threads: threads)
                let seconds = try Self.seconds { _ = try round.compute(shard: 0, threads: threads) }
                // The first turn starts helpers and fills pools.
                if turn > 0 { taken[place].append(seconds) }
            }
        }
        times = zip(counts, taken).map { ($0, $1.sorted()[Self.turns / 2]) }
        meeting = try Self.meetingSeconds(threads: counts.last ?? 1)
        addition = Self.additionSeconds(run.layout.weightCount + run.layout.statisticCount)
    }

    /// Powers of two, and the last one.
    static func counts(upTo last: Int) -> [Int] {
        var counts: [Int] = []
        var count = 1
        while count < last {
            counts.append(count)
            count *= 2
        }
        return counts + [last]
    }

    private static func meetingSeconds(threads: Int) throws -> Double {
        try TorchRuntime.useThreads(threads)
        let rounds = 2000
        return try seconds { for _ in 0..<rounds { try TorchRuntime.run(parts: threads) { _, _ in true } } }
            / Double(rounds)
    }

    /// A pair of vectors in the tree that sums are added in.
    private static func additionSeconds(_ count: Int) -> Double {
        let tree = ShardTree(shardCount: 2)
        let taken = (0..<turns).map { _ in
            var sum = TreeSum(tree: tree)
            let vectors = (0..<2).map { _ in [Float](repeating: 1, count: count) }
            return seconds { for shard in 0..<2 { _ = sum.fill(tree.leaf(shard), with: vectors[shard]) } }
        }
        return taken.sorted()[turns / 2]
    }

    private static func seconds(_ body: () throws -> Void) rethrows -> Double {
        let start = Clock.monotonic()
        try body()
        return (Clock.monotonic() - start).seconds
    }
}
