package import Randomness

/// The order in which one epoch visits the images of a stream. An epoch is floor(N / batch) steps; what is left over is left
/// out of that epoch.
package struct EpochOrder: Sendable {
    private let order: [Int]

    /// Shuffles the images; the same (seed, epoch, images) and indices give the same order everywhere.
    ///
    /// - Parameters:
    ///   - indices: into the data set, in the split's order.
    ///   - epoch: from 0; a pass over the search images counts as one.
    package init(indices: [Int], seed: UInt64, epoch: UInt64, images: ImageStream = .gradient) {
        let stream = RandomStream(seed: seed, purpose: .shuffle, major: epoch, images: images)
        order = Permutation.shuffled(indices.count, stream: stream).map { indices[$0] }
    }

    /// Images of one shard of one step: equal parts of the batch, in shard order.
    package func shard(_ shard: Int, of shardCount: Int, stepInEpoch: Int, batchSize: Int) -> [Int] {
        precondition(batchSize % shardCount == 0 && (stepInEpoch + 1) * batchSize <= order.count)
        let size = batchSize / shardCount
        let start = stepInEpoch * batchSize + shard * size
        return Array(order[start..<start + size])
    }
}

/// The shards of passes that are no steps: evaluations and the measuring of batch statistics.
package enum FixedShards {
    /// Images `shard` of a pass over `count` images in parts of `size`; the last may be smaller.
    package static func range(_ shard: Int, size: Int, count: Int) -> Range<Int> {
        precondition(shard >= 0 && shard * size < count)
        return shard * size..<min((shard + 1) * size, count)
    }

    /// Shards that it takes to see all of `count` images, the last perhaps smaller.
    package static func shardCount(size: Int, count: Int) -> Int { (count + size - 1) / size }
}
