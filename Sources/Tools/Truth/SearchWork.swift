import Configuration
import Datasets
import Reporting
import SearchSpace
import Training

/// What a search is expected to take before it is run, in multiply-adds of convolutions and classifier: an image that gives gradients
/// counts three times its forward pass, one that is only looked at counts once. Children count as if drawn uniformly: which ones a
/// search draws is known once it is over.
struct SearchWork: Sendable, Equatable {
    /// That give gradients, every time that they do.
    let trainedImages: Int
    /// That evaluations look at.
    let seenImages: Int
    /// That children are rewarded for or chosen by.
    let childImages: Int
    /// Of the super-network, and of the mean child, for one image forward.
    let ofAllOperations: Double
    let ofMeanChild: Double
    /// Whether a step trains children.
    let trainsChildren: Bool
    /// Of evaluations.
    private let looking: Double

    /// - Throws: `UserError` where the images cannot be cut as the search wants them.
    init(_ search: SearchConfiguration, on data: ImageSet) throws {
        let image = ImageShape(channels: data.channels, height: data.height, width: data.width)
        let work = NetworkWork(search.plan(image: image, classes: data.classes))
        (ofAllOperations, ofMeanChild) = (work.ofAllOperations, work.ofMeanChild)
        trainsChildren = search.method.isOneHot
        let split = try DataSplit(data, search)
        let perEpoch = max(1, split.gradient.count / search.training.batchSize)
        let all = perEpoch * search.training.epochs
        let steps = search.training.maxSteps > 0 ? min(search.training.maxSteps, all) : all
        let every = search.architecture.alphaEvery
        let alphaSteps = (max(0, steps - search.warmupEpochs * perEpoch) + every - 1) / every
        trainedImages = search.training.batchSize * (steps + alphaSteps * (search.method.passesPerStep - 1))
        let judged = search.method.isPolicy ? alphaSteps * search.policy.imagesPerStep : 0
        let chosen = search.candidates.map {
            $0 * (search.recalibrationImages(of: split.gradient.count) + split.choosing.count)
        }
        childImages = judged + (chosen ?? 0)
        (seenImages, looking) = Self.evaluations(search, split, steps: steps, perEpoch: perEpoch, work)
    }

    /// Of the whole search.
    var multiplyAdds: Double {
        let trained = trainsChildren ? ofMeanChild : ofAllOperations
        return NetworkWork.forwardsOfGradient * Double(trainedImages) * trained + Double(childImages) * ofMeanChild
            + looking
    }

    /// The soft sample goes through all operations, the other networks through one an edge.
    private static func evaluations(
        _ search: SearchConfiguration, _ split: DataSplit, steps: Int, perEpoch: Int, _ work: NetworkWork
    ) -> (images: Int, multiplyAdds: Double) {
        guard !split.heldOut.isEmpty else { return (0, 0) }
        var (seen, looking) = (0, 0.0)
        let epochs = (steps + perEpoch - 1) / perEpoch
        for epoch in 1...max(1, epochs) where epoch % search.evaluation.everyEpochs == 0 || epoch == epochs {
            let plan = EvaluationPlan(
                search, rule: search.derivation, epochImages: perEpoch * search.training.batchSize,
                gradientImages: split.gradient.count, heldOutImages: split.heldOut.count, isLast: epoch == epochs)
            let images = plan.recalibrationImages + plan.heldOutImages
            let soft = plan.passes.count { $0.network == .soft }
            seen += images * plan.passes.count
            looking +=
                Double(images)
                * (Double(soft) * work.ofAllOperations + Double(plan.passes.count - soft) * work.ofMeanChild)
        }
        return (seen, looking)
    }

    /// How it came about.
    var words: String {
        let children =
            trainsChildren
            ? " (children of it have \(Decimal.text(ofMeanChild / 1e6, 2)) M in the mean"
                + (childImages > 0 ? ", and judge or choose by \(childImages) images)" : ")") : ""
        return "\(trainedImages) images trained (x 3) and \(seenImages) evaluated by a super-network of "
            + "\(Decimal.text(ofAllOperations / 1e6, 2)) M multiply-adds an image\(children): "
            + "\(Decimal.text(multiplyAdds / 1e9, 1)) G"
    }
}
