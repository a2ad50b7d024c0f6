import SearchSpace
package import Tensors

extension SuperNetwork {
    /// The shards as one batch, by operators: convolutions share their weights, batch norms, mixture and loss go by shard.
    package func groupPass(
        _ weights: NetworkWeights, _ shards: [GroupedShard], leavesOut: Bool
    ) throws(TorchError) -> GroupPass {
        try GroupPass(try differentiated(weights, shards, leavesOut: leavesOut), layout)
    }

    /// The same in full precision, for comparisons in tests.
    package func exactGroupPass(
        _ weights: NetworkWeights, _ shards: [GroupedShard], leavesOut: Bool
    ) throws(TorchError) -> ExactGroupPass {
        try ExactGroupPass(try differentiated(weights, shards, leavesOut: leavesOut), layout)
    }

    private func differentiated(
        _ weights: NetworkWeights, _ shards: [GroupedShard], leavesOut: Bool
    ) throws(TorchError) -> GroupTensors {
        precondition(path == .operators, "a group is computed by operators")
        let batch = GroupedBatch(shards)
        let leaves = try weights.leaves()
        let z = try MixtureTensors(
            shards.map { Self.given($0.mixture) }, imageCount: batch.imageCount, precision: precision, device: device)
        let statistics = GroupStatistics(layout, statisticEntries, shardCount: shards.count)
        let context = ForwardContext(
            weights: leaves, z: z, statistics: .ofBatch(statistics), imageCount: batch.imageCount,
            precision: precision, device: device, skipsZeros: leavesOut,
            dropPath: batch.dropPath(edges: edgesOfAllCells), noise: batch.noise, keepsAuxiliarySkips: true)
        let logits = try forward(batch.pixels, context)
        let labels = try Tensor(labels: batch.labels, device: device)
        return try GroupTensors(
            losses: try logits.crossEntropies(labels: labels, smoothing: 0, shards: shards.count), logits: logits,
            labels: labels, batch, by: leaves, groups, z: z.leaves, statistics, parts: leavesOut ? vectorParts : nil,
            precision: precision, device: device)
    }
}
