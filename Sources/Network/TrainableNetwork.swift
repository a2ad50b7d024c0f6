package import SearchSpace
package import Tensors

/// Whatever is trained and judged shard by shard: the super-network of a search, the derived network of a retraining.
///
/// It keeps no weights and no statistics: a pass is a function of what it is given, so threads share one network.
package protocol TrainableNetwork: Sendable {
    var layout: WeightLayout { get }

    /// As many drop-path masks an image has.
    var edgesOfAllCells: Int { get }

    var classes: Int { get }

    /// How its cells are computed.
    var path: CellPath { get }

    /// Tensors of the flat weights, for all passes of a round.
    /// - Parameter weights: in the layout's order.
    func load(weights: [Float]) throws(TorchError) -> NetworkWeights

    /// Loss, gradients and batch statistics of one shard: one pass forward, one backward.
    ///
    /// - Parameters:
    ///   - mixture: what each operation's output counts; nil where an edge has one operation.
    ///   - pixels: images x channels x height x width, normalised.
    ///   - dropPath: cell x edge x image, 0 or 1/keep; nil drops nothing.
    ///   - noise: of the operation `noise`; nil where no edge has it.
    ///   - leavesOut: whether operations whose Z is 0 are not computed: their credits are then 0, and the payload is without their
    ///     parts. Part k is entry k of the mixture.
    func trainingPass(
        _ weights: NetworkWeights, mixture: EdgeTable<Float>?, pixels: [Float], labels: [Int32], dropPath: [Float]?,
        noise: PassNoise?, leavesOut: Bool
    ) throws(TorchError) -> TrainingPass

    /// `trainingPass` of each of these shards, with the sum of their payloads, in one pass over all of their images. Its bits are not
    /// those of the shards one by one.
    ///
    /// Precondition: `path` is operators; all shards have as many images.
    func groupPass(_ weights: NetworkWeights, _ shards: [GroupedShard], leavesOut: Bool) throws(TorchError) -> GroupPass

    /// Mean and unbiased variance of every batch norm over these images, in the layout's order; mean 0 and variance 1 where a batch
    /// norm is not computed.
    func statisticsPass(
        _ weights: NetworkWeights, mixture: EdgeTable<Float>?, pixels: [Float], imageCount: Int,
        noise: PassNoise?
    ) throws -> [Float]

    /// - Parameter statistics: what batch norms normalise with, in the layout's order; nil: the images' own.
    func evaluationPass(
        _ weights: NetworkWeights, statistics: [Float]?, mixture: EdgeTable<Float>?, pixels: [Float], labels: [Int32],
        noise: PassNoise?
    ) throws -> EvaluationPass
}

/// What images say of a network whose statistics are given.
package struct EvaluationPass: Sendable, Equatable {
    /// Cross-entropy without smoothing, summed over the images.
    package let lossSum: Double
    /// Images whose largest logit is that of their label.
    package let hits: Int
    /// Images whose label is among the five largest logits.
    package let topFiveHits: Int
    /// The class of each image's largest logit.
    package let predictions: [Int32]
    /// Images x classes.
    package let logits: [Float]

    /// - Parameters:
    ///   - logits: images x classes.
    ///   - path: of the loss.
    init(logits: Tensor, labels: [Int32], path: CellPath, device: ComputeDevice) throws(TorchError) {
        let targets = try Tensor(labels: labels, device: device)
        lossSum = try Loss(path: path).sum(logits, labels: targets)
        hits = try logits.hits(labels: targets)
        topFiveHits = try logits.hits(labels: targets, amongTop: 5)
        predictions = try logits.predictions(imageCount: labels.count)
        self.logits = try logits.floats()
    }
}
