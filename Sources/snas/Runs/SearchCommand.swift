import Configuration
import Coordinator
import Datasets
import Host

/// `snas local` and `snas coordinator`: a new search.
enum SearchCommand {
    static let local = Command(
        CommandDescription(
            "local", "searches a cell with workers on this machine",
            forms: [
                "[--config F] [--workers N] [--threads T] [--data D] [--run DIR] [settings]",
                "--seeds N [--pick] ...",
                "--search random [--random_params 2.8M | --random_like G] [--seed S] [--run DIR]",
            ],
            details: [
                "The cell, its pictures, curves, weights and logs are left in the run's folder; standard output gets three lines. "
                    + "--search random is no search: it draws a cell from the seed."
            ],
            groups: FlagGroup.newRun + [
                RunStart.flags, LocalWorkerFlags.flags, PageFlags.flags, SeedsCommand.flags, RandomCommand.flags,
            ]
                + FlagGroup.searchSettings + [.officialFlags],
            examples: ["snas local --config configs/quick.yaml --workers 2"]), runLocal)

    static let coordinator = Command(
        CommandDescription(
            "coordinator", "searches a cell with workers that connect from anywhere",
            forms: ["[--config F] [--data D] [--run DIR] [--bind ENDPOINT] [--keys DIR | --insecure] [settings]"],
            details: [
                "Workers are started by hand, as snas-worker --connect ENDPOINT; they may come, go and die at any time."
            ],
            groups: FlagGroup.newRun + [RunStart.flags, ListeningPort.flags, PageFlags.flags] + FlagGroup.searchSettings
                + [
                    .officialFlags
                ],
            examples: ["snas coordinator --data /data/cifar10 --bind tcp://10.0.0.1:5577 --keys keys/coordinator"]),
        runCoordinator)

    /// With workers on this machine, or without any where a random cell is asked for instead of a search.
    private static func runLocal(_ flags: CommandLineFlags) throws -> ExitCode {
        let workers = try LocalWorkerFlags(flags)
        if try RandomCommand.isWanted(flags) { return try RandomCommand.run(flags) }
        let signals = try SignalPipe(StopSignals.watched)
        if flags.values["seeds"] != nil, let name = PageFlags.flags.firstGiven(in: flags) {
            throw UserError(.usage, "--\(name) is about one search's pages; --seeds runs several, one after the other")
        }
        if flags.values["seeds"] != nil { return try SeedsCommand.run(flags, workers: workers, signals: signals) }
        guard !flags.toggles.contains("pick") else {
            throw UserError(.usage, "--pick goes with --seeds N: it chooses among the cells of several searches")
        }
        return try start(flags).run { session in
            try LocalRun.run(workers: workers, signals: signals, pages: try PageFlags.pages(flags), session: session)
        }
    }

    /// With workers that are started by hand, on any machine.
    private static func runCoordinator(_ flags: CommandLineFlags) throws -> ExitCode {
        guard try !RandomCommand.isWanted(flags) else {
            throw UserError(.usage, "--search random needs no workers: draw the cell with snas local")
        }
        let signals = try SignalPipe(StopSignals.watched)
        return try start(flags).run { session in
            let pages = try PageFlags.pages(flags)
            let port = try ListeningPort(flags)
            return try port.run(try session(), signals: signals, pages: pages)
        }
    }

    /// A new search, or one that goes on.
    static func start(_ flags: CommandLineFlags) throws -> RunStart {
        let resolved = try ResolvedConfiguration(ofSearch: flags)
        guard resolved.configuration.retrain.genotype == nil else {
            throw UserError(
                .usage, "retrain.genotype is set: a search finds one; train it with snas retrain --genotype G")
        }
        let data = try TrainingData(flags, resolved.configuration)
        return try RunStart(
            flags, resolved, data, stem: "runs/\(data.recognised.shortName)-\(resolved.configuration.run.seed)")
    }
}
