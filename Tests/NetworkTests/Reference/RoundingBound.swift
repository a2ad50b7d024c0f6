import Network
import SearchSpace
import Testing

/// How far a pass in Float may be from the reference in Double: what roundings alone can do, the same on every machine.
///
/// **How many.** The longest path from an image to a gradient leads through every cell's preprocessing and two blocks for each of
/// its nodes, forward and back. A block is a depthwise and a pointwise convolution and a batch norm; each of the three rounds its sum
/// and its result. Roundings fall to both sides, so sums over many terms do not make more of it than a term has (Higham and
/// Mary, *A New Approach to Probabilistic Rounding Error Analysis*, SIAM J. Sci. Comput. 41, 2019).
///
/// **Of what.** Of the terms that a gradient is the sum of, as the root of their squares' sum, not of the sum itself: where a batch
/// norm follows, the derivative by a scale or shift before it is a small difference of large terms, or zero (what batch norm
/// takes away cannot change the loss), and what rounding leaves there goes by the terms.
struct RoundingBound {
    let roundings: Int

    init(cells: Int, nodes: Int) { roundings = 2 * 2 * 3 * cells * (1 + 2 * nodes) }

    private init(roundings: Int) { self.roundings = roundings }

    /// Of a pass in Double that is handed over as Floats: one rounding of the result, and no more.
    static let doubles = RoundingBound(roundings: 1)

    /// What `ours` is off, in roundings of the terms.
    ///
    /// - Parameter terms: sizes of what was added up, an entry each; where an entry itself is larger, it counts.
    private func off(_ ours: some Collection<Float>, _ exact: [Double], _ terms: [Double]) -> Double {
        guard ours.count == exact.count, terms.count == exact.count else { return .infinity }
        let difference = zip(ours, exact).reduce(0.0) { $0 + (Double($1.0) - $1.1) * (Double($1.0) - $1.1) }
        let size = zip(exact, terms).reduce(0.0) { $0 + max($1.0 * $1.0, $1.1 * $1.1) }
        return (difference / max(size, 1e-300)).squareRoot() / 0x1p-24
    }

    private func off(_ ours: some Collection<Float>, _ exact: Parameter) -> Double {
        off(ours, exact.gradient.array, exact.squaredTerms.array.map { $0.squareRoot() })
    }

    /// Loss, every weight's gradient by itself, all statistics, and credits where there are tables of Z.
    ///
    /// - Returns: what is off by more than the bound, the worst first.
    func violations(_ pass: TrainingPass, _ reference: ReferenceNetwork, tables: [Parameter] = []) -> [String] {
        var found = [("loss", off([Float(pass.loss)], [reference.loss], [reference.loss]))]
        for entry in reference.layout.entries {
            found.append((entry.name, off(pass.weightGradient[entry.range], reference.parameter(entry.name))))
        }
        // Where an operation was not computed the layout's entry is 0 and 1.
        var (exact, terms): ([Double], [Double]) = ([], [])
        for entry in reference.layout.statistics {
            let own = reference.statistics[entry.name]
            let zeros = [Double](repeating: 0, count: entry.channels)
            let ones = [Double](repeating: 1, count: entry.channels)
            exact += (own?.mean ?? zeros) + (own?.variance ?? ones)
            terms += (own?.meanSquare.map { $0.squareRoot() } ?? ones) + (own?.meanSquare ?? ones)
        }
        found.append(("statistics", off(pass.statistics, exact, terms)))
        var first = 0
        for table in tables {
            let last = min(pass.credits.count, first + table.values.count)
            found.append(("credits from \(first) on", off(pass.credits[first..<last], table)))
            first = last
        }
        return found.filter { !($0.1 < Double(roundings)) }.sorted { $0.1 > $1.1 }
            .map { "\($0.0) is off by \($0.1) roundings of its terms, not \(roundings)" }
    }

    func expect(
        _ pass: TrainingPass, near reference: ReferenceNetwork, tables: [Parameter] = [],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let found = violations(pass, reference, tables: tables)
        #expect(
            found.isEmpty, "\(found.count) parts, the worst: \(found.prefix(3).joined(separator: "; "))",
            sourceLocation: sourceLocation)
    }
}
