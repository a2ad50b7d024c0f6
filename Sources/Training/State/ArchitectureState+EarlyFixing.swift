package import SearchSpace

/// Early fixing (DSNAS: Hu et al. 2020): an edge whose two most probable operations are far enough apart is decided. From then on every
/// shard computes its most probable operation, and its row of alpha is put back after each step, since Adam's momentum and decay
/// would move it without any gradient.
extension ArchitectureState {
    /// What an edge that is decided has in the place of its other operations' alpha: no Gumbel noise of 64 bits is as large.
    private static let excluded: Float = -1000

    /// What shards draw from: alpha, with one operation alone on edges that are decided.
    package var table: EdgeTable<Float> {
        guard !fixedRows.isEmpty else { return alpha }
        var table = alpha
        let best = alpha.largestColumns
        for row in fixedRows {
            let places = alpha.shape.rows[row]
            for place in places { table.entries[place] = place == places.lowerBound + best[row] ? 0 : Self.excluded }
        }
        return table
    }

    /// Decides what can be decided: called between two epochs.
    ///
    /// - Parameter gap: between the two largest probabilities of an edge; 0 decides nothing.
    mutating func fixRows(gap: Double) {
        guard gap > 0 else { return }
        let probabilities = alpha.probabilities()
        for (row, places) in alpha.shape.rows.enumerated() where !fixedRows.contains(row) && places.count > 1 {
            let sorted = probabilities.entries[places].sorted(by: >)
            if sorted[0] - sorted[1] >= gap { fixedRows.append(row) }
        }
        fixedRows.sort()
    }
}
