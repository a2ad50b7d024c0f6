/// Where found cells stand among a table's random ones.
package struct TruthRanks: Sendable {
    /// One cell, and where it stands.
    package struct Rank: Sendable, Equatable {
        /// As `FoundCell` names it.
        package let name: String
        /// With its losses by the table's training seeds.
        package let cell: TruthPopulation.Cell
        /// 0 is the best, 0.5 is luck.
        package let shareBetter: Double
        /// The same by each training seed alone.
        package let sharesBySeed: [Double]
        /// Among random cells of about its own size; nil where there are none.
        package let ofOwnSize: Double?
        /// Random cells that it was compared with for `ofOwnSize`.
        package let ownSizeCount: Int

        init(_ name: String, _ cell: TruthPopulation.Cell, in population: TruthPopulation) {
            self.name = name
            self.cell = cell
            shareBetter = population.shareBetter(cell.loss)
            sharesBySeed = population.sharesBetterBySeed(cell)
            let alike = population.cells.filter {
                Double(abs($0.parameters - cell.parameters)) <= TruthRanks.sizeTolerance * Double(cell.parameters)
            }
            ownSizeCount = alike.count
            ofOwnSize = alike.isEmpty ? nil : ShareBetter.of(cell.loss, among: alike.map(\.loss))
        }
    }

    /// On both sides, of a cell's parameters.
    package static let sizeTolerance = 0.05
    /// Of the cells: how many of the best ones of a training are judged by the others.
    static let bestShare = 0.01
    /// Of searches' seeds: the bound above which their mean would not often lie.
    static let boundShare = 0.9

    /// Searches' cells, in the order in which they were asked for.
    package let found: [Rank]
    /// Cells that need no search: one operation on every edge.
    package let rivals: [Rank]
    /// Of the found cells' shares better.
    package let mean: Double
    /// Of the same shares.
    package let median: Double
    /// Nil for one cell.
    package let upperBound: Double?
    /// Over the found cells, each among cells of its own size; nil where one of them has none.
    package let meanOfOwnSize: Double?
    /// Nil for one cell, and where there is no such mean.
    package let upperBoundOfOwnSize: Double?

    /// Random cells whose trainings cost as much as a search, in whole ones; nil where that is neither given nor known.
    package let draws: Int?
    /// The share better of the one that is best by one training; nil with `draws`.
    package let bestOfDraws: BestOfRandom.Outcomes?
    /// The share better of the one that has the most parameters; nil with `draws`.
    package let largestOfDraws: BestOfRandom.Outcomes?

    /// The share better that the other seeds give a seed's best cell, in the mean over the seeds; nil for a table of one seed.
    package let bestOfOneTraining: Double?
    /// The same of the best hundredth of the cells, one at least, in the mean.
    package let bestHundredthOfOneTraining: Double?

    /// The table's random cells.
    package let population: TruthPopulation

    /// - Parameters:
    ///   - found: one at least, trained with the population's seeds.
    ///   - draws: at least 1.
    package init(
        found: [(name: String, cell: TruthPopulation.Cell)], rivals: [(name: String, cell: TruthPopulation.Cell)],
        draws: Int?, in population: TruthPopulation
    ) {
        precondition(!found.isEmpty && draws ?? 1 >= 1)
        self.population = population
        self.found = found.map { Rank($0.name, $0.cell, in: population) }
        self.rivals = rivals.map { Rank($0.name, $0.cell, in: population) }
        let shares = self.found.map(\.shareBetter)
        mean = TruthPopulation.mean(shares)
        let sorted = shares.sorted()
        median = (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
        upperBound = Bootstrap(shares)?.quantile(Self.boundShare)
        let ofOwnSize = self.found.compactMap(\.ofOwnSize)
        let areAllAmongTheirSize = ofOwnSize.count == found.count
        meanOfOwnSize = areAllAmongTheirSize ? TruthPopulation.mean(ofOwnSize) : nil
        upperBoundOfOwnSize = areAllAmongTheirSize ? Bootstrap(ofOwnSize)?.quantile(Self.boundShare) : nil
        self.draws = draws
        bestOfDraws = draws.map(population.bestOfRandom)
        largestOfDraws = draws.map(population.largestOfRandom)
        let hasJudges = population.seeds.count > 1
        bestOfOneTraining = hasJudges ? population.bestOfOneTraining(share: 0) : nil
        bestHundredthOfOneTraining = hasJudges ? population.bestOfOneTraining(share: Self.bestShare) : nil
    }
}
