extension JSONValue {
    /// Reads one document of UTF-8.
    ///
    /// - Parameter source: what errors call it.
    /// - Throws: `FormatError` with the byte where reading failed: what is no JSON, a key that stands twice, more
    ///   than 64 levels.
    package static func parse(_ bytes: [UInt8], source: String) throws(FormatError) -> JSONValue {
        var parser = JSONParser(bytes: bytes, source: source)
        let value = try parser.value(depth: 0)
        try parser.end()
        return value
    }
}

private struct JSONParser {
    let bytes: [UInt8]
    let source: String
    var position = 0

    static let depthLimit = 64

    func fail(_ reason: String) -> FormatError {
        FormatError(source: source, reason: "\(reason) at byte \(position) of JSON")
    }

    var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func skipSpace() {
        while let byte = next, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { position += 1 }
    }

    mutating func end() throws(FormatError) {
        skipSpace()
        guard next == nil else { throw fail("more than one value") }
    }

    mutating func take(_ byte: UInt8) -> Bool {
        skipSpace()
        guard next == byte else { return false }
        position += 1
        return true
    }

    mutating func value(depth: Int) throws(FormatError) -> JSONValue {
        guard depth < Self.depthLimit else { throw fail("nested too deeply") }
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    mutating func word(_ word: String, _ value: JSONValue) throws(FormatError) -> JSONValue {
        guard bytes[position...].starts(with: word.utf8) else { throw fail("'\(word)' expected") }
        position += word.utf8.count
        return value
    }

    mutating func object(depth: Int) throws(FormatError) -> JSONValue {
        position += 1
        var members: [JSONValue.Member] = []
        while !take(UInt8(ascii: "}")) {
            if !members.isEmpty, !take(UInt8(ascii: ",")) { throw fail("',' expected") }
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw fail("a key expected") }
            let key = try string()
            guard take(UInt8(ascii: ":")) else { throw fail("':' expected") }
            members.append(JSONValue.Member(key, try value(depth: depth + 1)))
        }
        guard Set(members.map(\.key)).count == members.count else { throw fail("a key stands twice") }
        return .object(members)
    }

    mutating func array(depth: Int) throws(FormatError) -> JSONValue {
        position += 1
        var elements: [JSONValue] = []
        while !take(UInt8(ascii: "]")) {
            if !elements.isEmpty, !take(UInt8(ascii: ",")) { throw fail("',' expected") }
            elements.append(try value(depth: depth + 1))
        }
        return .array(elements)
    }

    mutating func number() throws(FormatError) -> JSONValue {
        let start = position
        _ = takeAny("-")
        guard takeAny("0") || takeDigits() else { throw fail("a value expected") }
        if takeAny("."), !takeDigits() { throw fail("digits expected") }
        if takeAny("eE") {
            _ = takeAny("+-")
            guard takeDigits() else { throw fail("digits expected") }
        }
        guard next.map({ !"+-.0123456789".utf8.contains($0) }) ?? true else { throw fail("a number ends here") }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if let integer = Int(text) { return .integer(integer) }
        guard let number = Double(text), number.isFinite else { throw fail("a number out of range") }
        return .number(number)
    }

    /// One byte of these.
    private mutating func takeAny(_ known: String) -> Bool {
        guard let byte = next, known.utf8.contains(byte) else { return false }
        position += 1
        return true
    }

    /// One digit and all behind it.
    private mutating func takeDigits() -> Bool {
        let start = position
        while let byte = next, "0123456789".utf8.contains(byte) { position += 1 }
        return position > start
    }

    mutating func string() throws(FormatError) -> String {
        position += 1
        var out: [UInt8] = []
        while let byte = next, byte != UInt8(ascii: "\"") {
            position += 1
            guard byte == UInt8(ascii: "\\") else {
                guard byte >= 0x20 else { throw fail("a control character in a string") }
                out.append(byte)
                continue
            }
            out += try escape()
        }
        guard next != nil else { throw fail("a string without end") }
        position += 1
        guard let text = String(validating: out, as: UTF8.self) else { throw fail("text that is not UTF-8") }
        return text
    }

    mutating func escape() throws(FormatError) -> [UInt8] {
        guard let byte = next else { throw fail("a string without end") }
        position += 1
        switch byte {
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "u"):
            var unit = try hexadecimalUnit()
            if (0xD800..<0xDC00).contains(unit), bytes[position...].starts(with: "\\u".utf8) {
                position += 2
                let low = try hexadecimalUnit()
                guard (0xDC00..<0xE000).contains(low) else { throw fail("half a surrogate pair") }
                unit = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(unit) else { throw fail("half a surrogate pair") }
            return Array(String(Character(scalar)).utf8)
        default: throw fail("an unknown escape")
        }
    }

    mutating func hexadecimalUnit() throws(FormatError) -> UInt32 {
        guard position + 4 <= bytes.count,
            let pair = Hexadecimal.bytes(String(decoding: bytes[position..<position + 4], as: UTF8.self)),
            pair.count == 2
        else { throw fail("four hexadecimal digits expected") }
        position += 4
        return UInt32(pair[0]) << 8 | UInt32(pair[1])
    }
}
