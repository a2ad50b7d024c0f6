import SearchSpace
package import Tensors

extension DerivedNetwork {
    /// The shards as one batch, by operators: convolutions share their weights, batch norms and losses go by shard.
    package func groupPass(
        _ weights: NetworkWeights, _ shards: [GroupedShard], leavesOut: Bool = false
    ) throws(TorchError) -> GroupPass {
        try GroupPass(try differentiated(weights, shards), layout)
    }

    /// The same in full precision, for comparisons in tests.
    package func exactGroupPass(
        _ weights: NetworkWeights, _ shards: [GroupedShard]
    ) throws(TorchError) -> ExactGroupPass {
        try ExactGroupPass(try differentiated(weights, shards), layout)
    }

    private func differentiated(
        _ weights: NetworkWeights, _ shards: [GroupedShard]
    ) throws(TorchError) -> GroupTensors {
        precondition(path == .operators, "a group is computed by operators")
        let batch = GroupedBatch(shards)
        let leaves = try weights.leaves()
        let statistics = GroupStatistics(layout, statisticEntries, shardCount: shards.count)
        let context = context(
            leaves, .ofBatch(statistics), batch.imageCount, dropPath: batch.dropPath(edges: edgesOfAllCells),
            batch.noise)
        let (logits, auxiliary) = try forward(batch.pixels, context, readsAuxiliary: plan.hasAuxiliary)
        let labels = try Tensor(labels: batch.labels, device: device)
        func losses(_ logits: Tensor) throws(TorchError) -> Tensor {
            try logits.crossEntropies(labels: labels, smoothing: labelSmoothing, shards: shards.count)
        }
        var total = try losses(logits)
        if let auxiliary { total = try total + (try losses(auxiliary).scaled(by: auxiliaryWeight)) }
        return try GroupTensors(
            losses: total, logits: logits, auxiliaryLogits: auxiliary, labels: labels, batch, by: leaves, groups, z: [],
            statistics, precision: precision, device: device)
    }
}
