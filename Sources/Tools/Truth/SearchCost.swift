import Configuration
import Datasets
import Host
import Reporting
import SearchSpace
import Training

/// What a search cost, counted in trainings of a random cell, from multiply-adds of convolutions and classifier: an image that
/// gives gradients counts three times its forward pass, an image that is only looked at counts once.
struct SearchCost: Sendable, Equatable {
    let trainedImages: Int
    let seenImages: Int
    /// That children are rewarded for or chosen by, forward alone.
    let childImages: Int
    /// Of the super-network, for one image forward.
    let superNetworkMultiplyAdds: Double
    /// Of what a step trains, for one image forward: the super-network, or the mean of its children.
    let trainedMultiplyAdds: Double
    /// Of the search, and of the mean random cell's training.
    let search: Double
    let training: Double

    var trainings: Double { search / training }

    /// - Parameters:
    ///   - search: the search's configuration.
    ///   - recipe: the table's, on whose images it is.
    ///   - cellMultiplyAdds: of the mean random cell's network, for one image forward; nil: of the search's mean child.
    /// - Throws: `UserError` where the search's images cannot be cut out of these.
    init(
        _ search: SearchConfiguration, recipe: SearchConfiguration, data: ImageSet, cellMultiplyAdds: Double?,
        judgeImages: Int
    ) throws {
        let image = ImageShape(channels: data.channels, height: data.height, width: data.width)
        let work = NetworkWork(search.plan(image: image, classes: data.classes))
        superNetworkMultiplyAdds = work.ofAllOperations
        let cellMultiplyAdds = cellMultiplyAdds ?? work.ofMeanChild
        let split = try DataSplit(data, search)
        let perEpoch = max(1, split.gradient.count / search.training.batchSize)
        let all = perEpoch * search.training.epochs
        let steps = search.training.maxSteps > 0 ? min(search.training.maxSteps, all) : all
        let every = search.architecture.alphaEvery
        let alphaSteps = (max(0, steps - search.warmupEpochs * perEpoch) + every - 1) / every
        trainedImages = search.training.batchSize * (steps + alphaSteps * (search.method.passesPerStep - 1))
        // Children are counted as drawn uniformly: which ones a search draws is known once it is over.
        let trainedWidth = search.method.isOneHot ? work.ofMeanChild : work.ofAllOperations
        let judged = search.method.isPolicy ? alphaSteps * search.policy.imagesPerStep : 0
        let chosen = search.candidates.map {
            $0 * (search.recalibrationImages(of: split.gradient.count) + split.choosing.count)
        }
        childImages = judged + (chosen ?? 0)
        trainedMultiplyAdds = trainedWidth
        var (seen, looking) = (0, 0.0)
        if !split.heldOut.isEmpty {
            let epochs = (steps + perEpoch - 1) / perEpoch
            for epoch in 1...max(1, epochs) where epoch % search.evaluation.everyEpochs == 0 || epoch == epochs {
                let plan = EvaluationPlan(
                    search, rule: search.derivation, epochImages: perEpoch * search.training.batchSize,
                    gradientImages: split.gradient.count,
                    heldOutImages: split.heldOut.count, isLast: epoch == epochs)
                let images = plan.recalibrationImages + plan.heldOutImages
                seen += images * plan.passes.count
                // The soft sample goes through all operations, the other networks through one an edge.
                let soft = plan.passes.count { $0.network == .soft }
                looking +=
                    Double(images)
                    * (Double(soft) * superNetworkMultiplyAdds + Double(plan.passes.count - soft) * cellMultiplyAdds)
            }
        }
        seenImages = seen
        self.search =
            NetworkWork.forwardsOfGradient * Double(trainedImages) * trainedWidth
            + Double(childImages) * work.ofMeanChild + looking
        let own = try DataSplit(data, recipe)
        let ownSteps = own.gradient.count / recipe.training.batchSize * recipe.training.epochs
        training =
            (NetworkWork.forwardsOfGradient * Double(ownSteps * recipe.training.batchSize) + Double(judgeImages))
            * cellMultiplyAdds
    }

    /// How the number of trainings came about.
    var words: String {
        let children = trainedMultiplyAdds < superNetworkMultiplyAdds
        let own =
            children
            ? " (children of it have \(Decimal.text(trainedMultiplyAdds / 1e6, 2)) M in the mean"
                + (childImages > 0 ? ", and judge or choose by \(childImages) images)" : ")") : ""
        return "\(trainedImages) images trained (x 3) and \(seenImages) evaluated by a super-network of "
            + "\(Decimal.text(superNetworkMultiplyAdds / 1e6, 2)) M multiply-adds an image\(own): \(Decimal.text(search / 1e9, 1)) G, "
            + "the mean random cell's training \(Decimal.text(training / 1e9, 1)) G"
    }
}
