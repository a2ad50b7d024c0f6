import Configuration
import Datasets
import Formats
import Reporting
import SearchSpace
import Training
import Wire

/// What a run that is over leaves.
extension TrainingSession {
    package func finish() throws -> RunResults {
        guard let cells = run.cells else { return try finishRetraining() }
        return try finishSearch(cells)
    }

    /// What every run says of where its result came from.
    private var provenance: [JSONValue.Member] {
        [
            .init("run", .string(directory.identity.description)), .init("seed", .integer(configuration.run.seed)),
            .init("steps", .integer(run.state.step)), .init("data", .string(data.name)),
            .init("data_sha256", .string(Hexadecimal.string(data.digest()))),
            .init("fingerprint", .string(run.state.fingerprint)),
        ]
    }

    private func finishSearch(_ cells: SearchedCells) throws -> RunResults {
        guard let architecture = run.state.architecture else { preconditionFailure("a search without alpha") }
        let genotype = cells.genotype(of: run.state)
        let files = RunFiles(directory)
        let derivedFrom =
            architecture.mean.steps == 0 ? "last alpha" : "mean alpha of the last \(architecture.mean.steps) steps"
        try files.cell(
            genotype,
            provenance: provenance + [
                .init("derived_from", .string(derivedFrom)),
                .init(
                    "budget", cells.budget.map { BudgetWords.provenance($0, genotype) } ?? .null),
            ])
        try files.searchCurves()
        try files.alphas(architecture.alpha, mean: architecture.mean.steps > 0 ? architecture.derivedAlpha : nil)
        try files.weights(run.state.weights, statistics: run.state.statistics, layout: layout)
        let size = cells.budget.map { LogLine(.budget, BudgetWords.final($0, genotype)) }
        let results = LogLine(
            .results,
            "results are in \(directory.path): \(genotype.kinds.map { "\($0).svg" }.joined(separator: " and ")) show\(genotype.kinds.count == 1 ? "s" : "") the cell",
            ["folder": .string(directory.path)])
        return RunResults(
            lines: ResultLines.lines(genotype, fingerprint: run.state.fingerprint),
            notes: [size, results].compactMap { $0 })
    }

    private func finishRetraining() throws -> RunResults {
        guard let genotype = configuration.retrain.genotype else { preconditionFailure("a retraining of no cell") }
        let files = RunFiles(directory)
        try files.cell(genotype, provenance: [.init("kind", .string("retraining"))] + provenance)
        try files.retrainingCurves()
        try files.weights(run.state.weights, statistics: run.state.statistics, layout: layout)
        let results = LogLine(
            .results,
            "results are in \(directory.path); test them with: snas evaluate --run \(directory.path); the fingerprint is "
                + "over weights and running statistics, there is no alpha",
            ["folder": .string(directory.path)])
        return RunResults(lines: ResultLines.lines(genotype, fingerprint: run.state.fingerprint), notes: [results])
    }
}
