/// A place in a text as editors count it, with what stands there.
package struct TextPlace: Equatable, Sendable, CustomStringConvertible {
    /// From 1.
    package let line: Int
    /// From 1, in characters of Unicode.
    package let column: Int
    /// The rest of the line, cut where it is long; empty at its end.
    package let excerpt: String

    private static let excerptCharacters = 24

    /// - Parameter offset: a byte of the text, or its end.
    init(_ offset: Int, in bytes: [UInt8]) {
        let offset = min(max(0, offset), bytes.count)
        let newline = UInt8(ascii: "\n")
        let front = bytes[..<offset]
        let lineStart = front.lastIndex(of: newline).map { $0 + 1 } ?? 0
        line = 1 + front.count { $0 == newline }
        // A byte that goes on with a character begins with the bits 10.
        column = 1 + bytes[lineStart..<offset].count { $0 & 0xC0 != 0x80 }
        let rest = String(decoding: bytes[offset...].prefix(200).prefix { $0 != newline }, as: UTF8.self)
        let shown = rest.prefix(Self.excerptCharacters).map { $0.isWhitespace || $0.asciiValue ?? 32 < 32 ? " " : $0 }
        excerpt = String(shown)
    }

    package var description: String {
        "line \(line), column \(column): " + (excerpt.isEmpty ? "the line ends" : "'\(excerpt)'")
    }
}
