/// Looks for genotypes in a text that holds more. A genotype that was read is passed over as a whole, a damaged one up to the damage;
/// what is read for nothing is counted, so that the time is proportional to the text's length whatever stands in it.
struct GenotypeScan {
    private let bytes: [UInt8]
    private var position = 0
    private(set) var findings: [GenotypeDocument.Finding] = []
    private(set) var aliases: [String: String] = [:]
    /// Byte by byte `Genotype`, with which the name of every named tuple of the field ends.
    private static let word = Array("Genotype".utf8)
    private var bytesReadAgain = 0
    /// Texts' lengths; brackets within brackets of real files are a few.
    private static let readAgainLimit = 8
    /// Other names, of which a file has some dozens.
    private static let aliasLimit = 10_000
    /// Bytes of the longest name that is told.
    private static let nameLimit = 64

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func run() {
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "#") where isComment: position = LiteralReader.lineEnd(bytes, from: position)
            case UInt8(ascii: "'"), UInt8(ascii: "\""): passLongQuotes()
            case UInt8(ascii: "G") where bytes[position...].starts(with: Self.word): call()
            case UInt8(ascii: "|"): staged()
            case UInt8(ascii: "="): assignment()
            default: position += 1
            }
        }
    }

    private func byte(at place: Int) -> UInt8? { bytes.indices.contains(place) ? bytes[place] : nil }

    private static func isBlank(_ byte: UInt8?) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

    private static func isBlank(_ byte: UInt8) -> Bool { isBlank(Optional(byte)) }

    /// A number sign begins a comment at a line's beginning and behind a blank; `#3` in a log is a number.
    private var isComment: Bool {
        let before = byte(at: position - 1)
        guard before == nil || before == UInt8(ascii: "\n") || Self.isBlank(before) else { return false }
        return !(byte(at: position + 1).map(LiteralReader.isDigit) ?? false)
    }

    /// Three quotes in a row begin a text of several lines, which three end; without these they are what they are.
    private mutating func passLongQuotes() {
        let quote = bytes[position]
        guard byte(at: position + 1) == quote, byte(at: position + 2) == quote else {
            position += 1
            return
        }
        var place = position + 3
        while place + 2 < bytes.count {
            if bytes[place] == quote, bytes[place + 1] == quote, bytes[place + 2] == quote {
                position = place + 3
                return
            }
            place += 1
        }
        position += 3
    }

    // MARK: Calls

    private mutating func call() {
        let start = wordStart(position)
        position += Self.word.count
        var reader = LiteralReader(bytes, from: position)
        guard reader.take("("), !isDefinition(start) else { return }
        reader.skipBlanks()
        position = reader.position
        guard holdsLists(reader) else { return }
        add(start)
        // A damaged one ends where it is damaged: what stands behind is looked at.
        reader.position = start
        _ = try? reader.value()
        position = max(position, reader.position)
    }

    /// The first byte of a word whose part is at a place, modules in front of it included.
    private func wordStart(_ place: Int) -> Int {
        var start = place
        while let before = byte(at: start - 1), place - start < Self.nameLimit, LiteralReader.goesOnWithWord(before) {
            start -= 1
        }
        while start < place, !LiteralReader.beginsWord(bytes[start]) { start += 1 }
        return start
    }

    /// `class Genotype(NamedTuple):`, `def Genotype(...):`.
    private func isDefinition(_ start: Int) -> Bool {
        ["class ", "def "].contains { word in
            start >= word.utf8.count && bytes[(start - word.utf8.count)..<start].elementsEqual(word.utf8)
        }
    }

    /// Whether the first argument is a list, or the text ends before one can tell: where it is a name, this is code.
    private func holdsLists(_ reader: LiteralReader) -> Bool {
        var reader = reader
        guard let first = reader.passedWord() else { return Self.beginsList(reader.next) }
        guard reader.take("=") else { return reader.next == nil || Self.makesList(first) }
        reader.skipBlanks()
        guard let word = reader.passedWord() else { return Self.beginsList(reader.next) }
        return reader.next == nil || word == "None" || Self.makesList(word)
    }

    private static func beginsList(_ byte: UInt8?) -> Bool {
        byte == nil || byte == UInt8(ascii: "[") || byte == UInt8(ascii: "(")
    }

    private static func makesList(_ word: String) -> Bool {
        ["array", "asarray", "list", "tuple", "range"].contains(Literal.ownName(word))
    }

    // MARK: Strings and assignments

    /// `|operation~number|`; a log's tables have vertical lines too.
    private mutating func staged() {
        let start = position
        position += 1
        var place = position
        while let byte = byte(at: place), LiteralReader.goesOnWithWord(byte) { place += 1 }
        guard place > position, byte(at: place) == UInt8(ascii: "~") else { return }
        place += 1
        let digits = place
        while let byte = byte(at: place), LiteralReader.isDigit(byte) { place += 1 }
        guard place > digits, byte(at: place) == UInt8(ascii: "|") else { return }
        add(start)
        var reader = LiteralReader(bytes, from: start)
        _ = try? Genotype(staged: &reader)
        position = max(place, reader.position)
    }

    /// Behind an equals sign: a list, tuple or dictionary that looks like a genotype, or a name for a name.
    private mutating func assignment() {
        let sign = position
        position += 1
        guard byte(at: sign + 1) != UInt8(ascii: "="), let name = name(before: sign) else { return }
        var place = sign + 1
        while Self.isBlank(byte(at: place)) { place += 1 }
        guard let first = byte(at: place) else { return }
        if LiteralReader.beginsWord(first) {
            var end = place
            while let byte = byte(at: end), LiteralReader.goesOnWithWord(byte) { end += 1 }
            let isWhole = byte(at: end).map { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") } ?? true
            guard isWhole, aliases.count < Self.aliasLimit else { return }
            aliases[name] = String(decoding: bytes[place..<end], as: UTF8.self)
            return
        }
        guard "[({".utf8.contains(first) else { return }
        var reader = LiteralReader(bytes, from: place)
        let literal = try? reader.value()
        let isOne = literal.map(looksLikeGenotype) ?? false
        if isOne { findings.append(GenotypeDocument.Finding(name: name, offset: place)) }
        // In another value genotypes may stand; a text that is made to be read again and again is passed over at last.
        if !isOne { bytesReadAgain += reader.position - place }
        if isOne || bytesReadAgain > Self.readAgainLimit * bytes.count { position = max(position, reader.position) }
    }

    private func looksLikeGenotype(_ literal: Literal) -> Bool {
        do throws(GenotypeError) { return try ReadGenotype(literal) != nil } catch { return true }
    }

    // MARK: Names

    private mutating func add(_ start: Int) {
        var place = start
        // JSON puts the text into quotes.
        if let quote = byte(at: place - 1), quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") { place -= 1 }
        findings.append(GenotypeDocument.Finding(name: nameInFront(of: place), offset: start))
    }

    /// The name in front of the equals sign or the colon in front of a place.
    private func nameInFront(of place: Int) -> String? {
        var place = place - 1
        while let byte = byte(at: place), Self.isBlank(byte) || "\\\r\n".utf8.contains(byte) { place -= 1 }
        guard let sign = byte(at: place), sign == UInt8(ascii: "=") || sign == UInt8(ascii: ":") else { return nil }
        let name = name(before: place)
        guard let type = name, type.hasSuffix("Genotype"), !type.contains("-") else { return name }
        // `BEST: Genotype = ...` names the type too.
        let front = bytes[..<place].suffix(Self.nameLimit).reversed().drop(while: Self.isBlank)
        let colon = front.dropFirst(type.utf8.count).drop(while: Self.isBlank)
        guard front.starts(with: type.utf8.reversed()), colon.first == UInt8(ascii: ":") else { return name }
        return self.name(before: colon.startIndex.base - 1)
    }

    /// A hyphen belongs to it, as in Katib's `Best-Genotype=`.
    private func name(before sign: Int) -> String? {
        var end = sign
        while Self.isBlank(byte(at: end - 1)) { end -= 1 }
        if let quote = byte(at: end - 1), quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") { end -= 1 }
        var start = end
        while let byte = byte(at: start - 1), end - start < Self.nameLimit,
            LiteralReader.goesOnWithWord(byte) || byte == UInt8(ascii: "-")
        { start -= 1 }
        return start == end ? nil : String(decoding: bytes[start..<end], as: UTF8.self)
    }
}
