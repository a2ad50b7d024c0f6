package import Optimization
package import SearchSpace
package import Wire

extension VectorParts {
    /// How the payloads of a round are cut whose shards leave out what their mixtures do not hold: a part for each entry of alpha's
    /// table, by the same number, and the last one for what every mixture needs.
    ///
    /// - Returns: nil where shards compute everything, or yield nothing that is summed.
    package init?(_ job: RoundJob, _ layout: WeightLayout) {
        let (weights, statistics) = (job.yields.contains(.weightGradient), job.yields.contains(.statistics))
        guard job.mixing.leavesOut, weights || statistics else { return nil }
        self.init(
            optionalParts: job.table.count,
            layout.payloadStretches(weights: weights, statistics: statistics).map { ($0.entries, $0.tableEntry) })
    }
}
