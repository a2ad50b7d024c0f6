import Configuration
import Coordinator
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
        superNetworkMultiplyAdds = Double(size.entries.reduce(size.fixed.multiplyAdds) { $0 + $1.multiplyAdds })
        let split = try DataSplit(data, search)
        let perEpoch = max(1, split.gradient.count / search.training.batchSize)
        let all = perEpoch * search.training.epochs
        let steps = search.training.maxSteps > 0 ? min(search.training.maxSteps, all) : all
        trainedImages = steps * search.training.batchSize
        let epochs = (steps + perEpoch - 1) / perEpoch
        let every = search.evaluation.everyEpochs
        let evaluations = !split.heldOut.isEmpty ? (epochs + every - 1) / every : 0
        let recalibrated = min(search.evaluation.recalibrationImages, split.gradient.count)
        let seenOnce = evaluations * (split.heldOut.count + recalibrated)
        seenImages = seenOnce * search.evaluation.networks.count
        // The soft sample goes through all operations, the other networks through one an edge.
        let soft = search.evaluation.networks.contains(.soft) ? 1.0 : 0
        let others = Double(search.evaluation.networks.count) - soft
        self.search =
            Self.passesOfTraining * Double(trainedImages) * superNetworkMultiplyAdds
            + Double(seenOnce) * (soft * superNetworkMultiplyAdds + others * cellMultiplyAdds)
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
