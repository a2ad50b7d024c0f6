import Configuration
import Estimation
import SearchSpace
import Wire

/// What the shards of a round computed, where each leaves out what its mixture does not hold.
///
/// PyTorch steps no parameter whose gradient is None: no momentum, no decay. So a weight that no shard used stays as it is, and its
/// velocity too. A batch norm's statistics are the mean over the shards that computed it; those of one that none computed stay.
/// Which operations a shard drew follows from its key: nothing comes over the wire for it.
package struct RoundUsage: Sendable {
    /// Shards that computed each entry of alpha's table.
    private let shards: [Int]
    private let shardCount: Int

    /// - Parameter shards: how many computed each entry of alpha's table.
    package init(shards: [Int], of shardCount: Int) {
        self.shards = shards
        self.shardCount = shardCount
    }

    /// - Returns: nil where every shard computes everything.
    init?(_ job: RoundJob, _ shape: EdgeTableShape, _ plan: TrainingPlan) {
        guard job.mixing.leavesOut else { return nil }
        var shards = [Int](repeating: 0, count: shape.count)
        for shard in 0..<job.shardCount {
            guard let sample = job.sample(shard, shape: shape, plan) else {
                preconditionFailure("a round that leaves out what it does not draw")
            }
            for (entry, weight) in sample.mixture.entries.enumerated() where weight != 0 { shards[entry] += 1 }
        }
        self.init(shards: shards, of: job.shardCount)
    }

    /// - Parameter tableEntry: nil of what every mixture needs.
    func count(_ tableEntry: Int?) -> Int { tableEntry.map { shards[$0] } ?? shardCount }

    /// Places of the weights that no shard used.
    func unusedWeights(_ layout: WeightLayout) -> [Range<Int>] {
        layout.entries.filter { count($0.tableEntry) == 0 }.map(\.range)
    }

    /// Means over the shards that computed them.
    ///
    /// - Parameters:
    ///   - sums: over the shards, those of what a shard did not compute being 0.
    ///   - running: what stays where no shard computed anything.
    func step(_ running: inout [Float], sums: [Float], _ layout: WeightLayout, by rule: (Float, Float) -> Float) {
        for entry in layout.statistics {
            let count = count(entry.tableEntry)
            guard count > 0 else { continue }
            for place in entry.range { running[place] = rule(running[place], sums[place] / Float(count)) }
        }
    }
}
