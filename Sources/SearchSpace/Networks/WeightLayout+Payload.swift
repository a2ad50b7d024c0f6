extension WeightLayout {
    /// What the flat vector that a round sums is made of, in its order: the weights' gradients, then the statistics.
    ///
    /// - Returns: entries side by side with the entry of alpha's table that they serve; nil: every mixture needs them.
    package func payloadStretches(weights: Bool, statistics: Bool) -> [(entries: Int, tableEntry: Int?)] {
        let gradients = weights ? entries.map { (entries: $0.count, tableEntry: $0.tableEntry) } : []
        let norms = statistics ? self.statistics.map { (entries: 2 * $0.channels, tableEntry: $0.tableEntry) } : []
        return gradients + norms
    }
}
