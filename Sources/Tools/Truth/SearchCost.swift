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
    /// Of the super-network, for one image forward.
    let superNetworkMultiplyAdds: Double
    /// Of the search, and of the mean random cell's training.
    let search: Double
    let training: Double

    /// A step backward costs twice the step forward.
    private static let passesOfTraining = 3.0

    var trainings: Double { search / training }

    /// - Parameters:
    ///   - search: the search's configuration.
    ///   - recipe: the table's, on whose images it is.
    ///   - cellMultiplyAdds: of the mean random cell's network, for one image forward.
    /// - Throws: `UserError` where the search's images cannot be cut out of these.
    init(
        _ search: SearchConfiguration, recipe: SearchConfiguration, data: ImageSet, cellMultiplyAdds: Double,
        judgeImages: Int
    ) throws {
        let image = ImageShape(channels: data.channels, height: data.height, width: data.width)
        let size = DerivedSize(search.plan(image: image, classes: data.classes))
        superNetworkMultiplyAdds = Double(size.costs.entries.reduce(size.fixed.multiplyAdds) { $0 + $1.multiplyAdds })
        let split = try DataSplit(data, search)
        let perEpoch = max(1, split.gradient.count / search.training.batchSize)
        let all = perEpoch * search.training.epochs
        let steps = search.training.maxSteps > 0 ? min(search.training.maxSteps, all) : all
        let warmupSteps = min(steps, search.warmupEpochs * perEpoch)
        let passes = warmupSteps + (steps - warmupSteps) * search.method.passesPerStep
        trainedImages = passes * search.training.batchSize
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
        self.search = Self.passesOfTraining * Double(trainedImages) * superNetworkMultiplyAdds + looking
        let own = try DataSplit(data, recipe)
        let ownSteps = own.gradient.count / recipe.training.batchSize * recipe.training.epochs
        training =
            (Self.passesOfTraining * Double(ownSteps * recipe.training.batchSize) + Double(judgeImages))
            * cellMultiplyAdds
    }

    /// How the number of trainings came about.
    var words: String {
        "\(trainedImages) images trained (x 3) and \(seenImages) evaluated by a super-network of "
            + "\(Decimal.text(superNetworkMultiplyAdds / 1e6, 2)) M multiply-adds an image: \(Decimal.text(search / 1e9, 1)) G, "
            + "the mean random cell's training \(Decimal.text(training / 1e9, 1)) G"
    }
}
