/// The genotypes in a text as people have it: a log, saved output, a Python file, JSON, or one genotype alone.
///
/// Where the whole text is one value, it is that. Else genotypes are looked for: `...Genotype(...)`, NAS-Bench-201's strings, and
/// lists, tuples and dictionaries behind an equals sign. What stands in a comment or in Python's long quotes does not count, nor
/// does code, whose cells are names (`Genotype(normal=gene_normal, ...)`). The time is proportional to the text's length.
package struct GenotypeDocument: Sendable {
    /// A place where a genotype begins, damaged ones included: whoever takes the last one is told that it is damaged.
    struct Finding: Sendable {
        /// What stands in front of it: `DARTS_V2` of `DARTS_V2 = Genotype(...)`, `genotype` of a log's line.
        let name: String?
        /// Its first byte.
        let offset: Int
    }

    /// UTF-8, without a mark of its order of bytes.
    let bytes: [UInt8]
    /// In the order of the text.
    let findings: [Finding]
    /// `DARTS = DARTS_V2`: another name for a genotype that has one.
    let aliases: [String: String]

    /// - Parameter given: a file's bytes in UTF-8, also with odd ones, or in UTF-16 with its mark, as some shells save output.
    /// - Throws: `GenotypeError` where no genotype is there; where it is one value, why it is none.
    package init(_ given: [UInt8]) throws(GenotypeError) {
        let bytes = Self.utf8(given)
        self.bytes = bytes
        var reader = LiteralReader(bytes)
        reader.skipBlanks()
        let start = reader.position
        let whole = Self.whole(&reader)
        if case .genotype? = whole {
            (findings, aliases) = ([Finding(name: nil, offset: start)], [:])
            return
        }
        // JSON that ends in the middle may hold a whole text, and is a damaged file nevertheless.
        if case .fault(let fault)? = whole, start < bytes.count, bytes[start] == UInt8(ascii: "{") {
            throw fault.placed(in: bytes)
        }
        var scan = GenotypeScan(bytes)
        scan.run()
        guard !scan.findings.isEmpty else {
            if case .fault(let fault)? = whole { throw fault.placed(in: bytes) }
            throw GenotypeError(
                reason: "no genotype in it: no Genotype(...), |operation~0|+... or another form of a cell")
        }
        (findings, aliases) = (scan.findings, scan.aliases)
    }

    private enum Whole {
        case genotype
        /// Why one value that looks like a genotype is none, or where the first value ends too early.
        case fault(GenotypeError)
    }

    /// What the text is as one value; nil where more stands behind a first value, or that is no genotype's.
    private static func whole(_ reader: inout LiteralReader) -> Whole? {
        guard reader.next != nil else { return nil }
        do throws(GenotypeError) {
            if reader.next == UInt8(ascii: "|") {
                _ = try Genotype(staged: &reader)
            } else {
                let literal = try reader.value()
                reader.skipBlanks()
                guard reader.next == nil else { return nil }
                if case .word = literal.value { return nil }
                return try ReadGenotype(literal).map { _ in .genotype }
            }
            reader.skipBlanks()
            return reader.next == nil ? .genotype : nil
        } catch { return .fault(error) }
    }

    private static func utf8(_ given: [UInt8]) -> [UInt8] {
        if given.starts(with: [0xEF, 0xBB, 0xBF]) { return Array(given.dropFirst(3)) }
        for (mark, high) in [([UInt8](arrayLiteral: 0xFF, 0xFE), 1), ([0xFE, 0xFF], 0)] where given.starts(with: mark) {
            let units = stride(from: 2, to: given.count - 1, by: 2).map { place in
                UInt16(given[place + high]) << 8 | UInt16(given[place + 1 - high])
            }
            return Array(String(decoding: units, as: UTF16.self).utf8)
        }
        return given
    }

    // MARK: One of them

    /// A genotype with where it was found.
    package struct Found: Sendable {
        package let genotype: Genotype
        package let form: GenotypeForm
        /// What stands in front of it; nil where nothing does.
        package let name: String?
        package let place: TextPlace
        /// From 1, among all that are there.
        package let number: Int
    }

    /// How many there are, damaged ones included.
    package var count: Int { findings.count }

    /// The last one, or the one that is asked for.
    ///
    /// - Parameter pick: its number, from 1, or a name: of several with that name the last.
    /// - Throws: `GenotypeError` for one that is not there, with what is, and for one that is damaged, with the place.
    package func picked(_ pick: String? = nil) throws(GenotypeError) -> Found {
        let index = try pick.map { text throws(GenotypeError) in try self.index(text) } ?? findings.count - 1
        let finding = findings[index]
        var reader = LiteralReader(bytes, from: finding.offset)
        do throws(GenotypeError) {
            let read = try ReadGenotype(&reader)
            return Found(
                genotype: read.genotype, form: read.form, name: finding.name,
                place: TextPlace(finding.offset, in: bytes), number: index + 1)
        } catch {
            let placed = error.placed(in: bytes)
            guard pick == nil, findings.count > 1 else { throw placed }
            throw placed.adding(
                ", in the last of \(findings.count) genotypes; --pick 1 to \(findings.count - 1) takes another")
        }
    }

    private func index(_ pick: String) throws(GenotypeError) -> Int {
        if let number = Int(pick) {
            guard (1...findings.count).contains(number) else {
                throw GenotypeError(reason: "there is no genotype \(number); \(contents)")
            }
            return number - 1
        }
        let names = Set(findings.compactMap(\.name)).union(aliases.keys)
        let alike = names.filter { KnownGenotypes.folded($0) == KnownGenotypes.folded(pick) }
        var name = names.contains(pick) ? pick : alike.count == 1 ? alike.first ?? pick : pick
        for _ in 0..<Self.aliasLimit {
            if let index = findings.lastIndex(where: { $0.name == name }) { return index }
            guard let other = aliases[name] else { break }
            name = other
        }
        throw GenotypeError(reason: "there is no genotype '\(pick.prefix(64))'; \(contents)")
    }

    /// Names of names; one that stands for itself ends.
    private static let aliasLimit = 16
    private static let shownNames = 12

    private var contents: String {
        var seen: Set<String> = []
        let names = findings.compactMap(\.name).filter { seen.insert($0).inserted } + aliases.keys.sorted()
        let shown =
            names.prefix(Self.shownNames).joined(separator: ", ") + (names.count > Self.shownNames ? ", ..." : "")
        return "there \(count == 1 ? "is one" : "are \(count)")" + (names.isEmpty ? "" : ", with the names \(shown)")
    }
}
