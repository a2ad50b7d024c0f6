import Formats
import SearchSpace
import Training

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

    struct Architecture: Sendable {
        let alpha: EdgeTable<Float>
        /// Where the cell is derived from a mean and not from the last alpha.
        let mean: EdgeTable<Float>?
    }
}

/// Makes the results in the run's folder of its events: the cell as texts and pictures, the curves, alpha, the weights.
struct ResultFiles {
    private let files: RunFiles

    init(_ directory: RunDirectory) { files = RunFiles(directory) }

    /// - Throws: `SystemError` where they cannot be written. The weights come last: where they are, all is there.
    func take(_ event: RunEvent) throws {
        guard case .over(let ending) = event else { return }
        try files.cell(ending.genotype, provenance: ending.provenance)
        if let architecture = ending.architecture {
            try files.searchCurves()
            try files.alphas(architecture.alpha, mean: architecture.mean)
        } else {
            try files.retrainingCurves()
        }
        try files.weights(ending.weights, statistics: ending.statistics, layout: ending.layout)
    }
}
