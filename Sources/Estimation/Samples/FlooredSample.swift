package import SearchSpace

/// A relaxed sample whose smallest parts are not computed: operations whose Z is below a floor are left out of the shard, and the
/// others keep their Z. Here we leave the paper, which computes all operations however small their part is; late in a search, when the
/// temperature is low, a draw gives most of them less than a thousandth.
///
/// The credit of what was left out is not known. It counts as the edge's mean, m = sum Z_k r_k / sum Z_k over the operations that were
/// computed, so that dL/dalpha_k = Z_k (r_k - m) / temperature for those and 0 for the others. The exact gradient (SNAS 2.3) of an
/// operation that was left out is at most floor * |r_k - m'| / temperature, with m' the mean over all; m is off from m' by at most
/// the sum of the parts that were left out times their largest |r_k - m'|. The output lacks what was left out: less than the floor's
/// share of each.
package struct FlooredSample: ShardSample, Equatable {
    private let draw: RelaxedSample
    private let keeps: EdgeTable<Bool>

    /// `none` computes nothing and its credit is known to be 0: it is never left out.
    ///
    /// - Parameter floor: 0 to `MixtureFloor.largest`.
    package init(_ draw: RelaxedSample, floor: Double) {
        precondition((0...MixtureFloor.largest).contains(floor))
        self.draw = draw
        let shape = draw.z.shape
        var keeps = EdgeTable(shape, repeating: true)
        for (row, candidates) in zip(shape.rows, shape.candidates) {
            let largest = row.max { draw.z.entries[$0] < draw.z.entries[$1] }
            for (entry, operation) in zip(row, candidates) {
                keeps.entries[entry] = operation == .none || draw.z.entries[entry] >= floor || entry == largest
            }
        }
        self.keeps = keeps
    }

    /// 0 for what is left out; rows no longer sum to 1.
    package var mixture: EdgeTable<Float> {
        EdgeTable(keeps.shape, zip(draw.mixture.entries, keeps.entries).map { $1 ? $0 : 0 })
    }

    package var relaxed: RelaxedSample? { draw }

    package func alphaGradient(credits: EdgeTable<Double>) -> EdgeTable<Double> {
        precondition(credits.shape == keeps.shape)
        var filled = credits
        for row in keeps.shape.rows {
            let kept = row.filter { keeps.entries[$0] }
            let share = kept.reduce(0.0) { $0 + draw.z.entries[$1] }
            let mean = kept.reduce(0.0) { $0 + draw.z.entries[$1] * credits.entries[$1] } / share
            for entry in row where !keeps.entries[entry] { filled.entries[entry] = mean }
        }
        return draw.alphaGradient(credits: filled)
    }
}
