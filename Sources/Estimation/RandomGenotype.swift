import Randomness
package import SearchSpace

/// Cells drawn uniformly from the whole space: every candidate of an edge, `none` included, is as likely as any other.
/// The baseline that any search has to beat.
package enum RandomGenotype {
    /// - Parameter attempt: draws of one seed are numbered, each a key of its own.
    package static func draw(in space: SearchSpace, seed: UInt64, attempt: UInt64) -> Genotype {
        let stream = RandomStream(seed: seed, purpose: .randomGenotype, major: attempt)
        let operations = space.shape.candidates.enumerated().map { row, candidates in
            candidates[Int(stream.below(UInt32(candidates.count), UInt64(row)))]
        }
        return space.genotype(operations: operations)
    }

    /// The first draw that is acceptable, so uniform among all that are.
    ///
    /// - Returns: nil where none of so many attempts is.
    package static func firstDraw(
        in space: SearchSpace, seed: UInt64, attempts: Int, isAcceptable: (Genotype) -> Bool
    ) -> (genotype: Genotype, attempt: Int)? {
        for attempt in 0..<attempts {
            let genotype = draw(in: space, seed: seed, attempt: UInt64(attempt))
            if isAcceptable(genotype) { return (genotype, attempt) }
        }
        return nil
    }
}
