import Configuration
import Formats
import Host
import Reporting
import Tools

/// `snas truth`: a table of what cells are worth, and where found cells stand in it.
enum TruthCommand {
    static let usage = """
        usage: snas truth --table F [--data D] [--config F] [--cells all|N] [--cell_seed S] [--seeds N] [--threads T]
                          [settings]
               snas truth --table F --rank G... [--k N] [--matched N] [--one_shot RUN] [--data D] [--threads T]
                          [--json] [--picture F.svg]

        Trains cells of a space from scratch, all alike and as snas retrain does, and judges each on images that no search
        reads (data.judge_share). F gets a line for each cell and training seed; the same command goes on where F ends.
        Small spaces (--nodes 1) are enumerated, each distinct live cell once, in an order that --cell_seed keys; of
        others --cells N are drawn. --seeds N trains each with seeds 1 to N, a whole table for one after the other.
        Settings are those of snas retrain, and --nodes; configs/truth-digits.yaml is a recipe.

        --rank leaves F as it is and says where found cells stand in it: runs' folders, genotype files, texts or known names.
        What is not in F is trained by F's recipe and kept in F.found. They are compared with cells that need no search, and
        with the best of k random ones, where k of their trainings cost as much as a search; --k N sets it. --one_shot RUN
        looks at every cell of F with the weights that a search left in RUN: Kendall's tau-b says how well they know.
        --matched N trains N random cells beside each found one, within 5 % of its size in the network that is trained, and
        says whether found cells are better than these by more than luck.
        """

    private static let ownFlags: [String: CommandLineFlags.Kind] = [
        "config": .value, "data": .value, "set": .repeated, "threads": .value, "kernels": .value, "table": .value,
        "cells": .value, "cell_seed": .value, "seeds": .value, "rank": .repeated, "k": .value, "json": .toggle,
        "picture": .value, "one_shot": .value, "matched": .value,
    ]
    private static let ofTables = ["cells", "cell_seed", "seeds"]
    private static let ofRanks = ["k", "picture", "one_shot", "matched"]

    static func run(_ words: [String]) throws -> ExitCode {
        if words.contains("--help") || words.contains("-h") {
            StandardStreams.print(usage)
            return .done
        }
        let flags = try parse(words)
        guard let path = flags.values["table"] else {
            throw UserError(.usage, "snas truth wants --table F, the table's file; snas truth --help says the rest")
        }
        let signals = try SignalPipe(StopSignals.all)
        return flags.repeated["rank"] == nil
            ? try makeTable(flags, path, signals) : try rank(flags, path, signals)
    }

    private static func parse(_ words: [String]) throws -> CommandLineFlags {
        var declared = ownFlags
        for setting in Setting.all where isRecipe(setting) { declared[setting.flag] = .value }
        let flags = try CommandLineFlags(parsing: words, declared: declared)
        let isRank = flags.repeated["rank"] != nil
        if !isRank, let word = flags.positional.first { throw UserError(.usage, "'\(word)' is not expected") }
        if let name = (isRank ? ofTables : ofRanks).first(where: { flags.values[$0] != nil }) {
            throw UserError(
                .usage, isRank ? "--\(name): --rank leaves the table as it is" : "--\(name) goes with --rank")
        }
        return flags
    }

    /// Genotypes and seeds are the table's own.
    private static func isRecipe(_ setting: Setting) -> Bool {
        ["space.nodes", "space.space", "space.operations"].contains(setting.key)
            || !setting.isForSearchOnly && !["retrain.genotype", "run.seed"].contains(setting.key)
    }

    // MARK: Commands

    private static func makeTable(_ flags: CommandLineFlags, _ path: String, _ signals: SignalPipe) throws -> ExitCode {
        let build = try build(flags, recipe: [])
        let cells = try TruthCells(
            of: build.space, count: try cellCount(flags), seed: try number(flags, "cell_seed", 1, 0...Int.max))
        let seeds = try number(flags, "seeds", 1, 1...1000)
        let pool = try pool(flags, build, signals)
        guard try build.table(at: path, cells: cells, seeds: seeds, pool: pool) != nil else {
            return stopped("stopped; the same command goes on with '\(path)'")
        }
        return .done
    }

    private static func rank(_ flags: CommandLineFlags, _ path: String, _ signals: SignalPipe) throws -> ExitCode {
        let table = try TruthTable.read(path)
        let cells = try ((flags.repeated["rank"] ?? []) + flags.positional).map(FoundCell.init)
        let draws = try flags.values["k"].map { _ in try number(flags, "k", 1, 1...1_000_000) }
        let build = try build(flags, recipe: table.header.recipe)
        let ranking = try TruthRanking(build, table: table, path: path)
        let early = "stopped; what has been trained is kept"
        let trainings = try pool(flags, build, signals)
        guard let (ranks, words) = try ranking.ranks(of: cells, draws: draws, pool: trainings) else {
            return stopped(early)
        }
        var frame = words
        if flags.values["matched"] != nil {
            let count = try number(flags, "matched", 1, 1...1000)
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
        if let picture = flags.values["picture"] {
            try FileSystem.writeAtomically(picture, Array(ranks.picture(frame).utf8))
        }
        if flags.toggles.contains("json") {
            StandardStreams.print(ranks.json(frame).serialized())
        } else {
            for line in ranks.lines(frame) { StandardStreams.print(line) }
        }
        return .done
    }

    private static func stopped(_ sentence: String) -> ExitCode {
        LogStream.snas.say(LogLine(.stopped, sentence))
        return .temporary
    }

    // MARK: Parts

    /// - Parameter recipe: a table's lines; what is told besides has to agree with them.
    private static func build(_ flags: CommandLineFlags, recipe: [String]) throws -> TruthBuild {
        _ = try SearchCommand.localWorkers(flags)
        var builder = ConfigurationBuilder(from: .retraining, origin: .standard)
        for line in recipe {
            let parts = line.split(separator: "=", maxSplits: 1).map { $0.filter { $0 != " " } }
            guard parts.count == 2 else { throw UserError(.data, "the table's recipe has a line '\(line)'") }
            try builder.apply(name: parts[0], value: parts[1], origin: .set)
        }
        if let path = flags.values["config"] { try builder.apply(file: path) }
        try SearchCommand.apply(flags, to: &builder, except: Array(ownFlags.keys))
        let resolved = try builder.finished()
        let (_, data) = try SearchCommand.data(flags)
        return try TruthBuild(resolved, data: data, dataLocation: SearchCommand.dataLocation(flags))
    }

    private static func pool(
        _ flags: CommandLineFlags, _ build: TruthBuild, _ signals: SignalPipe, oneShotRun: String? = nil
    ) throws -> TrainingPool {
        TrainingPool(
            build.constants, threads: try number(flags, "threads", HostInfo.coreCount(), 1...256),
            kernels: flags.values["kernels"], oneShotRun: oneShotRun, signals: signals)
    }

    private static func cellCount(_ flags: CommandLineFlags) throws -> Int? {
        guard let text = flags.values["cells"], text != "all" else { return nil }
        guard let count = Int(text), (1...1_000_000).contains(count) else {
            throw UserError(.usage, "--cells is '\(text)'; it takes all, or a number of cells")
        }
        return count
    }

    private static func number(
        _ flags: CommandLineFlags, _ name: String, _ standard: Int, _ range: ClosedRange<Int>
    ) throws -> Int {
        guard let text = flags.values[name] else { return standard }
        guard let value = Int(text), range.contains(value) else {
            throw UserError(.usage, "--\(name) is '\(text)'; it takes \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }
}
