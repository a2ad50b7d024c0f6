package import Configuration
import Datasets
import Optimization
package import SearchSpace
package import Wire

/// One pass of a derived network over images that gave no gradients, as a value: one round, and what it counted.
package struct EvaluationRun: Sendable {
    /// Says what the weights and the running statistics are of.
    package let layout: WeightLayout
    /// In the layout's order; an evaluation changes nothing of them.
    package let weights: [Float]
    private let statistics: [Float]
    private let classes: Int
    private let imageCount: Int
    private let shardImages: Int
    /// Nil where logits are not asked for.
    private let logitParts: VectorParts?
    /// Nil until the round is in.
    package private(set) var count: EvaluationCount?
    /// Images x classes, in the order in which the round went through the images; nil until the round is in, and where nobody asked.
    package private(set) var logits: [Float]?

    /// Bytes of logits that an evaluation gathers at most: 256 classes of 260,000 images.
    package static let logitBytes = 1 << 28

    /// Whether the logits of so many images can be gathered: in one vector, with a part for each shard.
    package static func gathersLogits(images: Int, classes: Int, _ configuration: SearchConfiguration) -> Bool {
        let shards = FixedShards.shardCount(size: configuration.evaluation.shardImages, count: images)
        return 4 * images * classes <= logitBytes && shards < WireLimits.payloadParts
    }

    /// - Parameters:
    ///   - weights: in the layout's order.
    ///   - statistics: running statistics, in the layout's order.
    ///   - yieldsLogits: whether the logits of every image are asked for; there must not be too many (`gathersLogits`).
    package init(
        configuration: SearchConfiguration, layout: WeightLayout, weights: [Float], statistics: [Float], classes: Int,
        imageCount: Int, yieldsLogits: Bool = false
    ) {
        precondition(weights.count == layout.weightCount && statistics.count == layout.statisticCount && imageCount > 0)
        self.layout = layout
        self.weights = weights
        self.statistics = statistics
        self.classes = classes
        self.imageCount = imageCount
        shardImages = configuration.evaluation.shardImages
        logitParts =
            yieldsLogits
            ? LogitPayload.parts(images: imageCount, classes: classes, shardImages: shardImages) : nil
    }

    /// Nil when the round is in.
    package func nextRound() -> PlannedRound? {
        guard count == nil else { return nil }
        let job = RoundJob(
            .heldOut, mixing: .none, yields: logitParts == nil ? .predictions : [.predictions, .logits], step: 0,
            epoch: 0,
            stepInEpoch: 0, shardCount: FixedShards.shardCount(size: shardImages, count: imageCount),
            imageCount: imageCount)
        return PlannedRound(
            job, statistics: statistics, layout: layout, classes: classes, logitParts: logitParts,
            place: RoundPlace(subject: "images", epoch: 0, number: 1, count: 1))
    }

    /// Takes the sum of the round that `nextRound` asked for; there is no other.
    package mutating func absorb(total: [Float], reports: [ShardReport]) {
        let counts = EvaluationCount.payloadCount(classes: classes)
        count = EvaluationCount(classes: classes, total: Array(total.prefix(counts)), reports: reports)
        if logitParts != nil { logits = Array(total.dropFirst(counts)) }
    }
}
