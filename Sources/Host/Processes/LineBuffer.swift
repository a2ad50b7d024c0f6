/// Cuts bytes that come in pieces into lines, and keeps what has no end yet.
package struct LineBuffer {
    /// Bytes of a line, without its end.
    private let limitBytes: Int
    private var rest: [UInt8] = []

    /// A longer line is refused as soon as it is too long, so that no peer fills the memory.
    package init(limitBytes: Int) { self.limitBytes = limitBytes }

    /// The lines that these bytes complete, without their ends.
    ///
    /// - Throws: `UserError` (data) for a line that is longer than the limit, or no UTF-8.
    package mutating func take(_ bytes: some Sequence<UInt8>) throws -> [String] {
        var lines: [String] = []
        for byte in bytes {
            guard byte == UInt8(ascii: "\n") else {
                guard rest.count < limitBytes else {
                    throw UserError(.data, "a line of more than \(limitBytes) bytes")
                }
                rest.append(byte)
                continue
            }
            guard let line = String(validating: rest, as: UTF8.self) else {
                throw UserError(.data, "a line that is not UTF-8")
            }
            lines.append(line)
            rest.removeAll(keepingCapacity: true)
        }
        return lines
    }
}
