import Configuration
import Coordinator
import Datasets
import Host
import Reporting
import SearchSpace

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
    init(
        _ search: SearchConfiguration, recipe: SearchConfiguration, data: ImageSet, cellMultiplyAdds: Double,
        judgeImages: Int
    ) {
        let image = ImageShape(channels: data.channels, height: data.height, width: data.width)
        let size = DerivedSize(search.plan(image: image, classes: data.classes))
        superNetworkMultiplyAdds = Double(size.entries.reduce(size.fixed.multiplyAdds) { $0 + $1.multiplyAdds })
        let split = Self.split(search, data)
        let perEpoch = max(1, split.gradient / search.training.batchSize)
        let all = perEpoch * search.training.epochs
        let steps = search.training.maxSteps > 0 ? min(search.training.maxSteps, all) : all
        trainedImages = steps * search.training.batchSize
        let epochs = (steps + perEpoch - 1) / perEpoch
        let every = search.evaluation.everyEpochs
        let evaluations = split.heldOut > 0 ? (epochs + every - 1) / every : 0
        let recalibrated = min(search.evaluation.recalibrationImages, split.gradient)
        let seenOnce = evaluations * (split.heldOut + recalibrated)
        seenImages = seenOnce * search.evaluation.networks.count
        // The soft sample goes through all operations, the other networks through one an edge.
        let soft = search.evaluation.networks.contains(.soft) ? 1.0 : 0
        let others = Double(search.evaluation.networks.count) - soft
        self.search =
            Self.passesOfTraining * Double(trainedImages) * superNetworkMultiplyAdds
            + Double(seenOnce) * (soft * superNetworkMultiplyAdds + others * cellMultiplyAdds)
        let own = Self.split(recipe, data)
        let ownSteps = own.gradient / recipe.training.batchSize * recipe.training.epochs
        training =
            (Self.passesOfTraining * Double(ownSteps * recipe.training.batchSize) + Double(judgeImages))
            * cellMultiplyAdds
    }

    private static func split(
        _ configuration: SearchConfiguration, _ data: ImageSet
    ) -> (gradient: Int, heldOut: Int) {
        let split = DataSplit(
            labels: data.images.labels, classes: data.classes, portion: configuration.data.trainPortion,
            seed: UInt64(configuration.run.seed))
        return (split.gradient.count, split.heldOut.count)
    }

    /// How the number of trainings came about.
    var words: String {
        "\(trainedImages) images trained (x 3) and \(seenImages) evaluated by a super-network of "
            + "\(Decimal.text(superNetworkMultiplyAdds / 1e6, 2)) M multiply-adds an image: \(Decimal.text(search / 1e9, 1)) G, "
            + "the mean random cell's training \(Decimal.text(training / 1e9, 1)) G"
    }
}
