import Randomness

/// In which order passes that are no steps visit images. Both orders are such that a pass over fewer images visits the first
/// ones of a longer pass.
package enum ImageOrders {
    /// The order in which gradient images are taken to measure batch statistics: drawn without replacement by the run's seed.
    ///
    /// The cut into shards goes over this order, not over the data set's own: in data that are sorted by class every shard of
    /// the data set's order would hold one class, and its batch statistics be no mixture's.
    package static func recalibration(of indices: [Int], seed: UInt64) -> [Int] {
        let stream = RandomStream(seed: seed, purpose: .recalibration)
        return Permutation.shuffled(indices.count, stream: stream).map { indices[$0] }
    }

    /// The order in which held-out images are evaluated: however many are taken, every class has its share of them to within
    /// an image. Keyed by the split's seed, so that all runs of a series look at the same images.
    package static func evaluation(of indices: [Int], labels: [UInt8], classes: Int, seed: UInt64) -> [Int] {
        var members = [[Int]](repeating: [], count: classes)
        for index in indices { members[Int(labels[index])].append(index) }
        var places: [(rank: Int, label: Int, index: Int)] = []
        for (label, own) in members.enumerated() {
            let stream = RandomStream(seed: seed, purpose: .evaluationImages, minor: UInt32(label))
            let order = Permutation.shuffled(own.count, stream: stream)
            places += order.enumerated().map { (rank: $0.offset, label: label, index: own[$0.element]) }
        }
        // The k-th of n images of a class belongs at the share (2k + 1) / 2n of the whole; compared without a division.
        return places.sorted { left, right in
            let (own, other) = (
                (2 * left.rank + 1) * members[right.label].count, (2 * right.rank + 1) * members[left.label].count
            )
            return (own, left.label) < (other, right.label)
        }.map(\.index)
    }
}
