/// Appends little-endian values to a frame.
struct ByteWriter {
    private(set) var bytes: [UInt8] = []

    init(reserving count: Int = 256) { bytes.reserveCapacity(count) }

    mutating func append<Value: FixedWidthInteger>(_ value: Value) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func append(_ value: Float) { append(value.bitPattern) }

    mutating func append(_ value: Double) { append(value.bitPattern) }

    mutating func append(_ value: Bool) { append(UInt8(value ? 1 : 0)) }

    /// A length in front, so that the reader can refuse it before it allocates.
    mutating func append(text: String) { append(counted: Array(text.utf8)) }

    mutating func append(counted block: [UInt8]) {
        append(UInt32(block.count))
        bytes.append(contentsOf: block)
    }

    mutating func append(floats: [Float]) {
        append(UInt32(floats.count))
        for value in floats { append(value) }
    }

    mutating func overwrite<Value: FixedWidthInteger>(_ value: Value, at offset: Int) {
        bytes.withUnsafeMutableBytes { $0.storeBytes(of: value.littleEndian, toByteOffset: offset, as: Value.self) }
    }
}

/// Reads what `ByteWriter` wrote from bytes that anybody may have sent: it throws, it never traps, and it compares every
/// length with its limit and with what is left before it allocates.
struct ByteReader {
    private let bytes: ByteView
    private var position = 0

    init(_ bytes: ByteView) { self.bytes = bytes }

    var remaining: Int { bytes.count - position }

    mutating func read<Value: FixedWidthInteger>(_ type: Value.Type = Value.self) throws(WireError) -> Value {
        let size = MemoryLayout<Value>.size
        guard remaining >= size else { throw WireError("\(size) bytes wanted, \(remaining) left") }
        let value = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: position, as: Value.self) }
        position += size
        return Value(littleEndian: value)
    }

    mutating func readFloat() throws(WireError) -> Float { Float(bitPattern: try read(UInt32.self)) }

    mutating func readDouble() throws(WireError) -> Double { Double(bitPattern: try read(UInt64.self)) }

    mutating func readBool() throws(WireError) -> Bool {
        switch try read(UInt8.self) {
        case 0: return false
        case 1: return true
        case let other: throw WireError("\(other) is neither true nor false")
        }
    }

    mutating func readCount(limit: Int, of what: String) throws(WireError) -> Int {
        let count = Int(try read(UInt32.self))
        guard count <= limit else { throw WireError("\(count) \(what), at most \(limit) are allowed") }
        return count
    }

    mutating func readBlock(limit: Int, of what: String) throws(WireError) -> [UInt8] {
        let count = try readCount(limit: limit, of: what)
        return try readRaw(count)
    }

    private mutating func readRaw(_ count: Int) throws(WireError) -> [UInt8] {
        guard count >= 0, remaining >= count else { throw WireError("\(count) bytes wanted, \(remaining) left") }
        defer { position += count }
        return bytes[position..<position + count].array
    }

    mutating func readText(limit: Int) throws(WireError) -> String {
        let block = try readBlock(limit: limit, of: "bytes of text")
        guard let text = String(validating: block, as: UTF8.self) else { throw WireError("text that is not UTF-8") }
        return text
    }

    /// A short text for people, on one line: what steers a terminal, breaks a line or turns the reading direction is a space.
    mutating func readLine() throws(WireError) -> String {
        let text = try readText(limit: WireLimits.shortTextBytes)
        guard text.unicodeScalars.contains(where: Self.isSteering) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { Self.isSteering($0) ? " " : $0 }))
    }

    private static func isSteering(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }

    mutating func readFloats(limit: Int) throws(WireError) -> [Float] {
        let count = try readCount(limit: limit, of: "floats")
        guard remaining >= count * 4 else { throw WireError("\(count) floats announced, \(remaining) bytes left") }
        var floats: [Float] = []
        floats.reserveCapacity(count)
        for _ in 0..<count { floats.append(try readFloat()) }
        return floats
    }

    func finish() throws(WireError) {
        guard remaining == 0 else { throw WireError("\(remaining) bytes too many") }
    }
}
