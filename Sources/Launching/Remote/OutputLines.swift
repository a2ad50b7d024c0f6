/// Lines of another program's output as they come, whatever it holds: control characters become spaces, what is no UTF-8 is marked,
/// and a line without an end is cut.
struct OutputLines {
    private var rest: [UInt8] = []

    /// Longer lines are cut into several.
    static let lineBytesAtMost = 4096

    /// - Returns: the lines that these bytes complete, without their ends.
    mutating func take(_ bytes: some Sequence<UInt8>) -> [String] {
        var lines: [String] = []
        for byte in bytes {
            if byte != UInt8(ascii: "\n") { rest.append(byte) }
            if byte == UInt8(ascii: "\n") || rest.count >= Self.lineBytesAtMost { lines.append(takeRest()) }
        }
        return lines
    }

    /// What has no end yet; nil where there is nothing.
    mutating func last() -> String? { rest.isEmpty ? nil : takeRest() }

    private mutating func takeRest() -> String {
        defer { rest.removeAll(keepingCapacity: true) }
        // A carriage return in front of the line's end is the end of a line too.
        let bytes = rest.last == UInt8(ascii: "\r") ? rest.dropLast() : rest[...]
        let text = String(decoding: bytes, as: UTF8.self)
        return String(
            text.map {
                $0.isNewline || $0.unicodeScalars.contains { $0.properties.generalCategory == .control } ? " " : $0
            })
    }
}
