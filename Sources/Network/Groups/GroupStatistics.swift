import SearchSpace
import Tensors

/// Collects the statistics of each shard of a group. They stay tensors until the pass is over: a device is not waited for in between.
final class GroupStatistics: StatisticCollector {
    private let shardCount: Int
    private var collected: [(entry: StatisticEntry, mean: Tensor, variance: Tensor)] = []

    init(_ layout: WeightLayout, _ entries: [String: StatisticEntry], shardCount: Int) {
        self.shardCount = shardCount
        super.init(layout, entries, absentVariance: 0)
    }

    override func normalised(
        _ input: Tensor, _ name: String, scale: Tensor?, shift: Tensor?, epsilon: Double
    ) throws(TorchError) -> Tensor {
        // A group of one shard is that shard, in its own operators: what groups of more are compared with.
        let (output, mean, variance) =
            shardCount == 1
            ? try input.batchNormalised(scale: scale, shift: shift, epsilon: epsilon)
            : try input.batchNormalised(scale: scale, shift: shift, epsilon: epsilon, shards: shardCount)
        collected.append((entry(name), mean, variance))
        return output
    }

    /// Shards x statistics in the layout's order; 0 of a batch norm that the pass did not compute.
    func byShard(_ layout: WeightLayout) throws(TorchError) -> [[Double]] {
        var shards = [[Double]](
            repeating: [Double](repeating: 0, count: layout.statisticCount), count: shardCount)
        for (entry, mean, variance) in collected {
            let channels = entry.channels
            let (means, variances) = (try mean.doubles(), try variance.doubles())
            for shard in 0..<shardCount {
                for channel in 0..<channels {
                    shards[shard][entry.meanOffset + channel] = means[shard * channels + channel]
                    shards[shard][entry.varianceOffset + channel] = variances[shard * channels + channel]
                }
            }
        }
        return shards
    }
}
