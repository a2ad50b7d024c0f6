package import SearchSpace

/// The cells of a table as ranks need them: each with one loss for each of the same training seeds.
package struct TruthPopulation: Sendable, Equatable {
    /// A cell with what its trainings came to.
    package struct Cell: Sendable, Equatable {
        /// The same in all its trainings.
        package let genotype: Genotype
        /// By training seed; infinite where a training was not finite.
        package let losses: [Double]
        /// Hits over images, the mean over the seeds.
        package let accuracy: Double
        /// Of the network that was trained.
        package let parameters: Int
        /// Of the same network, for one image forward.
        package let multiplyAdds: Int

        /// What ranks go by: the mean over the seeds, infinite where one training was not finite.
        package var loss: Double { TruthPopulation.mean(losses) }

        /// - Parameter rows: one a seed, one at least.
        package init(_ rows: [TruthTable.Row], images: Int) {
            genotype = rows[0].genotype
            losses = rows.map { $0.loss ?? .infinity }
            accuracy = Double(rows.reduce(0) { $0 + $1.hits }) / Double(images * rows.count)
            parameters = rows[0].parameters
            multiplyAdds = rows[0].multiplyAdds
        }
    }

    /// In the table's order.
    package let cells: [Cell]
    /// Training seeds that all of these cells have.
    package let seeds: [Int]

    static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

    /// Seeds whose cells are not all there count for nothing; of a table whose first seed is unfinished, the cells that are there:
    /// a random sample of all.
    ///
    /// - Returns: nil for a table without a row.
    package init?(_ table: TruthTable) {
        let count = table.header.cellCount
        let whole = count == 0 ? 0 : table.rows.count / count
        let cellCount = whole == 0 ? table.rows.count : count
        guard cellCount > 0 else { return nil }
        seeds = Array(1...max(1, whole))
        let seedCount = seeds.count
        cells = (0..<cellCount).map { place in
            Cell((0..<seedCount).map { table.rows[$0 * count + place] }, images: table.header.judgeImages)
        }
    }

    /// One a cell, in their order.
    package var losses: [Double] { cells.map(\.loss) }

    /// How well accuracies of its cells, in their order, put them into the order of their worth: Kendall's tau-b, 1 is perfect, 0 is
    /// luck.
    package func agreement(ofAccuracies hits: [Int]) -> Double? {
        KendallTau.b(hits.map(Double.init), losses.map { -$0 })
    }

    /// Over the cells; prices the training of a random one.
    package var meanMultiplyAdds: Double { Self.mean(cells.map { Double($0.multiplyAdds) }) }

    /// Of a cell that need not be among these: 0 is better than all, 0.5 is luck.
    ///
    /// - Parameter loss: the mean over the same seeds.
    package func shareBetter(_ loss: Double) -> Double { ShareBetter.of(loss, among: losses) }

    /// What each training seed alone says of a cell that was trained with all of them.
    package func sharesBetterBySeed(_ cell: Cell) -> [Double] {
        precondition(cell.losses.count == seeds.count)
        return seeds.indices.map { seed in ShareBetter.of(cell.losses[seed], among: cells.map { $0.losses[seed] }) }
    }

    // MARK: What one training says of the others

    /// For each training seed: what it alone says of every cell, and the share better that the other seeds give it. Of a table of
    /// one seed both are that seed's, so that whatever is chosen by it looks better than it is.
    private var choices: [(figures: [Double], worths: [Double])] {
        seeds.indices.map { chosen in
            let judges = seeds.count > 1 ? seeds.indices.filter { $0 != chosen } : [chosen]
            let losses = cells.map { cell in Self.mean(judges.map { cell.losses[$0] }) }
            return (cells.map { $0.losses[chosen] }, ShareBetter.ofEach(losses))
        }
    }

    /// The share better, as other trainings judge it, of the best of so many random cells by one training.
    package func bestOfRandom(_ draws: Int) -> BestOfRandom.Outcomes {
        BestOfRandom.Outcomes(
            anyOf: choices.map {
                BestOfRandom.outcomes(figures: $0.figures, worths: $0.worths, draws: min(draws, cells.count))
            })
    }

    /// The share better of the largest of so many random cells.
    package func largestOfRandom(_ draws: Int) -> BestOfRandom.Outcomes {
        BestOfRandom.outcomes(
            figures: cells.map { -Double($0.parameters) }, worths: ShareBetter.ofEach(losses),
            draws: min(draws, cells.count))
    }

    /// The share better, as other trainings judge them, of the best cells of one training: how well one training knows.
    /// - Parameter share: of the cells; at least one is taken.
    package func bestOfOneTraining(share: Double) -> Double {
        let count = max(1, Int(share * Double(cells.count)))
        return Self.mean(
            choices.map { choice in
                let order = choice.figures.indices.sorted { choice.figures[$0] < choice.figures[$1] }
                return Self.mean(order.prefix(count).map { choice.worths[$0] })
            })
    }
}
