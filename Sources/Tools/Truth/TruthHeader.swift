package import Configuration
package import Datasets
package import Formats
import Host
import SearchSpace
package import Wire

/// The first line of a truth table: all that its cells' figures depend on, and how the cells were chosen.
package struct TruthHeader: Sendable, Equatable {
    /// Name and number of the format.
    package static let format = "snas truth table 1"

    /// For people; the digest alone says whether it is the same.
    package private(set) var dataName: String
    /// SHA-256 over the data set's canonical form, 64 hexadecimal digits.
    package private(set) var dataDigest: String
    /// Settings that a training reads, `section.key = value`, in the settings' order; genotype and seed are each cell's own.
    package private(set) var recipe: [String]
    /// Images that every training learns from.
    package let trainingImages: Int
    /// Images that say what a training came to; no training learns from them.
    package let judgeImages: Int
    /// How the cells were chosen; another choice is another table.
    package private(set) var choice: TruthCells.Choice
    /// Cells of the whole table, trained with each seed; 0 of given ones, which are added as they are asked for.
    package private(set) var cellCount: Int
    /// The machine's kind; another kind would give other bits.
    package let probe: Digest128
    /// Digest of a table of log, exp and cos values: it belongs to the kind too.
    package let mathTable: Digest128
    /// For people: they are not compared.
    package let processor: String
    /// Versions of the program and of the libraries that compute.
    package let software: String

    /// Of a table that is to be begun on the machine that greets.
    package init(
        configuration: SearchConfiguration, data: ImageSet, cells: TruthCells, greeting: TrainerGreeting
    ) {
        dataName = data.name
        dataDigest = Hexadecimal.string(data.digest())
        recipe = Self.recipe(of: configuration)
        trainingImages = greeting.trainingImages
        judgeImages = greeting.judgeImages
        choice = cells.choice
        cellCount = cells.genotypes.count
        probe = greeting.probe
        mathTable = greeting.mathTable
        processor = greeting.processor
        software = greeting.software
    }

    // MARK: The recipe

    /// The recipe's settings, each as somebody would give it; those that the table's version did not have, with what it did.
    ///
    /// - Throws: `UserError` (data) for a line that is none.
    package func recipeSettings() throws -> [(key: String, value: String)] {
        let written = try recipe.map { line in
            let parts = line.split(separator: "=", maxSplits: 1).map { $0.filter { $0 != " " } }
            guard parts.count == 2 else { throw UserError(.data, "the table's recipe has a line '\(line)'") }
            return (key: parts[0], value: parts[1])
        }
        let known = Set(written.map(\.key))
        let earlier = Setting.all.filter { Self.isRecipe($0.key) && !known.contains($0.key) }
        return written + earlier.compactMap { setting in setting.earlierValue.map { (setting.key, $0) } }
    }

    private static let readSections = ["space.", "data.", "training.", "retrain."]
    private static let readBesides = ["evaluation.shard_images"]

    static func recipe(of configuration: SearchConfiguration) -> [String] {
        configuration.canonicalText.split(separator: "\n").map(String.init).filter { line in
            let key = String(line.prefix { $0 != " " })
            return isRecipe(key)
        }
    }

    private static func isRecipe(_ key: String) -> Bool {
        key != "retrain.genotype"
            && (readBesides.contains(key) || readSections.contains { key.hasPrefix($0) })
    }

    // MARK: As a line

    /// One JSON object without the line's end, as `init(line:source:)` reads it.
    package var line: String {
        JSONValue.object([
            "format": .string(Self.format), "data": .string(dataName), "data_sha256": .string(dataDigest),
            "training_images": .integer(trainingImages), "judge_images": .integer(judgeImages),
            "cells": .integer(cellCount), "chosen": .string(choice.name), "cell_seed": .integer(choice.seed),
            "recipe": .array(recipe.map { .string($0) }), "probe": .string(probe.hexadecimal),
            "math_table": .string(mathTable.hexadecimal), "processor": .string(processor),
            "software": .string(software),
        ]).serialized()
    }

    /// - Throws: `FormatError` for another format, or a line that lacks something.
    package init(line: [UInt8], source: String) throws(FormatError) {
        func fail(_ reason: String) -> FormatError { FormatError(source: source, reason: reason) }
        let value = try JSONValue.parse(line, source: "\(source), first line")
        guard let format = value["format"]?.text else { throw fail("no truth table: its first line names no format") }
        guard format == Self.format else { throw fail("format '\(format)', this program reads '\(Self.format)'") }
        func text(_ key: String) throws(FormatError) -> String {
            guard let text = value[key]?.text else { throw fail("'\(key)' is missing in the first line") }
            return text
        }
        func whole(_ key: String) throws(FormatError) -> Int {
            guard let number = value[key]?.integer, number >= 0 else {
                throw fail("'\(key)' is missing in the first line")
            }
            return number
        }
        func digest(_ key: String) throws(FormatError) -> Digest128 {
            guard let digest = Digest128(hexadecimal: try text(key)) else { throw fail("'\(key)' is no digest") }
            return digest
        }
        dataName = try text("data")
        dataDigest = try text("data_sha256")
        trainingImages = try whole("training_images")
        judgeImages = try whole("judge_images")
        cellCount = try whole("cells")
        guard let choice = TruthCells.Choice(name: try text("chosen"), seed: try whole("cell_seed")) else {
            throw fail("cells chosen in an unknown way")
        }
        self.choice = choice
        recipe = (value["recipe"]?.elements ?? []).compactMap(\.text)
        guard !recipe.isEmpty else { throw fail("'recipe' is missing in the first line") }
        probe = try digest("probe")
        mathTable = try digest("math_table")
        processor = try text("processor")
        software = try text("software")
    }

    // MARK: Comparing

    /// This header with the recipe and the data that somebody has now.
    func with(_ configuration: SearchConfiguration, _ data: ImageSet) -> TruthHeader {
        var copy = self
        copy.recipe = Self.recipe(of: configuration)
        (copy.dataName, copy.dataDigest) = (data.name, Hexadecimal.string(data.digest()))
        return copy
    }

    /// This header for the cells that another one speaks of.
    func asTable(like other: TruthHeader) -> TruthHeader {
        var copy = self
        (copy.choice, copy.cellCount) = (other.choice, other.cellCount)
        return copy
    }

    /// The first thing in which a table's trainings are not this header's, in words; nil where rows of both may stand in one file.
    package func firstDifference(fromTable table: TruthHeader) -> Difference? {
        func other(_ what: String, _ before: some CustomStringConvertible, _ now: some CustomStringConvertible)
            -> String
        {
            "\(what) is \(before) in the table, now it is \(now)"
        }
        if table.dataDigest != dataDigest {
            return .settings(other("the data set (\(table.dataName))", table.dataDigest, "\(dataDigest) (\(dataName))"))
        }
        if let (before, now) = firstOtherSetting(in: table.recipe) {
            return .settings("the table's recipe has \(before), now it is \(now)")
        }
        if table.choice != choice { return .settings(other("the choice of cells", table.choice, choice)) }
        if table.cellCount != cellCount { return .settings(other("the number of cells", table.cellCount, cellCount)) }
        if (table.trainingImages, table.judgeImages) != (trainingImages, judgeImages) {
            return .settings(other("the number of images that judge", table.judgeImages, judgeImages))
        }
        if table.probe != probe || table.mathTable != mathTable {
            return .machine(
                "this machine (\(processor), \(software)) gives other bits than the one that the table was begun on "
                    + "(\(table.processor), \(table.software))")
        }
        return nil
    }

    /// A setting that one of the two recipes lacks has there what versions did without it, or its default: versions add settings, and
    /// tables stay.
    private func firstOtherSetting(in table: [String]) -> (before: String, now: String)? {
        func value(_ key: String, in recipe: [String]) -> String {
            let setting = Setting.named(key)
            return recipe.first { $0.hasPrefix(key + " ") }
                ?? "\(key) = \(setting?.earlierValue ?? setting?.cellTrainingValue ?? "unknown")"
        }
        for line in recipe + table {
            let key = String(line.prefix { $0 != " " })
            let (before, now) = (value(key, in: table), value(key, in: recipe))
            if before != now { return (before, now) }
        }
        return nil
    }

    /// A sentence for the user: which two things are not alike.
    package enum Difference: Equatable {
        case settings(String)
        case machine(String)
    }
}
