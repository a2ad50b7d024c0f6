import Estimation
import Host
import Randomness
package import SearchSpace

/// The cells of a truth table, each once, in the order in which they are trained: drawn at random, so that the first lines of
/// an unfinished table are a sample of the whole one.
package struct TruthCells: Sendable, Equatable {
    /// How the cells came to be these; it stands in the table's header.
    package enum Choice: Sendable, Equatable, CustomStringConvertible {
        /// All live cells of a space, in an order that the seed keys, or the first so many of them.
        case enumerated(seed: Int)
        /// Drawn from a space that is too large to enumerate.
        case sampled(seed: Int)
        /// Cells that somebody found, in the order in which they were asked for.
        case given

        /// As the header has it.
        package var name: String {
            switch self {
            case .enumerated: "enumerated"
            case .sampled: "sampled"
            case .given: "given"
            }
        }

        /// The key of order or draws, `--cell_seed`; 0 of given cells, which have none.
        package var seed: Int {
            switch self {
            case .enumerated(let seed), .sampled(let seed): seed
            case .given: 0
            }
        }

        /// Reads what the header has; nil for a name of another version.
        package init?(name: String, seed: Int) {
            switch name {
            case "enumerated": self = .enumerated(seed: seed)
            case "sampled": self = .sampled(seed: seed)
            case "given": self = .given
            default: return nil
            }
        }

        /// For a sentence that says how two tables differ.
        package var description: String { self == .given ? name : "\(name) with cell_seed \(seed)" }
    }

    /// Goes into the table's header.
    package let choice: Choice
    /// Each the one that stands for all that are the same cell; none is dead, unless they were given.
    package let genotypes: [Genotype]

    /// Genotypes up to which a space is enumerated.
    static let enumerationLimit = 100_000
    /// Draws of a cell that is wanted; most are neither dead nor doubled.
    private static let drawsPerCell = 1000

    /// - Parameters:
    ///   - count: nil takes all.
    ///   - seed: keys order and draws.
    /// - Throws: `UserError` (usage) where there are not so many, or all are too many.
    package init(of space: CellSpace, count: Int?, seed: Int) throws {
        if let all = space.genotypeCount, all <= Self.enumerationLimit {
            let cells = space.liveCells()
            if let count, count > cells.count {
                throw UserError(.usage, "--cells is \(count), the space has \(cells.count) distinct live cells")
            }
            let stream = RandomStream(seed: UInt64(seed), purpose: .truthOrder)
            let order = Permutation.shuffled(cells.count, stream: stream).prefix(count ?? cells.count)
            self.init(choice: .enumerated(seed: seed), genotypes: order.map { cells[$0] })
            return
        }
        guard let count else {
            throw UserError(
                .usage,
                "the space has more than \(Self.enumerationLimit) genotypes, too many for --cells all; give --cells N, or --nodes 1"
            )
        }
        self.init(choice: .sampled(seed: seed), genotypes: try Self.drawn(count, of: space, seed: seed))
    }

    init(choice: Choice, genotypes: [Genotype]) {
        self.choice = choice
        self.genotypes = genotypes
    }

    private static func drawn(_ count: Int, of space: CellSpace, seed: Int) throws -> [Genotype] {
        var seen: Set<Genotype> = []
        var genotypes: [Genotype] = []
        for attempt in 0..<drawsPerCell * count where genotypes.count < count {
            let cell = space.canonical(
                RandomGenotype.draw(in: space.searchSpace, seed: UInt64(seed), attempt: UInt64(attempt)))
            if space.isLive(cell), seen.insert(cell).inserted { genotypes.append(cell) }
        }
        guard genotypes.count == count else {
            throw UserError(.usage, "--cells is \(count); only \(genotypes.count) distinct live cells were drawn")
        }
        return genotypes
    }
}
