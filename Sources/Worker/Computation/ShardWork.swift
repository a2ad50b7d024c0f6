import Datasets
import Estimation
import Network
import Optimization
import SearchSpace
import Wire

/// One shard of a round: all that it read, and what came of it.
struct ShardWork: Sendable {
    let inputs: ShardInputs
    /// As it is sent.
    let report: ShardReport
    /// As it is added to those of other shards, or sent where no other is computed here.
    let payload: Addend
    /// Images x classes; none of a round that measures statistics alone.
    let logits: [Float]
    /// Of the auxiliary head; none where it is not computed.
    let auxiliaryLogits: [Float]

    init(
        _ inputs: ShardInputs, report: ShardReport, payload: Addend, logits: [Float] = [],
        auxiliaryLogits: [Float] = []
    ) {
        self.inputs = inputs
        self.report = report
        self.payload = payload
        self.logits = logits
        self.auxiliaryLogits = auxiliaryLogits
    }
}

/// What a shard's pass reads besides weights and statistics.
struct ShardInputs: Sendable {
    /// Augmented where the round's images are.
    let batch: ImageBatch
    /// Nil where the round's table is the mixture, or there is none.
    let draw: ShardDraw?
    /// What the operations' outputs are multiplied with; nil of a derived network.
    let mixture: EdgeTable<Float>?
    /// Edges of all cells x images; nil drops nothing.
    var dropPath: [Float]?
    /// Of the operation `noise`, where an edge has it.
    let noise: PassNoise

    init(_ batch: ImageBatch, draw: ShardDraw? = nil, mixture: EdgeTable<Float>?, noise: PassNoise) {
        self.batch = batch
        self.draw = draw
        self.mixture = mixture
        self.noise = noise
    }
}

/// A shard's own mixture of alpha, with the operations that are left out of it.
struct ShardDraw: Sendable {
    let sample: any ShardSample
    let dropout: OperationDropout

    var mixture: EdgeTable<Float> { dropout.kept(sample.mixture) }

    /// dL/dZ of the sample.
    func credits(_ credits: [Float]) -> EdgeTable<Float> {
        dropout.credits(EdgeTable(dropout.keeps.shape, credits))
    }
}
