package import SearchSpace

/// The draw of GDAS (Dong and Yang 2019, formulas 4 to 7): forward the operation with the largest Z alone, with weight 1; backward
/// through the relaxed Z of the same draw.
///
/// Only the drawn operation k is computed, so of an edge's credits r_k alone is known, and those of the others count as 0:
/// dL/dalpha_j = Z_k r_k ((1 where j = k, else 0) - Z_j) / temperature. Public code computes the drawn operation alone too, but
/// adds every other operation's weight to the output as a plain number, so that its credit is the sum of the output's gradient.
package struct OneHotSample: ShardSample, Equatable {
    private let draw: RelaxedSample

    /// - Parameter draw: whose largest entry on each edge is chosen.
    package init(_ draw: RelaxedSample) { self.draw = draw }

    package var mixture: EdgeTable<Float> { draw.hardMixture }

    package var relaxed: RelaxedSample? { draw }

    package func alphaGradient(credits: EdgeTable<Double>) -> EdgeTable<Double> { draw.alphaGradient(credits: credits) }
}
