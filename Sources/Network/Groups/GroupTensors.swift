import Optimization
import SearchSpace
import Tensors

/// What came of a group's one pass, still as tensors.
struct GroupTensors {
    /// One a shard.
    let losses: Tensor
    let logits: Tensor
    let auxiliaryLogits: Tensor?
    let labels: Tensor
    /// By group of weights; nil stands for zeros.
    let gradients: [(WeightGroup, Tensor?)]
    /// By kind of cell, shards x entries; nil stands for zeros.
    private let creditTables: [Tensor?]
    private let collector: GroupStatistics
    private let mixtures: [EdgeTable<Float>]
    private let leavesOut: Bool
    /// How a payload is cut where operations are left out.
    private let parts: VectorParts?

    /// Differentiates the sum of the shards' losses, each times its factor.
    ///
    /// - Parameters:
    ///   - losses: one a shard.
    ///   - z: empty of a derived network.
    ///   - parts: where operations whose Z is 0 are left out, how a payload is cut; nil where none is.
    init(
        losses: Tensor, logits: Tensor, auxiliaryLogits: Tensor? = nil, labels: Tensor, _ batch: GroupedBatch,
        by leaves: NetworkWeights, _ groups: [WeightGroup], z: [Tensor], _ collector: GroupStatistics,
        parts: VectorParts? = nil, precision: Precision, device: ComputeDevice
    ) throws(TorchError) {
        let factors = try Tensor(
            batch.lossFactors, shape: [batch.shards.count], precision: precision, device: device)
        let gradients = try Gradients.of(try losses.innerProduct(factors), by: leaves.ordered + z)
        self.losses = losses
        self.logits = logits
        self.auxiliaryLogits = auxiliaryLogits
        self.labels = labels
        self.gradients = Array(zip(groups, gradients))
        creditTables = Array(gradients.suffix(z.count))
        self.collector = collector
        mixtures = batch.shards.compactMap(\.mixture)
        leavesOut = parts != nil
        self.parts = parts
    }

    /// By shard. An operation that a shard leaves out was computed with weight 0 where another shard has it: the shard does not know
    /// its credit, as if it had been alone.
    func credits() throws(TorchError) -> [[Double]] {
        var credits = [[Double]](repeating: [], count: losses.count)
        for (kind, table) in zip(mixtures.first?.shape.kinds ?? [], creditTables) {
            let own = mixtures[0][kind].count
            let values = try table?.doubles() ?? [Double](repeating: 0, count: own * credits.count)
            for shard in credits.indices { credits[shard] += values[shard * own..<(shard + 1) * own] }
        }
        guard leavesOut else { return credits }
        for (shard, mixture) in mixtures.enumerated() {
            for (entry, weight) in mixture.entries.enumerated() where weight == 0 { credits[shard][entry] = 0 }
        }
        return credits
    }

    /// By shard; those of a batch norm that a shard leaves out count as 0, whoever else computed it.
    func statistics(_ layout: WeightLayout) throws(TorchError) -> [[Double]] {
        var statistics = try collector.byShard(layout)
        guard leavesOut else { return statistics }
        for (shard, mixture) in mixtures.enumerated() {
            for entry in layout.statistics {
                guard let place = entry.tableEntry, mixture.entries[place] == 0 else { continue }
                for own in entry.range { statistics[shard][own] = 0 }
            }
        }
        return statistics
    }

    /// The parts that any shard computed: what a sum over the shards' payloads has.
    var computed: (parts: PartSet, whole: VectorParts)? {
        guard let parts, let first = mixtures.first else { return nil }
        let used = first.entries.indices.filter { entry in mixtures.contains { $0.entries[entry] != 0 } }
        return (parts.set(of: used), parts)
    }
}
