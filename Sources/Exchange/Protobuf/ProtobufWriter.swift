/// Protocol Buffers' wire format, as much of it as event files and ONNX need. A field that has its default is left out, as version 3
/// of the language has it, unless it is one of a choice or of a list.
struct ProtobufWriter {
    private(set) var bytes: [UInt8] = []

    private enum Wire: UInt64 {
        case varint = 0
        case eightBytes = 1
        case counted = 2
        case fourBytes = 5
    }

    mutating func integer(_ field: UInt64, _ value: UInt64) {
        guard value != 0 else { return }
        head(field, .varint)
        varint(value)
    }

    /// Of a choice, or a member of a list: it is written whatever it is.
    mutating func chosenInteger(_ field: UInt64, _ value: Int) {
        head(field, .varint)
        varint(UInt64(bitPattern: Int64(value)))
    }

    mutating func double(_ field: UInt64, _ value: Double) {
        guard value != 0 else { return }
        head(field, .eightBytes)
        fixed(value.bitPattern)
    }

    /// Of a choice: it says that it is the one, zero or not.
    mutating func chosenFloat(_ field: UInt64, _ value: Float) {
        head(field, .fourBytes)
        fixed(value.bitPattern)
    }

    mutating func text(_ field: UInt64, _ value: String) { counted(field, Array(value.utf8)) }

    mutating func counted(_ field: UInt64, _ content: [UInt8]) {
        head(field, .counted)
        varint(UInt64(content.count))
        bytes += content
    }

    mutating func doubles(_ field: UInt64, _ values: [Double]) {
        guard !values.isEmpty else { return }
        head(field, .counted)
        varint(UInt64(8 * values.count))
        for value in values { fixed(value.bitPattern) }
    }

    private mutating func head(_ field: UInt64, _ wire: Wire) { varint(field << 3 | wire.rawValue) }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest > 0x7F {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private mutating func fixed<Word: FixedWidthInteger>(_ word: Word) {
        withUnsafeBytes(of: word.littleEndian) { bytes += $0 }
    }
}
