import Estimation
import Host
import SearchSpace

/// Found cells against random cells of their own size: what a search knows besides that larger cells are better.
///
/// The size is that of the network that is trained: cells of one size in a network of 36 channels and 20 cells may differ by half
/// in a small one, where stem and classifier weigh more and reductions are a larger part.
package struct MatchedRivals: Sendable, Equatable {
    /// A found cell and the random cells that it is compared with.
    package struct Group: Sendable, Equatable {
        /// As `FoundCell` names it.
        package let name: String
        /// Trained as the table's cells were.
        package let found: TruthPopulation.Cell
        /// Random cells within the tolerance of its parameters.
        package let rivals: [TruthPopulation.Cell]

        /// 0 is the best, 0.5 is luck.
        package var shareBetter: Double { ShareBetter.of(found.loss, among: rivals.map(\.loss)) }

        /// - Parameter rivals: one at least.
        package init(name: String, found: TruthPopulation.Cell, rivals: [TruthPopulation.Cell]) {
            precondition(!rivals.isEmpty)
            self.name = name
            self.found = found
            self.rivals = rivals
        }
    }

    /// On both sides, of a found cell's parameters.
    package static let tolerance = TruthRanks.sizeTolerance
    /// One in so many draws may be acceptable.
    private static let attempts = 100_000
    /// Seeds of the draws begin here: below are those that people give to `--search random` and `--cell_seed`.
    private static let firstSeed: UInt64 = 1_000_000

    /// In the order in which the cells were given; the groups are of one size.
    package let groups: [Group]
    /// Over the groups; 0.5 is luck.
    package let meanShareBetter: Double
    /// Of the mean of `shareBetter`, over the found cells; nil for one cell.
    package let upperBound: Double?
    /// Losses of all found cells against those of all rivals.
    package let test: PermutationTest

    /// - Parameter groups: one a found cell, one at least.
    package init(_ groups: [Group]) {
        precondition(!groups.isEmpty)
        self.groups = groups
        let shares = groups.map(\.shareBetter)
        meanShareBetter = TruthPopulation.mean(shares)
        upperBound = Bootstrap(shares)?.quantile(TruthRanks.boundShare)
        test = PermutationTest(groups.map(\.found.loss), groups.flatMap { $0.rivals.map(\.loss) })
    }

    /// The random cells that a found cell is compared with: uniform among all live cells of its size, the same ones every time.
    ///
    /// - Parameters:
    ///   - number: of the found cell, so that two alike ones have rivals of their own.
    ///   - parameters: of the network that is trained, for any cell.
    /// - Throws: `UserError` (configuration) where hardly a cell has this size.
    static func drawn(
        _ count: Int, like found: Genotype, number: Int, in space: CellSpace, parameters: (Genotype) -> Int
    ) throws -> [Genotype] {
        let wanted = Double(parameters(found))
        return try (0..<count).map { rival in
            let drawn = RandomGenotype.firstDraw(
                in: space.searchSpace, seed: firstSeed + UInt64(number * count + rival), attempts: attempts
            ) { cell in
                abs(Double(parameters(cell)) - wanted) <= tolerance * wanted && space.isLive(space.canonical(cell))
            }
            guard let drawn else {
                throw UserError(
                    .configuration,
                    "none of \(attempts) random cells has \(Int(wanted)) parameters +- \(100 * tolerance) %: "
                        + "this found cell cannot be matched")
            }
            return space.canonical(drawn.genotype)
        }
    }
}

extension TruthRanking {
    /// - Parameter count: random cells for each found one, 1 at least.
    /// - Returns: nil where a signal came; what has been trained is kept.
    /// - Throws: `UserError` (configuration) where a found cell is of another space, or has no rivals of its size.
    package func matchedRivals(of cells: [FoundCell], count: Int, pool: TrainingPool) throws -> MatchedRivals? {
        if let other = cells.first(where: { !build.space.contains($0.genotype) }) {
            throw UserError(
                .configuration,
                "'\(other.name)' is no cell of the table's space, which has \(build.space.searchSpace.nodesText) "
                    + "intermediate nodes and an operation on every edge: it cannot be matched")
        }
        let rivals = try cells.enumerated().map { number, cell in
            try MatchedRivals.drawn(count, like: cell.genotype, number: number, in: build.space) {
                build.cost($0).parameters
            }
        }
        guard let found = try trained(cells.map(\.genotype), pool: pool),
            let trained = try trained(rivals.flatMap { $0 }, pool: pool)
        else { return nil }
        return MatchedRivals(
            cells.indices.map { place in
                MatchedRivals.Group(
                    name: cells[place].name, found: found[place],
                    rivals: Array(trained[place * count..<(place + 1) * count]))
            })
    }
}
