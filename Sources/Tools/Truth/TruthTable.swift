package import Formats
import Host
package import SearchSpace

/// What cells are worth, a JSON line each: a header, then a line for each cell and training seed. Lines are only ever appended,
/// each on the disk before the next.
package struct TruthTable: Sendable, Equatable {
    /// What one training of one cell came to.
    package struct Row: Sendable, Equatable {
        /// The cell that was trained: of genotypes that are the same cell, the one that stands for them.
        package let genotype: Genotype
        /// The training's, from 1.
        package let seed: Int
        /// Mean cross-entropy over the images that judge; nil where the training was not finite, which is worse than any.
        package let loss: Double?
        /// Judging images whose label the trained network gave; at most as many as there are.
        package let hits: Int
        /// Of the network that was trained.
        package let parameters: Int
        /// Of the same network, for one image forward; convolutions and classifier count.
        package let multiplyAdds: Int
        /// As `snas retrain` prints it.
        package let fingerprint: String

        /// From an outcome of a training, or from a line of the file.
        package init(
            genotype: Genotype, seed: Int, loss: Double?, hits: Int, parameters: Int, multiplyAdds: Int,
            fingerprint: String
        ) {
            self.genotype = genotype
            self.seed = seed
            self.loss = loss
            self.hits = hits
            self.parameters = parameters
            self.multiplyAdds = multiplyAdds
            self.fingerprint = fingerprint
        }
    }

    /// The table's first line.
    package let header: TruthHeader
    /// In the file's order: all cells with seed 1, then all with seed 2; given cells as they were trained.
    package var rows: [Row]

    /// A table that is in memory only; `TruthBuild` writes its lines.
    package init(header: TruthHeader, rows: [Row]) {
        self.header = header
        self.rows = rows
    }

    /// Bytes of the largest table that is read.
    static let limitBytes = 1 << 30

    /// Reads a table that may be growing, or whose last line was cut off.
    ///
    /// - Returns: also how many bytes its whole lines take; nil for a file without one whole line.
    /// - Throws: `FormatError` with the line that cannot be read.
    package static func read(
        _ bytes: [UInt8], source: String
    ) throws(FormatError) -> (table: TruthTable, wholeBytes: Int)? {
        guard let last = bytes.lastIndex(of: UInt8(ascii: "\n")) else { return nil }
        let lines = bytes[..<last].split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard let first = lines.first else { return nil }
        let header = try TruthHeader(line: Array(first), source: source)
        var rows: [Row] = []
        for (number, line) in lines.enumerated().dropFirst() {
            rows.append(try Row(line: Array(line), images: header.judgeImages, source: "\(source), line \(number + 1)"))
        }
        return (TruthTable(header: header, rows: rows), last + 1)
    }

    /// - Throws: `UserError` (noInput) where there is no table; `FormatError`.
    package static func read(_ path: String) throws -> TruthTable {
        guard FileSystem.exists(path) else { throw UserError(.noInput, "there is no truth table '\(path)'") }
        let bytes = try FileSystem.readFile(path, limitBytes: limitBytes)
        guard let (table, _) = try read(bytes, source: path) else { throw UserError(.data, "'\(path)' holds no table") }
        return table
    }
}

extension TruthTable.Row {
    /// One JSON object without the line's end; `accuracy` stands there for people and is not read again.
    ///
    /// - Parameter images: as many as judged.
    package func line(images: Int) -> String {
        JSONValue.object([
            "genotype": .string(genotype.compactText), "seed": .integer(seed),
            "loss": loss.map { .number($0) } ?? .null,
            "accuracy": .number(Double(hits) / Double(max(1, images))), "hits": .integer(hits),
            "parameters": .integer(parameters), "multiply_adds": .integer(multiplyAdds),
            "fingerprint": .string(fingerprint),
        ]).serialized()
    }

    init(line: [UInt8], images: Int, source: String) throws(FormatError) {
        func fail(_ reason: String) -> FormatError { FormatError(source: source, reason: reason) }
        let value = try JSONValue.parse(line, source: source)
        func whole(_ key: String) throws(FormatError) -> Int {
            guard let number = value[key]?.integer, number >= 0 else { throw fail("'\(key)' is missing") }
            return number
        }
        guard let text = value["genotype"]?.text, let fingerprint = value["fingerprint"]?.text else {
            throw fail("'genotype' or 'fingerprint' is missing")
        }
        do { genotype = try Genotype(parsing: text) } catch { throw fail("\(error)") }
        loss = value["loss"]?.number
        guard loss != nil || value["loss"] == .null else { throw fail("'loss' is missing") }
        seed = try whole("seed")
        hits = try whole("hits")
        guard hits <= images else { throw fail("\(hits) hits of \(images) images") }
        parameters = try whole("parameters")
        multiplyAdds = try whole("multiply_adds")
        self.fingerprint = fingerprint
    }
}
