import Configuration
import Formats
import Host
package import Reporting
import SearchSpace

/// Where runs' cells stand in a truth table, without training anything: a cell that the table lacks is said to be missing.
package enum TruthPlaces {
    /// Random cells whose best one is told for comparison.
    private static let draws = [10, 100]

    /// - Parameters:
    ///   - runs: folders of searches; one without a cell yet is passed over.
    ///   - path: the table's file.
    /// - Throws: `UserError` where the file holds no table, `FormatError` for a line that cannot be read.
    package static func table(of runs: [(name: String, folder: String)], in path: String) throws -> PageTable {
        let table = try TruthTable.read(path)
        guard let population = TruthPopulation(table) else { throw UserError(.data, "'\(path)' has no cell yet") }
        let space = try cellSpace(of: table.header)
        let cells = Dictionary(population.cells.map { ($0.genotype, $0) }) { first, _ in first }
        var marks: [DistributionPicture.Mark] = []
        var rows: [[String]] = []
        var missing = 0
        for run in runs {
            guard let found = try? FoundCell(argument: run.folder) else { continue }
            let genotype = space.contains(found.genotype) ? space.canonical(found.genotype) : found.genotype
            guard let cell = cells[genotype] else {
                missing += 1
                rows.append([run.name, "not in the table", "", "", ""])
                continue
            }
            marks.append(.init(run.name, cell.loss, .found))
            rows.append([run.name] + figures(TruthRanks.Rank(run.name, cell, in: population)))
        }
        rows += population.rivals(draws)
        let count = population.cells.count
        return PageTable(
            title: "Among \(count) random cells trained from scratch",
            head: ["cell", "mean loss", "accuracy, %", "share better", "share better of its size"], rows: rows,
            notes: [
                "\(path): \(count) cells, \(population.seeds.count) trainings each, judged on "
                    + "\(table.header.judgeImages) images that no search read.",
                "Share better: of the table's cells, those with a lower mean loss; 0 is best, 0.5 is luck.",
            ]
                + (missing > 0
                    ? ["snas truth --table \(ShellWord.quoted(path)) --rank RUN trains what is missing."] : []),
            picture: DistributionPicture(
                title: "mean loss of \(count) cells", values: population.losses, marks: marks
            ).svg)
    }

    /// By the table's own network: which genotypes are the same cell depends on it, and not on the images.
    private static func cellSpace(of header: TruthHeader) throws -> CellSpace {
        var builder = ConfigurationBuilder(from: .cellTraining, origin: .standard)
        for (key, value) in try header.recipeSettings() { try builder.apply(name: key, value: value, origin: .set) }
        let anyImage = ImageShape(channels: 3, height: 32, width: 32)
        return CellSpace(try builder.finished().configuration.plan(image: anyImage, classes: 10))
    }

    private static func figures(_ rank: TruthRanks.Rank) -> [String] {
        [
            Decimal.text(rank.cell.loss, 4), Decimal.text(100 * rank.cell.accuracy, 2),
            Decimal.text(rank.shareBetter, 3),
            rank.ofOwnSize.map { "\(Decimal.text($0, 3)) of \(rank.ownSizeCount)" } ?? "-",
        ]
    }
}

extension TruthPopulation {
    /// What so many random cells give for comparison: the best of them by one training, judged by the others.
    fileprivate func rivals(_ draws: [Int]) -> [[String]] {
        draws.filter { $0 <= cells.count }.map { count in
            ["best of \(count) random cells", "", "", Decimal.text(bestOfRandom(count).mean, 3), ""]
        }
    }
}
