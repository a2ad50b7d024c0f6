package import Configuration
package import Datasets
import Host
import Reporting
package import SearchSpace
import Training
import Wire

/// The choice among the cells of several searches as the field makes it (H. Liu et al., *DARTS: Differentiable Architecture
/// Search*, ICLR 2019, section 3.1.1): each is trained from scratch for a short while, and the best on held-out images is kept.
///
/// Nothing is looked at that the searches did not have: each training learns from the searches' gradient images, in the searches'
/// small network, for as many steps, and is judged on their held-out images.
package struct SeedPick {
    /// In the folder of the seeds; it has the form of a truth table whose cells are given.
    package static let fileName = "pick.jsonl"
    /// Of the trainings: one each, the same for all.
    private static let trainingSeed = 1

    private let build: TruthBuild
    private let search: SearchConfiguration
    private let path: String

    /// - Parameters:
    ///   - resolved: the searches' configuration, whatever its seed.
    ///   - folder: of the seeds; what is trained is kept there.
    /// - Throws: `UserError` where no such training fits the images, or none is held out.
    package init(_ resolved: ResolvedConfiguration, data: ImageSet, dataLocation: String, folder: String) throws {
        search = resolved.configuration
        var recipe = search
        recipe.retrain = SearchConfiguration().retrain
        build = try TruthBuild(
            ResolvedConfiguration(configuration: recipe, origins: resolved.origins), data: data,
            dataLocation: dataLocation, judgedBy: .heldOut)
        guard try !DataSplit(data, search).heldOut.isEmpty else {
            throw UserError(
                .configuration, "--pick judges cells on held-out images, and data.train_portion holds none out")
        }
        path = "\(folder)/\(Self.fileName)"
    }

    /// - Returns: one for each cell, in their order; nil where a signal came: what has been trained is kept.
    package func outcomes(
        of cells: [Genotype], pool: (TruthBuild) throws -> TrainingPool
    ) throws -> [SeedTable.Row.Trained]? {
        let space = build.space
        let keys = cells.map {
            TruthRanking.Key(genotype: space.contains($0) ? space.canonical($0) : $0, seed: Self.trainingSeed)
        }
        LogStream.snas.say(LogLine(.note, try costWords(cells)))
        let pool = try pool(build)
        guard let rows = try build.rows(at: path, of: keys, like: nil, pool: pool),
            let greeting = try pool.start()
        else { return nil }
        return keys.map { key in
            guard let row = rows.first(where: { TruthRanking.Key($0) == key }) else {
                preconditionFailure("it was trained")
            }
            return SeedTable.Row.Trained(
                accuracy: Double(row.hits) / Double(greeting.judgeImages), loss: row.loss ?? .infinity)
        }
    }

    /// What the choice costs, before it is paid.
    private func costWords(_ cells: [Genotype]) throws -> String {
        let split = try DataSplit(build.data, search)
        let mean = cells.reduce(0) { $0 + Double(build.cost($1).multiplyAdds) } / Double(cells.count)
        let cost = try SearchCost(
            search, recipe: build.configuration, data: build.data, cellMultiplyAdds: mean,
            judgeImages: split.heldOut.count)
        let share = 100 * Double(cells.count) / cost.trainings
        return
            "each of the \(cells.count) cells is trained from scratch for \(search.training.epochs) epochs of the searches' "
            + "\(split.gradient.count) images and judged on the \(split.heldOut.count) held out; together that costs "
            + "\(Decimal.text(share, 0)) % of one search (multiply-adds)"
    }
}
