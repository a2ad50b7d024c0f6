import Configuration
import Host
import Reporting
import Tools

/// `snas truth`: a table of what cells are worth.
enum TruthCommand {
    static let usage = """
        usage: snas truth --table F [--data D] [--config F] [--cells all|N] [--cell_seed S] [--seeds N] [--threads T] [settings]

        Trains cells of a space from scratch, all alike and as snas retrain does, and judges each on images that no search
        reads (data.judge_share). F gets a line for each cell and training seed; the same command goes on where F ends.
        Small spaces (--nodes 1) are enumerated, each distinct live cell once, in an order that --cell_seed keys; of
        others --cells N are drawn. --seeds N trains each with seeds 1 to N, a whole table for one after the other.
        Settings are those of snas retrain, and --nodes; configs/truth-digits.yaml is a recipe.
        """

    private static let ownFlags: [String: CommandLineFlags.Kind] = [
        "config": .value, "data": .value, "set": .repeated, "threads": .value, "kernels": .value, "table": .value,
        "cells": .value, "cell_seed": .value, "seeds": .value,
    ]

    static func run(_ words: [String]) throws -> ExitCode {
        if words.contains("--help") || words.contains("-h") {
            StandardStreams.print(usage)
            return .done
        }
        let flags = try parse(words)
        guard let path = flags.values["table"] else { throw UserError(.usage, "snas truth wants --table F\n\(usage)") }
        let signals = try SignalPipe(StopSignals.all)
        let build = try build(flags)
        let pool = TrainingPool(
            build.constants, threads: try number(flags, "threads", HostInfo.coreCount(), 1...256),
            kernels: flags.values["kernels"], signals: signals)
        let cells = try TruthCells(
            of: build.space, count: try cellCount(flags), seed: try number(flags, "cell_seed", 1, 0...Int.max))
        let seeds = try number(flags, "seeds", 1, 1...1000)
        guard try build.table(at: path, cells: cells, seeds: seeds, pool: pool) != nil else {
            LogStream.snas.say(LogLine(.stopped, "stopped; the same command goes on with '\(path)'"))
            return .temporary
        }
        return .done
    }

    private static func parse(_ words: [String]) throws -> CommandLineFlags {
        var declared = ownFlags
        for setting in Setting.all where isRecipe(setting) { declared[setting.flag] = .value }
        let flags = try CommandLineFlags(parsing: words, declared: declared)
        if let word = flags.positional.first { throw UserError(.usage, "'\(word)' is not expected") }
        return flags
    }

    /// Genotypes and seeds are the table's own.
    private static func isRecipe(_ setting: Setting) -> Bool {
        setting.key == "space.nodes"
            || !setting.isForSearchOnly && !["retrain.genotype", "run.seed"].contains(setting.key)
    }

    private static func build(_ flags: CommandLineFlags) throws -> TruthBuild {
        _ = try SearchCommand.localWorkers(flags)
        var builder = ConfigurationBuilder(from: .retraining, origin: .standard)
        if let path = flags.values["config"] { try builder.apply(file: path) }
        try SearchCommand.apply(flags, to: &builder, except: Array(ownFlags.keys))
        let resolved = try builder.finished()
        let (_, data) = try SearchCommand.data(flags)
        return try TruthBuild(resolved, data: data, dataLocation: SearchCommand.dataLocation(flags))
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
