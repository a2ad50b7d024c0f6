import Estimation
import SearchSpace
import Wire

/// What each operation adds to a network, measured inside whole networks of the very size: caches are as warm there, and edges as
/// many, as where the operation is used.
///
/// A network that keeps one operation at every third edge is compared, cell by cell, with the one that keeps `none` everywhere, in
/// three networks for all edges; the differences of the cells at a place are divided among their edges there. Edges of one node
/// share what is done to it (its ReLU, a pool of it): with a third of a cell's edges they share about as much as in a drawn cell.
struct OperationTimes {
    private let plan: NetworkPlan
    private let entries: [MeasuredCosts.Entry]

    /// Networks in which each edge has its turn.
    private static let patterns = 3

    /// Which edges keep an operation: all of a cell's stand at one place.
    private struct Pattern {
        /// Of the edges' numbers, by `patterns`.
        let remainder: Int
        /// Whether they are the edges of a reduction that do not halve.
        let isInsideReductions: Bool

        func keeps(_ edge: Edge, of kind: CellKind) -> Bool {
            guard edge.index % patterns == remainder else { return false }
            return kind == .normal ? !isInsideReductions : (edge.from >= 2) == isInsideReductions
        }
    }

    /// A network with one operation.
    private struct Design {
        let operation: Operation
        let pattern: Pattern
        let genotype: Genotype
    }

    /// - Parameter plan: of the network that targets speak of.
    init(_ plan: NetworkPlan) {
        self.plan = plan
        entries = plan.measuredEntries
    }

    /// The network of `none` first, whole, then `NetworkPlan.measuredEntries`.
    ///
    /// What is left of that sharing is the same for all: the times of operations are scaled alike, so that the networks of some drawn
    /// cells take what they add up to.
    ///
    /// - Parameter network: makes a cell's network ready to be timed.
    /// - Returns: the times, and what those of operations were multiplied with.
    func measure(
        _ network: (Genotype) throws -> TimedNetwork, repeats: Int, threads: Int
    ) throws -> (times: [MeasuredTime], scale: Double) {
        let designs = designs
        let drawn = (0..<Self.drawnCells).map {
            RandomGenotype.draw(in: plan.space, seed: .max, attempt: UInt64($0))
        }
        let genotypes = [plan.space.uniform(.none)] + designs.map(\.genotype) + drawn
        let turns = try TimedNetwork.turns(try genotypes.map(network), count: repeats, threads: threads)
        let fixed = MeasuredTime(ofNetwork: turns[0])
        let alone = entries.map { time(of: $0, designs, turns) }
        let costs = MeasuredCosts(
            .latency, fixed: 0,
            costs: Dictionary(uniqueKeysWithValues: zip(entries, alone.map(\.median))))
        let size = DerivedSize(plan, measured: costs)
        let scales = zip(drawn, turns.suffix(drawn.count)).compactMap { genotype, turns -> Double? in
            let sum = size.size(of: genotype)[.latency]
            return sum == 0 ? nil : Double(MeasuredTime(ofNetwork: turns).median - fixed.median) / Double(sum)
        }.sorted()
        let middle = scales.isEmpty ? 1 : (scales[(scales.count - 1) / 2] + scales[scales.count / 2]) / 2
        let scale = min(max(middle, Self.scales.lowerBound), Self.scales.upperBound)
        func scaled(_ nanoseconds: Int) -> Int { Int((scale * Double(nanoseconds)).rounded()) }
        return (
            [fixed] + alone.map { MeasuredTime(median: scaled($0.median), spread: scaled($0.spread)) }, scale
        )
    }

    private static let drawnCells = 8
    /// What lies beyond is noise, of operations that take no time to speak of.
    private static let scales = 0.5...2.0

    private func time(
        of entry: MeasuredCosts.Entry, _ designs: [Design], _ turns: [[[Int]]]
    ) -> MeasuredTime {
        guard entry.operation != .none else { return MeasuredTime(median: 0, spread: 0) }
        let bare = MeasuredTime.partMedians(turns[0])
        var (sum, edges) = (0, 0)
        var samples = [Int](repeating: 0, count: turns[0].count)
        for (number, design) in designs.enumerated() where design.operation == entry.operation {
            let cells = cells(of: design.pattern, at: entry.place)
            guard !cells.isEmpty else { continue }
            let own = MeasuredTime.partMedians(turns[number + 1])
            for (part, count) in cells {
                sum += own[part] - bare[part]
                edges += count
                for turn in samples.indices { samples[turn] += turns[number + 1][turn][part] - turns[0][turn][part] }
            }
        }
        precondition(edges > 0, "no network has \(entry.operation.name) at \(entry.place.words)")
        // An identity may cost less than the clock can tell.
        return MeasuredTime(
            median: max(0, sum / edges), spread: MeasuredTime.quartileDistance(samples) / edges)
    }

    /// Parts of a pass whose cells have edges of a pattern at a place, and how many each has.
    private func cells(of pattern: Pattern, at place: OperationPlace) -> [(part: Int, edges: Int)] {
        plan.blocks.enumerated().compactMap { number, block in
            guard case .cell(let cell) = block else { return nil }
            let edges = plan.space.topology(cell.kind).edges.count { edge in
                pattern.keeps(edge, of: cell.kind) && OperationPlace(from: edge.from, in: cell) == place
            }
            // The stem is part 0.
            return edges == 0 ? nil : (number + 1, edges)
        }
    }

    // MARK: The networks

    private var designs: [Design] {
        let operations = plan.space.operations.filter { $0 != .none }
        return patterns.flatMap { pattern in
            operations.map { Design(operation: $0, pattern: pattern, genotype: genotype($0, pattern)) }
        }
    }

    /// Those that some cell has an edge of; of edges inside reductions only where no normal cell stands at their places.
    private var patterns: [Pattern] {
        func all(_ isInsideReductions: Bool) -> [Pattern] {
            (0..<Self.patterns).map { Pattern(remainder: $0, isInsideReductions: isInsideReductions) }
                .filter { pattern in
                    plan.space.kinds.contains { kind in
                        plan.space.topology(kind).edges.contains { pattern.keeps($0, of: kind) }
                    }
                }
        }
        let usual = all(false)
        let isComplete = entries.allSatisfy { entry in
            usual.contains { !cells(of: $0, at: entry.place).isEmpty }
        }
        return isComplete ? usual : usual + all(true)
    }

    private func genotype(_ operation: Operation, _ pattern: Pattern) -> Genotype {
        plan.space.genotype(
            operations: plan.space.kinds.flatMap { kind in
                plan.space.topology(kind).edges.map { pattern.keeps($0, of: kind) ? operation : .none }
            })
    }
}
