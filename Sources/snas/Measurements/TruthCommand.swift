import Configuration
import Formats
import Host
import Reporting
import Tools

/// `snas truth`: a table of what cells are worth, and where found cells stand in it.
enum TruthCommand {
    static let command = Command(
        CommandDescription(
            "truth", "measures what the cells of a space are worth",
            forms: [
                "--table F [--data D] [--config F] [--cells all|N] [--cell_seed S] [--seeds N] [--threads T] [settings]",
                "--table F --rank G... [--k N] [--matched N] [--one_shot RUN] [--data D] [--json] [--picture F.svg]",
            ],
            details: [
                "Trains cells of a space from scratch, all alike and as snas retrain does, and judges each on images that no search "
                    + "reads (data.judge_share). F gets a line for each cell and training seed; the same command goes on where F "
                    + "ends. Small spaces (--nodes 1) are enumerated, each distinct live cell once, in an order that --cell_seed "
                    + "keys; of others --cells N are drawn. configs/truth-digits.yaml is a recipe.",
                "--rank leaves F as it is and says where found cells stand in it. What is not in F is trained by F's recipe and kept in "
                    + "F.found. They are compared with cells that need no search, and with the best of k random ones, where k of "
                    + "their trainings cost as much as a search.",
            ],
            groups: [
                flagsOfBoth, flagsOfTables, flagsOfRanks, .configuration, TrainingData.flags,
                LocalWorkerFlags.computing,
            ]
                + recipeSettings, words: .files,
            examples: [
                "snas truth --table digits.jsonl --config configs/truth-digits.yaml",
                "snas truth --table digits.jsonl --rank runs/digits-2-1 runs/digits-3-1",
            ]), run)

    private static let flagsOfBoth = FlagGroup(
        "the table",
        [
            .value("table", "F", "its file", .files),
            .repeated(
                "rank", "G", "a found cell: a run's folder, a genotype file, a text or a known name; more may follow",
                .files),
            .toggle("json", "one JSON object, with --rank"),
        ])
    private static let flagsOfTables = FlagGroup(
        "how a table is made",
        [
            .value("cells", "N", "cells that are drawn, or all", standard: "all"),
            .value("cell_seed", "S", "what their order is keyed by", standard: "1"),
            .value("seeds", "N", "trainings of each cell, with seeds 1 to N: 1 to 1000", standard: "1"),
        ])
    private static let flagsOfRanks = FlagGroup(
        "where found cells stand",
        [
            .value("k", "N", "random cells that cost as much as a search; without it, it is measured"),
            .value("picture", "F.svg", "a picture of the table with the cells in it", .files),
            .value(
                "one_shot", "RUN",
                "looks at every cell with the weights of this search: Kendall's tau-b says how well they know",
                .folders),
            .value("matched", "N", "trains N random cells beside each found one, within 5 % of its size: 1 to 1000"),
        ])

    /// How cells are trained. Genotypes and seeds are the table's own.
    private static let recipeSettings = FlagGroup.settings(
        Setting.all.filter { setting in
            ["space.nodes", "space.space", "space.operations"].contains(setting.key)
                || !setting.isForSearchOnly && !["retrain.genotype", "run.seed"].contains(setting.key)
        }, title: "settings of the trainings", value: \.cellTrainingValue)

    private static func run(_ flags: CommandLineFlags) throws -> ExitCode {
        try check(flags)
        guard let path = flags.values["table"] else {
            throw UserError(.usage, "snas truth wants --table F, the table's file; snas help truth says the rest")
        }
        let signals = try SignalPipe(StopSignals.watched)
        return flags.repeated["rank"] == nil
            ? try makeTable(flags, path, signals) : try rank(flags, path, signals)
    }

    /// What goes with the one form of the command and not with the other.
    private static func check(_ flags: CommandLineFlags) throws {
        let isRank = flags.repeated["rank"] != nil
        if !isRank, let word = flags.positional.first { throw UserError(.usage, "'\(word)' is not expected") }
        if let name = (isRank ? flagsOfTables : flagsOfRanks).firstGiven(in: flags) {
            throw UserError(
                .usage, isRank ? "--\(name): --rank leaves the table as it is" : "--\(name) goes with --rank")
        }
    }

    // MARK: Commands

    private static func makeTable(_ flags: CommandLineFlags, _ path: String, _ signals: SignalPipe) throws -> ExitCode {
        let build = try build(flags, recipe: [])
        let cells = try TruthCells(
            of: build.space, count: try cellCount(flags),
            seed: try flags.number("cell_seed", in: 0...Int.max, standard: 1))
        let seeds = try flags.number("seeds", in: 1...1000, standard: 1)
        let pool = try pool(flags, build, signals)
        guard try build.table(at: path, cells: cells, seeds: seeds, pool: pool) != nil else {
            return stopped("stopped; the same command goes on with '\(path)'")
        }
        return .done
    }

    private static func rank(_ flags: CommandLineFlags, _ path: String, _ signals: SignalPipe) throws -> ExitCode {
        let table = try TruthTable.read(path)
        let cells = try ((flags.repeated["rank"] ?? []) + flags.positional).map(FoundCell.init)
        for note in cells.compactMap(\.note) { StandardStreams.note(note) }
        let draws = try flags.values["k"].map { _ in try flags.number("k", in: 1...1_000_000, standard: 1) }
        let build = try build(flags, recipe: try table.header.recipeSettings())
        let ranking = try TruthRanking(build, table: table, path: path)
        try flags.values["picture"].map(FileSystem.checkFile)
        let early = "stopped; what has been trained is kept"
        let trainings = try pool(flags, build, signals)
        guard let (ranks, words) = try ranking.ranks(of: cells, draws: draws, pool: trainings) else {
            return stopped(early)
        }
        var frame = words
        if flags.values["matched"] != nil {
            let count = try flags.number("matched", in: 1...1000, standard: 1)
            guard let matched = try ranking.matchedRivals(of: cells, count: count, pool: trainings) else {
                return stopped(early)
            }
            frame.matched = matched
        }
        if let run = flags.values["one_shot"] {
            let pool = try pool(flags, build, signals, oneShotRun: run)
            guard let agreement = try ranking.oneShotAgreement(run: run, pool: pool) else { return stopped(early) }
            frame.oneShot = agreement
        }
        // A picture that cannot be written does not cost the figures, nor they the picture.
        let picture = Result {
            guard let path = flags.values["picture"] else { return }
            try FileSystem.writeAtomically(path, Array(ranks.picture(frame).utf8))
        }
        let lines = flags.toggles.contains("json") ? [ranks.json(frame).serialized()] : ranks.lines(frame)
        for line in lines { try StandardStreams.print(line) }
        try picture.get()
        return .done
    }

    private static func stopped(_ sentence: String) -> ExitCode {
        LogStream.snas.say(LogLine(.stopped, sentence))
        return .temporary
    }

    // MARK: Parts

    /// - Parameter recipe: a table's; what is told besides has to agree with them.
    private static func build(
        _ flags: CommandLineFlags, recipe: [(key: String, value: String)]
    ) throws -> TruthBuild {
        // A wrong --threads or --kernels is refused before files are read.
        _ = try LocalWorkerFlags.kernels(flags)
        let threads = try threads(flags)
        if let warning = CrowdedCores.line(threads, "trainings", threads: 1, on: CoreCount.ofThisProcess()) {
            LogStream.snas.say(warning)
        }
        var builder = ConfigurationBuilder(from: .cellTraining, origin: .standard)
        for (key, value) in recipe { try builder.apply(name: key, value: value, origin: .set) }
        try builder.apply(flags, settings: recipeSettings)
        let resolved = try builder.finished()
        let data = try TrainingData(flags, resolved.configuration)
        return try TruthBuild(resolved, data: data.images, dataLocation: data.location)
    }

    private static func pool(
        _ flags: CommandLineFlags, _ build: TruthBuild, _ signals: SignalPipe, oneShotRun: String? = nil
    ) throws -> TrainingPool {
        TrainingPool(
            build.constants, threads: try threads(flags),
            kernels: try LocalWorkerFlags.kernels(flags), oneShotRun: oneShotRun, signals: signals)
    }

    /// Trainings that run side by side, each on a thread.
    private static func threads(_ flags: CommandLineFlags) throws -> Int {
        try flags.number("threads", in: 1...256, standard: HostInfo.coreCount())
    }

    private static func cellCount(_ flags: CommandLineFlags) throws -> Int? {
        guard let text = flags.values["cells"], Spelling.name(text, among: ["all"]) == nil else { return nil }
        guard let count = Spelling.whole(text), (1...1_000_000).contains(count) else {
            throw UserError(.usage, "--cells is '\(text)'; it takes all, or a number of cells")
        }
        return count
    }
}
