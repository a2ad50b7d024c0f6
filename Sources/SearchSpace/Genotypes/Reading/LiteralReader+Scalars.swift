/// Numbers and quoted texts.
extension LiteralReader {
    static func beginsNumber(_ byte: UInt8) -> Bool { isDigit(byte) || "+-.".utf8.contains(byte) }

    mutating func number() throws(GenotypeError) -> Literal.Value {
        let start = position
        while let byte = next, Self.goesOnWithNumber(byte, behind: bytes[start..<position].last) { position += 1 }
        let digits = String(decoding: bytes[start..<position].prefix(64), as: UTF8.self)
        if let whole = Int(digits) { return .whole(whole) }
        guard position - start <= 64, let real = Double(digits), real.isFinite else {
            throw GenotypeError(reason: "a number expected", at: start)
        }
        return .real(real)
    }

    /// A sign stands in front of a number or behind the letter of its exponent.
    private static func goesOnWithNumber(_ byte: UInt8, behind last: UInt8?) -> Bool {
        if isDigit(byte) || ".eE".utf8.contains(byte) { return true }
        return "+-".utf8.contains(byte) && (last.map { "eE".utf8.contains($0) } ?? true)
    }

    /// A text in either quote, on one line.
    mutating func text() throws(GenotypeError) -> String {
        let start = position
        let quote = next
        position += 1
        var out: [UInt8] = []
        while let byte = next, byte != UInt8(ascii: "\n"), byte != UInt8(ascii: "\r") {
            position += 1
            if byte == quote { return String(decoding: out, as: UTF8.self) }
            guard byte == UInt8(ascii: "\\") else {
                out.append(byte)
                continue
            }
            out += try escaped()
        }
        throw GenotypeError(reason: "a quoted text has no end", at: start)
    }

    private mutating func escaped() throws(GenotypeError) -> [UInt8] {
        guard let byte = next else { throw fail("a quoted text has no end") }
        position += 1
        switch byte {
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"):
            let digits = String(decoding: bytes[position...].prefix(4), as: UTF8.self)
            guard digits.utf8.count == 4, let code = UInt32(digits, radix: 16) else {
                throw fail("four hexadecimal digits expected")
            }
            position += 4
            // Half of a pair is no character by itself; no operation's name has such ones.
            return Array(String(Unicode.Scalar(code).map(Character.init) ?? "\u{FFFD}").utf8)
        case UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        default: throw fail("a backslash in front of '\(Character(Unicode.Scalar(byte)))'")
        }
    }
}
