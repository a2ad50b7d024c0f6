/// Reads one value of Python's or JSON's notation: lists, tuples, dictionaries, both quotes, numbers, calls with positional and named
/// arguments, a comma after the last item, comments, line breaks anywhere between two words. It evaluates nothing, and stops at
/// limits that no genotype reaches.
struct LiteralReader {
    let bytes: [UInt8]
    /// The byte that is read next.
    var position: Int
    private var valueCount = 0

    /// Brackets within brackets; the deepest dialect (Vega's description) has about 8.
    static let depthLimit = 64
    /// Values in one value: a cell of 1024 edges has less than 4096.
    static let valueLimit = 100_000

    /// - Parameter position: where the value begins, perhaps behind blanks.
    init(_ bytes: [UInt8], from position: Int = 0) {
        self.bytes = bytes
        self.position = position
    }

    var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    func fail(_ reason: String) -> GenotypeError { GenotypeError(reason: reason, at: position) }

    /// Passes blanks, line ends, comments, and the backslash that continues a line.
    mutating func skipBlanks() {
        while let byte = next {
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"), 0x0B, 0x0C:
                position += 1
            case UInt8(ascii: "#"): position = Self.lineEnd(bytes, from: position)
            case UInt8(ascii: "\\") where bytes[(position + 1)...].first.map { $0 == 0x0A || $0 == 0x0D } ?? false:
                position += 1
            case 0xC2 where position + 1 < bytes.count && bytes[position + 1] == 0xA0: position += 2
            default: return
            }
        }
    }

    /// The line end at or behind a byte.
    static func lineEnd(_ bytes: [UInt8], from position: Int) -> Int {
        bytes[position...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
    }

    mutating func take(_ character: Character) -> Bool {
        skipBlanks()
        guard next == character.asciiValue else { return false }
        position += 1
        return true
    }

    /// - Throws: `GenotypeError` where anything but blanks is left.
    mutating func end() throws(GenotypeError) {
        skipBlanks()
        guard next == nil else { throw fail("the end expected") }
    }

    /// - Parameter depth: of brackets around it.
    /// - Throws: `GenotypeError` with the byte where it is no value.
    mutating func value(depth: Int = 0) throws(GenotypeError) -> Literal {
        skipBlanks()
        guard depth < Self.depthLimit else { throw fail("brackets in more than \(Self.depthLimit) brackets") }
        valueCount += 1
        guard valueCount <= Self.valueLimit else { throw fail("more than \(Self.valueLimit) values in one") }
        let start = position
        switch next {
        case UInt8(ascii: "["):
            position += 1
            return Literal(value: .sequence(try items(until: "]", depth: depth).items), offset: start)
        case UInt8(ascii: "("):
            position += 1
            let (items, endsWithComma) = try items(until: ")", depth: depth)
            // Brackets around one value are no tuple.
            if items.count == 1, !endsWithComma { return items[0] }
            return Literal(value: .sequence(items), offset: start)
        case UInt8(ascii: "{"):
            position += 1
            return Literal(value: .dictionary(try members(depth: depth)), offset: start)
        case UInt8(ascii: "'"), UInt8(ascii: "\""): return Literal(value: .text(try text()), offset: start)
        case let byte? where Self.beginsNumber(byte): return Literal(value: try number(), offset: start)
        case let byte? where Self.beginsWord(byte): return Literal(value: try wordOrCall(depth: depth), offset: start)
        default: throw fail("a value expected")
        }
    }

    private mutating func items(
        until bracket: Character, depth: Int
    ) throws(GenotypeError) -> (items: [Literal], endsWithComma: Bool) {
        var items: [Literal] = []
        var endsWithComma = false
        while !take(bracket) {
            guard items.isEmpty || endsWithComma else { throw fail("',' or '\(bracket)' expected") }
            items.append(try value(depth: depth + 1))
            endsWithComma = take(",")
        }
        return (items, endsWithComma)
    }

    private mutating func members(depth: Int) throws(GenotypeError) -> [Literal.Member] {
        var members: [Literal.Member] = []
        var endsWithComma = true
        while !take("}") {
            guard endsWithComma else { throw fail("',' or '}' expected") }
            let key = try value(depth: depth + 1)
            guard take(":") else { throw fail("':' expected") }
            members.append(Literal.Member(key: key, value: try value(depth: depth + 1)))
            endsWithComma = take(",")
        }
        return members
    }

    // MARK: Words and calls

    private mutating func wordOrCall(depth: Int) throws(GenotypeError) -> Literal.Value {
        let word = word()
        // Python 2 wrote texts with a letter in front.
        if word == "u", next == UInt8(ascii: "'") || next == UInt8(ascii: "\"") { return .text(try text()) }
        switch word {
        case "None", "null": return .nothing
        case "True", "true": return .truth(true)
        case "False", "false": return .truth(false)
        default:
            guard take("(") else { return .word(word) }
            return .call(word, try arguments(depth: depth))
        }
    }

    private mutating func arguments(depth: Int) throws(GenotypeError) -> [Literal.Argument] {
        var arguments: [Literal.Argument] = []
        var endsWithComma = true
        while !take(")") {
            guard endsWithComma else { throw fail("',' or ')' expected") }
            let name = argumentName()
            arguments.append(Literal.Argument(name: name, value: try value(depth: depth + 1)))
            endsWithComma = take(",")
        }
        return arguments
    }

    /// The word in front of an equals sign; nil, and nothing is passed, where there is none.
    private mutating func argumentName() -> String? {
        skipBlanks()
        let start = position
        guard let word = passedWord() else { return nil }
        if take("="), next != UInt8(ascii: "=") { return word }
        position = start
        return nil
    }

    private mutating func word() -> String {
        let start = position
        while let byte = next, Self.goesOnWithWord(byte) { position += 1 }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    /// The word that begins here; nil, and nothing is passed, where none does.
    mutating func passedWord() -> String? { next.map(Self.beginsWord) ?? false ? word() : nil }

    static func beginsWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): true
        default: false
        }
    }

    static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    /// Points belong to it: they join a module's name and a name in it.
    static func goesOnWithWord(_ byte: UInt8) -> Bool {
        beginsWord(byte) || isDigit(byte) || byte == UInt8(ascii: ".")
    }
}
