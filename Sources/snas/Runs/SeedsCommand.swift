import Configuration
import Coordinator
import Datasets
import Host
import Reporting
import RunStore
import SearchSpace
import Tools

/// `snas local --seeds N`: the same search with the seeds S, S+1, ..., one after the other, and the table of what came out.
enum SeedsCommand {
    static let flags = FlagGroup(
        "several seeds",
        [
            .value(
                "seeds", "N",
                "the same search with N seeds, one after the other, and the table of what came out: 1 to 1000"),
            .toggle("pick", "trains the cell of each seed from scratch and keeps the best"),
        ])

    static func run(_ flags: CommandLineFlags, workers: LocalWorkerFlags, signals: SignalPipe) throws -> ExitCode {
        // A series goes on by itself where its folder is named.
        _ = try RunStart.askedFolder(flags)
        let count = try flags.number("seeds", in: 1...1000, standard: 1)
        let resolved = try ResolvedConfiguration(ofSearch: flags)
        let first = resolved.configuration
        let seed = first.run.seed
        guard seed <= Int.max - count else { throw UserError(.usage, "--seed \(seed) leaves no \(count) seeds") }
        let data = try TrainingData(flags, first)
        let series = try SeedSeries(
            in: RunFolder.path(flags, stem: "runs/\(data.recognised.shortName)-\(seed)-to-\(seed + count - 1)"),
            seeds: Array(seed..<seed + count), others: [SeedPick.fileName])
        // Made before the searches: what it refuses should not be found out after them.
        let pick =
            flags.toggles.contains("pick")
            ? try SeedPick(resolved, data: data.images, dataLocation: data.location, folder: series.folder) : nil
        let runs = SeededRuns(series, data: data, workers: workers, signals: signals)
        let code = try runs.run { try ResolvedConfiguration(ofSearch: flags, seed: $0) }
        guard code == .done else {
            LogStream.snas.say(
                LogLine(.note, "go on with the same command and --run \(ShellWord.quoted(series.folder))"))
            return code
        }
        var table = try series.table(target: .target(first.space.searchSpace))
        if let pick {
            guard let outcomes = try outcomes(of: pick, table, workers, signals) else {
                LogStream.snas.say(
                    LogLine(
                        .stopped, "stopped; go on with the same command and --run \(ShellWord.quoted(series.folder))"))
                return .temporary
            }
            table = table.picking(outcomes)
        }
        return try report(table, series)
    }

    private static func outcomes(
        of pick: SeedPick, _ table: SeedTable, _ workers: LocalWorkerFlags, _ signals: SignalPipe
    ) throws -> [SeedTable.Row.Trained]? {
        try pick.outcomes(of: table.rows.map(\.genotype)) { build in
            TrainingPool(
                build.constants, threads: min(workers.allThreads, 256), kernels: workers.kernels,
                signals: signals)
        }
    }

    private static func report(_ table: SeedTable, _ series: SeedSeries) throws -> ExitCode {
        try table.write(in: series.folder)
        LogStream.snas.say(LogLine(.results, table.text))
        let best = table.best
        let accuracy = best.picked?.accuracy ?? best.derived
        let block = FinalBlock(
            found: "the best of \(table.rows.count) seeds, \(best.seed): \(FinalBlock.words(best.genotype))",
            worth: accuracy.map {
                "\(Decimal.text(100 * $0, 2)) % of the held-out images"
                    + (best.picked == nil ? ", with the search's weights" : ", trained from scratch")
            } ?? "no image was held out",
            place: "\(best.run) (the table: \(series.folder)/\(SeedTable.fileName))",
            next: NextCommand.retrain(try RunDirectory.toRead(best.run)))
        LogStream.snas.say(
            LogLine(.results, "the table is in \(series.folder)/\(SeedTable.fileName)").briefly(block.lines))
        try ResultLines.print(table.best.genotype, fingerprint: table.best.fingerprint)
        return .done
    }
}
