package import Configuration
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
    /// Nil until the round is in.
    package private(set) var count: EvaluationCount?

    /// - Parameters:
    ///   - weights: in the layout's order.
    ///   - statistics: running statistics, in the layout's order.
    package init(
        configuration: SearchConfiguration, layout: WeightLayout, weights: [Float], statistics: [Float], classes: Int,
        imageCount: Int
    ) {
        precondition(weights.count == layout.weightCount && statistics.count == layout.statisticCount && imageCount > 0)
        self.layout = layout
        self.weights = weights
        self.statistics = statistics
        self.classes = classes
        self.imageCount = imageCount
        shardImages = configuration.evaluation.shardImages
    }

    /// Nil when the round is in.
    package func nextRound() -> PlannedRound? {
        guard count == nil else { return nil }
        let job = RoundJob(
            .heldOut, mixing: .none, yields: .predictions, step: 0, epoch: 0, stepInEpoch: 0,
            shardCount: (imageCount + shardImages - 1) / shardImages, imageCount: imageCount)
        return PlannedRound(
            job, statistics: statistics, layout: layout, classes: classes,
            place: RoundPlace(subject: "images", epoch: 0, number: 1, count: 1))
    }

    /// Takes the sum of the round that `nextRound` asked for; there is no other.
    package mutating func absorb(total: [Float], reports: [ShardReport]) {
        count = EvaluationCount(classes: classes, total: total, reports: reports)
    }
}
