import Randomness

/// Which training images give gradients and which are held out for the search curve: of every class the same share, drawn
/// by the seed.
package struct DataSplit: Sendable, Equatable {
    /// Indices into the training part, ascending.
    package let gradient: [Int]
    package let heldOut: [Int]

    /// - Parameter portion: share that gives gradients; of each class, rounded down.
    package init(labels: [UInt8], classes: Int, portion: Double, seed: UInt64) {
        var gradient: [Int] = []
        var heldOut: [Int] = []
        for label in 0..<classes {
            let members = labels.indices.filter { Int(labels[$0]) == label }
            let stream = RandomStream(seed: seed, purpose: .split, minor: UInt32(label))
            let order = Permutation.shuffled(members.count, stream: stream)
            let count = Int(portion * Double(members.count))
            gradient += order[..<count].map { members[$0] }
            heldOut += order[count...].map { members[$0] }
        }
        self.gradient = gradient.sorted()
        self.heldOut = heldOut.sorted()
    }
}

/// The order in which one epoch visits the gradient images. An epoch is floor(N / batch) steps; what is left over is left
/// out of that epoch.
package struct EpochOrder: Sendable {
    package let epoch: UInt64
    private let order: [Int]

    package init(indices: [Int], seed: UInt64, epoch: UInt64) {
        self.epoch = epoch
        let stream = RandomStream(seed: seed, purpose: .shuffle, major: epoch)
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

package enum FixedShards {
    /// Images `shard` of a pass over `count` images in parts of `size`; the last may be smaller.
    package static func range(_ shard: Int, size: Int, count: Int) -> Range<Int> {
        precondition(shard >= 0 && shard * size < count)
        return shard * size..<min((shard + 1) * size, count)
    }

    package static func shardCount(size: Int, count: Int) -> Int { (count + size - 1) / size }
}
