import Configuration
import Datasets
import Formats
import Host
import Reporting
import RunStore
import SearchSpace
import Training
import Wire

/// What a run that is over leaves.
extension TrainingSession {
    /// Of a search the cell derived from its alpha, of a retraining the weights of the cell that it was given.
    package func finish() -> RunResults {
        guard let cells = run.cells else { return finishRetraining() }
        return finishSearch(cells)
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

    private func finishSearch(_ cells: SearchedCells) -> RunResults {
        guard let architecture = run.state.architecture else { preconditionFailure("a search without alpha") }
        let genotype = cells.genotype(of: run.state)
        let derivedFrom =
            architecture.mean.steps == 0 ? "last alpha" : "mean alpha of the last \(architecture.mean.steps) steps"
        let ending = RunEnding(
            genotype: genotype,
            provenance: provenance + [
                .init("derived_from", .string(derivedFrom)),
                .init("budget", cells.budget.map { BudgetText.provenance($0, genotype) } ?? .null),
            ],
            architecture: .init(
                alpha: architecture.alpha, mean: architecture.mean.steps > 0 ? architecture.derivedAlpha : nil),
            weights: run.state.weights, statistics: run.state.statistics, layout: layout)
        let size = cells.budget.map { LogLine(.budget, BudgetText.final($0, genotype)) }
        let results = LogLine(
            .results,
            "results are in \(directory.path): \(genotype.kinds.map { "\($0).svg" }.joined(separator: " and ")) show\(genotype.kinds.count == 1 ? "s" : "") the cell",
            ["folder": .string(directory.path)])
        return RunResults(
            lines: ResultLines.lines(genotype, fingerprint: run.state.fingerprint),
            notes: [size, results].compactMap { $0 }, event: .over(ending))
    }

    private func finishRetraining() -> RunResults {
        guard let genotype = configuration.retrain.genotype else { preconditionFailure("a retraining of no cell") }
        let ending = RunEnding(
            genotype: genotype, provenance: [.init("kind", .string("retraining"))] + provenance, architecture: nil,
            weights: run.state.weights, statistics: run.state.statistics, layout: layout)
        let results = LogLine(
            .results,
            "results are in \(directory.path); test them with: snas evaluate --run \(ShellWord.quoted(directory.path)); the fingerprint is "
                + "over weights and running statistics, there is no alpha",
            ["folder": .string(directory.path)])
        return RunResults(
            lines: ResultLines.lines(genotype, fingerprint: run.state.fingerprint), notes: [results],
            event: .over(ending))
    }
}
