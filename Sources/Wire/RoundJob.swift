/// What the shards of a round are made of and what is done with them.
package enum RoundKind: UInt8, Sendable, Hashable, CaseIterable {
    /// One step: loss, weight gradients and, in a search, credits and alpha gradient of a training batch.
    case update
    /// Loss and hits of images that give no gradients, with given running statistics: under one mixture in a search; of a
    /// derived network with its predictions, counted in the payload.
    case evaluate
    /// Batch statistics of some gradient images under one mixture, each shard's times its images.
    case recalibrate
}

/// One pure job over numbered shards: everything a shard's result depends on besides the configuration, the data and the
/// weights. Two workers that are given the same job and shard return the same bits.
package struct RoundJob: Sendable, Equatable {
    package var kind: RoundKind
    /// Global step, from 0: keys noise, crops, flips and drop path.
    package var step: UInt64
    /// Epoch, from 0: keys the shuffle.
    package var epoch: UInt32
    package var stepInEpoch: UInt32
    package var shardCount: Int
    /// Images of the whole round; an update's batch, or all that is evaluated.
    package var imageCount: Int
    package var temperature: Double
    package var dropPathProbability: Double
    /// Chance that a shard of a search's update does without an operation that has no weights.
    package var operationDropProbability: Double
    /// Both tables, normal then reduce, edges x operations: alpha for an update (each shard draws its own Z), the mixture
    /// itself for the other kinds (one Z a pass, drawn by the coordinator, or one-hot). Empty for a derived network, which has
    /// neither.
    package var table: [Float]

    package init(
        kind: RoundKind, step: UInt64, epoch: UInt32, stepInEpoch: UInt32, shardCount: Int, imageCount: Int,
        temperature: Double, dropPathProbability: Double, operationDropProbability: Double = 0, table: [Float]
    ) {
        self.kind = kind
        self.operationDropProbability = operationDropProbability
        self.step = step
        self.epoch = epoch
        self.stepInEpoch = stepInEpoch
        self.shardCount = shardCount
        self.imageCount = imageCount
        self.temperature = temperature
        self.dropPathProbability = dropPathProbability
        self.table = table
    }
}

/// What one shard says of itself. These travel shard by shard and are checked before anything is added.
package struct ShardReport: Sendable, Equatable {
    package var shard: Int
    package var imageCount: Int
    /// Mean over the shard's images in an update, sum in an evaluation.
    package var loss: Float
    package var hits: Int
    /// False when any value the shard computed is infinite or not a number.
    package var finite: Bool
    /// The first entry of the shard's payload that is not; nil where all are, or another value is to blame.
    package var nonFiniteEntry: Int?
    /// dL/dalpha, normal then reduce; empty unless the round is a search's update.
    package var alphaGradient: [Float]
    /// dL/dZ, normal then reduce; empty unless the round is a search's update.
    package var credits: [Float]

    package init(
        shard: Int, imageCount: Int, loss: Float, hits: Int, finite: Bool, nonFiniteEntry: Int? = nil,
        alphaGradient: [Float] = [], credits: [Float] = []
    ) {
        self.nonFiniteEntry = nonFiniteEntry
        self.shard = shard
        self.imageCount = imageCount
        self.loss = loss
        self.hits = hits
        self.finite = finite
        self.alphaGradient = alphaGradient
        self.credits = credits
    }
}
