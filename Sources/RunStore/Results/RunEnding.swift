package import Formats
package import SearchSpace

/// What a run that is over has come to.
package struct RunEnding: Sendable {
    let genotype: Genotype
    /// Where the cell came from, for `genotype.json`.
    let provenance: [JSONValue.Member]
    /// What a search's cell is derived from; nil of a retraining.
    let architecture: Architecture?
    let weights: [Float]
    let statistics: [Float]
    let layout: WeightLayout

    /// The alpha tables that go into `alphas.safetensors`.
    package struct Architecture: Sendable {
        let alpha: EdgeTable<Float>
        /// Where the cell is derived from a mean and not from the last alpha.
        let mean: EdgeTable<Float>?

        /// Made by a search session when its last step is done.
        package init(alpha: EdgeTable<Float>, mean: EdgeTable<Float>?) {
            self.alpha = alpha
            self.mean = mean
        }
    }

    /// - Parameters:
    ///   - weights: in the layout's order, as the last step left them.
    ///   - statistics: running ones, in the layout's order.
    package init(
        genotype: Genotype, provenance: [JSONValue.Member], architecture: Architecture?, weights: [Float],
        statistics: [Float], layout: WeightLayout
    ) {
        self.genotype = genotype
        self.provenance = provenance
        self.architecture = architecture
        self.weights = weights
        self.statistics = statistics
        self.layout = layout
    }
}
