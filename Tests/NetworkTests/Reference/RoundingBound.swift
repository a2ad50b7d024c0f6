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

    /// - Parameters:
    ///   - terms: sizes of what was added up, an entry each; where an entry itself is larger, it counts.
    func expect(
        _ name: String, _ ours: some Collection<Float>, near exact: [Double], terms: [Double],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(ours.count == exact.count && terms.count == exact.count, "\(name)", sourceLocation: sourceLocation)
        let difference = zip(ours, exact).reduce(0.0) { $0 + (Double($1.0) - $1.1) * (Double($1.0) - $1.1) }
        let size = zip(exact, terms).reduce(0.0) { $0 + max($1.0 * $1.0, $1.1 * $1.1) }
        let off = (difference / max(size, 1e-300)).squareRoot() / 0x1p-24
        #expect(
            off < Double(roundings), "\(name) is off by \(off) roundings of its terms", sourceLocation: sourceLocation)
    }

    func expect(
        _ name: String, _ ours: some Collection<Float>, near parameter: Parameter,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        expect(
            name, ours, near: parameter.gradient.array, terms: parameter.squaredTerms.array.map { $0.squareRoot() },
            sourceLocation: sourceLocation)
    }

    /// Loss, every weight's gradient by itself, and all statistics of a pass.
    func expect(
        _ pass: TrainingPass, near reference: ReferenceNetwork, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        expect(
            "loss", [Float(pass.loss)], near: [reference.loss], terms: [reference.loss], sourceLocation: sourceLocation)
        for entry in reference.layout.entries {
            expect(
                entry.name, pass.weightGradient[entry.range], near: reference.parameter(entry.name),
                sourceLocation: sourceLocation)
        }
        // Where an operation was not computed the layout's entry is 0 and 1.
        var (exact, terms): ([Double], [Double]) = ([], [])
        for entry in reference.layout.statistics {
            let own = reference.statistics[entry.name]
            let (zeros, ones) = (
                [Double](repeating: 0, count: entry.channels), [Double](repeating: 1, count: entry.channels)
            )
            exact += (own?.mean ?? zeros) + (own?.variance ?? ones)
            terms += (own?.meanSquare.map { $0.squareRoot() } ?? ones) + (own?.meanSquare ?? ones)
        }
        expect("statistics", pass.statistics, near: exact, terms: terms, sourceLocation: sourceLocation)
    }
}
