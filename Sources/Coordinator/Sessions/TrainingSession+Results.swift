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
        let (genotype, isProven) = cells.derived(of: run.state)
        let alpha =
            architecture.mean.steps == 0 ? "last alpha" : "mean alpha of the last \(architecture.mean.steps) steps"
        let derivedFrom =
            cells.choice.map {
                "the best of \($0.count) cells drawn from the \(alpha), on \(run.plan.choosingImages) images that nothing else read"
            } ?? alpha
        let ending = RunEnding(
            genotype: genotype,
            provenance: provenance + [
                .init("derived_from", .string(derivedFrom)), SearchedNetwork(configuration.space).provenance,
                .init(
                    "budget",
                    cells.budget.map {
                        BudgetText.provenance($0, genotype, table: configuration.budget.latencyTable)
                    } ?? .null),
            ],
            architecture: .init(
                alpha: architecture.alpha, mean: architecture.mean.steps > 0 ? architecture.derivedAlpha : nil),
            weights: run.state.weights, statistics: run.state.statistics, layout: layout)
        // The block has it too.
        let size = cells.budget.map { LogLine(.budget, BudgetText.final($0, genotype)).briefly([]) }
        let doubt = isProven ? nil : LogLine(.note, "note: \(BudgetText.doubt)")
        let results = LogLine(
            .results,
            "results are in \(directory.path): \(genotype.kinds.map { "\($0).svg" }.joined(separator: " and ")) show\(genotype.kinds.count == 1 ? "s" : "") the cell",
            ["folder": .string(directory.path)]
        ).briefly(block(genotype, cells.budget).lines)
        return RunResults(
            lines: ResultLines.lines(genotype, fingerprint: run.state.fingerprint),
            notes: [size, doubt, results].compactMap { $0 }, event: .over(ending))
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
            ["folder": .string(directory.path)]
        ).briefly(blockOfRetraining(genotype).lines)
        return RunResults(
            lines: ResultLines.lines(genotype, fingerprint: run.state.fingerprint), notes: [results],
            event: .over(ending))
    }

    // MARK: For people

    private func block(_ genotype: Genotype, _ budget: Budget?) -> FinalBlock {
        FinalBlock(
            found: FinalBlock.words(genotype),
            worth: (accuracy("derived").map { "\($0) with the search's weights" } ?? "no image was held out")
                + (budget.map { "; \(BudgetText.brief($0, genotype))" } ?? ""),
            place: "\(directory.path) (genotype.txt, normal.svg, curves.svg, weights.safetensors, log.txt)",
            next: NextCommand.retrain(directory))
    }

    private func blockOfRetraining(_ genotype: Genotype) -> FinalBlock {
        let train = lastEpoch?["train_accuracy"]?.number.map { "\(RunReporter.percent($0)) of the training images" }
        return FinalBlock(
            found: "trained weights of a network: \(FinalBlock.words(genotype))",
            worth: accuracy("held_out") ?? train ?? "no epoch was trained to its end",
            place: "\(directory.path) (weights.safetensors, curves.svg, genotype.txt, log.txt)",
            next: "snas evaluate --run \(ShellWord.quoted(directory.path))")
    }

    /// As the run's metrics have it: those before a resume are no longer in memory.
    private var lastEpoch: JSONValue? { (try? RunMetrics(directory).epochs())?.last }

    /// Of the last epoch that was evaluated.
    private func accuracy(_ network: String) -> String? {
        guard let count = lastEpoch?[network], let share = count["accuracy"]?.number,
            let images = count["images"]?.integer
        else { return nil }
        return "\(RunReporter.percent(share)) of \(images) held-out images"
    }
}
