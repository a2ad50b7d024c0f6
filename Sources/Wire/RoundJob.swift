/// Which images a round's shards are cut from.
package enum RoundImages: UInt8, Sendable, Hashable, CaseIterable {
    /// A batch of the gradient images, in the shuffled order of its epoch, augmented; equal shards.
    case gradientBatch
    /// The first of the gradient images in an order that a key decides, as they are; shards of a fixed size, the last may be smaller.
    case gradientSample
    /// The first of the held-out images in a fixed order, as they are; shards alike.
    case heldOut
    /// A batch of the search images, as one of the gradient images: alpha of a bilevel search learns from them.
    case searchBatch
    /// A batch of the search images in the shuffled order of a pass, as they are; equal shards, each of which judges a child.
    case rewardBatch
    /// The first of the images that candidates are chosen by, in a fixed order, as they are; shards of a fixed size.
    case choosing

    /// Whether it is a batch of a step that networks are trained on: augmented, cut into equal shards, its draws keyed by the step.
    package var isBatch: Bool { self == .gradientBatch || self == .searchBatch }
}

/// How a shard makes the mixture that weighs the operations of each edge.
package enum Mixing: Sendable, Hashable {
    /// No edge has anything to weigh: the network is a derived one.
    case none
    /// The job's table is alpha, and each shard draws its own relaxed sample of it (Gumbel-softmax).
    case relaxed(temperature: Double)
    /// The same draw, of which a shard leaves out the operations whose weight is below the floor.
    case floored(temperature: Double, floor: Double)
    /// The same draw, of which a shard computes the operation with the largest weight on each edge alone, as if it were the only one
    /// (GDAS: Dong and Yang 2019).
    case oneHot(temperature: Double)
    /// The job's table is alpha, and each shard draws one operation an edge from softmax(alpha) and computes it alone: a child
    /// (DSNAS: Hu et al. 2020; ENAS: Pham et al. 2018).
    case categorical
    /// The job's table is alpha, and every shard's mixture is softmax(alpha): nothing is drawn (DARTS).
    case softmax
    /// The job's table is the mixture, the same for every shard.
    case given

    /// Whether the table is alpha, of which a shard makes its mixture: then the mixture's slopes are alpha's too.
    package var readsAlpha: Bool {
        switch self {
        case .relaxed, .floored, .oneHot, .categorical, .softmax: true
        case .none, .given: false
        }
    }

    /// Whether a shard leaves out what its mixture does not hold, weights and batch statistics with it.
    package var leavesOut: Bool {
        switch self {
        case .floored, .oneHot, .categorical: true
        case .none, .relaxed, .softmax, .given: false
        }
    }
}

/// What a round yields beside its loss, hits and number of images, which every shard reports.
package struct RoundYields: OptionSet, Sendable, Hashable {
    /// One byte on the wire.
    package let rawValue: UInt8

    /// Takes unknown bits; a job that holds any is refused where it is decoded.
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// In the payload: the gradient of every weight, the mean over the shard's images.
    package static let weightGradient = RoundYields(rawValue: 1)
    /// In the shards' reports: dL/dalpha by the shard's own draw, and the credits that it came from.
    package static let alphaGradient = RoundYields(rawValue: 2)
    /// In the payload: mean and unbiased variance of every batch norm over the shard's own images. In a round without a gradient they
    /// are multiplied by the number of the shard's images, for its shards need not be equal.
    package static let statistics = RoundYields(rawValue: 4)
    /// In the payload: the confusion matrix and the images whose label is among the five largest logits.
    package static let predictions = RoundYields(rawValue: 8)
    /// In the shards' reports: the accuracy of the shard's child times its score, with the sign of a gradient that is descended. By
    /// forward alone; a batch norm normalises with the shard's own images.
    package static let policyGradient = RoundYields(rawValue: 16)
    /// In the payload, behind the predictions: the logits of every image, a part for each shard.
    package static let logits = RoundYields(rawValue: 32)

    /// What this version knows.
    package static let all: RoundYields = [
        .weightGradient, .alphaGradient, .statistics, .predictions, .policyGradient, .logits,
    ]

    /// Whether something is stepped by it: then what is not finite is no answer.
    package var hasGradient: Bool { !isDisjoint(with: [.weightGradient, .alphaGradient, .policyGradient]) }
}

/// One pure job over numbered shards: everything a shard's result depends on besides the configuration, the data and the
/// weights. Two workers that are given the same job and shard return the same bits.
package struct RoundJob: Sendable, Equatable {
    /// Decides the stream that keys crops, masks and noise, too: rounds of one stream in a step share them.
    package var images: RoundImages
    /// `none` where the table is empty, and only there.
    package var mixing: Mixing
    /// Decides what a shard computes: a training pass, batch statistics or an evaluation.
    package var yields: RoundYields
    /// Global step, from 0: keys noise, crops, flips and drop path.
    package var step: UInt64
    /// Epoch, or pass through the search images, from 0: keys the shuffle.
    package var epoch: UInt32
    /// Which batch of the shuffled images it is, from 0.
    package var stepInEpoch: UInt32
    /// 1 to `WireLimits.shards`, whoever computes them. Of a batch all are equal.
    package var shardCount: Int
    /// Images of the whole round.
    package var imageCount: Int
    /// Chance, in 0..<1, that an edge of a cell passes nothing of an image on (drop path); the rest is divided by the share kept.
    package var dropPathProbability: Double
    /// Chance that a shard does without an operation that has no weights.
    package var operationDropProbability: Double
    /// What `mixing` says, an entry for each operation on each edge; empty where there is nothing to mix.
    package var table: [Float]
    /// What each shard's loss is multiplied by before its gradients are taken, one a shard; empty: by 1. The loss that it reports is
    /// not multiplied.
    package var lossFactors: [Float] = []

    /// - Parameter table: as long as the space's alpha; empty where nothing is mixed.
    package init(
        _ images: RoundImages, mixing: Mixing, yields: RoundYields, step: UInt64, epoch: UInt32, stepInEpoch: UInt32,
        shardCount: Int, imageCount: Int, dropPathProbability: Double = 0, operationDropProbability: Double = 0,
        table: [Float] = []
    ) {
        self.images = images
        self.mixing = mixing
        self.yields = yields
        self.step = step
        self.epoch = epoch
        self.stepInEpoch = stepInEpoch
        self.shardCount = shardCount
        self.imageCount = imageCount
        self.dropPathProbability = dropPathProbability
        self.operationDropProbability = operationDropProbability
        self.table = table
    }

    /// Entries of alpha's gradient in each shard's report.
    package var reportedEntries: Int {
        yields.isDisjoint(with: [.alphaGradient, .policyGradient]) ? 0 : table.count
    }

    /// Entries of the credits in each shard's report: a policy has none.
    package var reportedCredits: Int { yields.contains(.alphaGradient) ? table.count : 0 }
}
