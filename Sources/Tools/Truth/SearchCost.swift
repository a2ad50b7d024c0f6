import Configuration
import Datasets
import Reporting
import SearchSpace
import Training

/// What a search costs, counted in trainings of a random cell.
struct SearchCost: Sendable, Equatable {
    private let search: SearchWork
    /// Multiply-adds of the mean random cell's training.
    private let training: Double

    /// - Parameters:
    ///   - search: the search's configuration.
    ///   - recipe: the table's, on whose images it is.
    ///   - cellMultiplyAdds: of the mean random cell's network, for one image forward.
    /// - Throws: `UserError` where the search's images cannot be cut out of these.
    init(
        _ search: SearchConfiguration, recipe: SearchConfiguration, data: ImageSet, cellMultiplyAdds: Double,
        judgeImages: Int
    ) throws {
        self.search = try SearchWork(search, on: data)
        let own = try DataSplit(data, recipe)
        let steps = own.gradient.count / recipe.training.batchSize * recipe.training.epochs
        training =
            (NetworkWork.forwardsOfGradient * Double(steps * recipe.training.batchSize) + Double(judgeImages))
            * cellMultiplyAdds
    }

    var trainings: Double { search.multiplyAdds / training }

    /// How the number of trainings came about.
    var words: String { "\(search.words), the mean random cell's training \(Decimal.text(training / 1e9, 1)) G" }
}
