package import Optimization
import SearchSpace
import Tensors

/// What a group of shards gives that was computed as one batch.
package struct GroupPass: Sendable {
    /// Of one shard of the group, by its place.
    package struct Shard: Sendable {
        /// As `TrainingPass` has it: without the loss factor.
        package let loss: Double
        package let hits: Int
        /// dL/dZ of the loss times its factor; 0 of an operation that the shard leaves out. Empty of a derived network.
        package let credits: [Float]
        /// Images x classes.
        package let logits: [Float]
        /// The same of the auxiliary head; empty where there is none.
        package let auxiliaryLogits: [Float]
    }

    package let shards: [Shard]
    /// What the tree over the group's shards sums: the weights' gradient in the layout's order, of the sum of the losses times their
    /// factors, then the statistics of the shards that computed them. Where operations are left out, the parts that any shard computed.
    package let payload: Addend
    /// Weights of the whole network: the payload's first entries.
    package let weightCount: Int

    init(_ tensors: GroupTensors, _ layout: WeightLayout) throws(TorchError) {
        weightCount = layout.weightCount
        let losses = try tensors.losses.doubles()
        let hits = try tensors.logits.hits(labels: tensors.labels, shards: losses.count)
        let logits = try tensors.logits.floats()
        let auxiliary = try tensors.auxiliaryLogits?.floats() ?? []
        let credits = try tensors.credits()
        func part(_ values: [Float], _ shard: Int) -> [Float] {
            let count = values.count / losses.count
            return Array(values[shard * count..<(shard + 1) * count])
        }
        shards = losses.indices.map { shard in
            Shard(
                loss: losses[shard], hits: hits[shard], credits: credits[shard].map { Float($0) },
                logits: part(logits, shard), auxiliaryLogits: part(auxiliary, shard))
        }
        let statistics = try tensors.statistics(layout)
        let sums = (0..<layout.statisticCount).map { place in Float(statistics.reduce(0) { $0 + $1[place] }) }
        payload = try TrainingPass.payload(
            weightCount: layout.weightCount, gradients: tensors.gradients, statistics: sums, computed: tensors.computed)
    }
}

/// The same in full precision, for comparisons in tests.
package struct ExactGroupPass: Sendable {
    /// One a shard.
    package let losses: [Double]
    /// In the layout's order, of the sum of the losses.
    package let weightGradient: [Double]
    /// By shard, as `GroupPass` has them.
    package let credits: [[Double]]
    /// By shard; 0 of what a shard leaves out.
    package let statistics: [[Double]]

    init(_ tensors: GroupTensors, _ layout: WeightLayout) throws(TorchError) {
        losses = try tensors.losses.doubles()
        var gradient = [Double](repeating: 0, count: layout.weightCount)
        for (group, tensor) in tensors.gradients {
            guard let tensor else { continue }
            gradient.replaceSubrange(group.range, with: try tensor.doubles())
        }
        weightGradient = gradient
        credits = try tensors.credits()
        statistics = try tensors.statistics(layout)
    }
}
