import Configuration
import Coordinator
import Datasets
import Host

/// `snas local` and `snas coordinator`: a new search.
enum SearchCommand {
    private static let flagsOfBoth = FlagGroup(joining: .newRun, RunStart.flags, .searchSettings, .officialFlags)

    /// With workers on this machine, or without any where a random cell is asked for instead of a search.
    static func local(_ words: [String]) throws -> ExitCode {
        let flags = try CommandLineFlags(
            parsing: words, of: flagsOfBoth, LocalWorkerFlags.flags, SeedsCommand.flags, RandomCommand.flags)
        try flags.refuseOtherWords()
        let workers = try LocalWorkerFlags(flags)
        if try RandomCommand.isWanted(flags) { return try RandomCommand.run(flags) }
        let signals = try SignalPipe(StopSignals.watched)
        if flags.values["seeds"] != nil { return try SeedsCommand.run(flags, workers: workers, signals: signals) }
        guard !flags.toggles.contains("pick") else {
            throw UserError(.usage, "--pick goes with --seeds N: it chooses among the cells of several searches")
        }
        return try start(flags).run { session in
            try LocalRun.run(workers: workers, signals: signals, session: session)
        }
    }

    /// With workers that are started by hand, on any machine.
    static func coordinator(_ words: [String]) throws -> ExitCode {
        let flags = try CommandLineFlags(parsing: words, of: flagsOfBoth, ListeningPort.flags)
        try flags.refuseOtherWords()
        guard try !RandomCommand.isWanted(flags) else {
            throw UserError(.usage, "--search random needs no workers: draw the cell with snas local")
        }
        let signals = try SignalPipe(StopSignals.watched)
        return try start(flags).run { session in
            let port = try ListeningPort(flags)
            return try port.run(try session(), signals: signals)
        }
    }

    private static func start(_ flags: CommandLineFlags) throws -> RunStart {
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
