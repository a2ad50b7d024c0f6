/// Where each tensor of a safetensors file lies and what it is, read from the file's first bytes and checked against its length,
/// by the format's published rules: a length of eight bytes, a JSON object that begins with `{` and may end in spaces, ranges
/// that fill the rest without hole and overlap, in any order. Sides of 0 and single values are tensors, too.
package struct SafetensorsHeader: Sendable {
    /// One tensor, whose values lie in the file row after row.
    package struct Entry: Sendable {
        /// Stands once in a file.
        package let name: String
        /// Of each of its values.
        package let kind: SafetensorsKind
        /// Empty for a single value.
        package let shape: [Int]
        /// Bytes of the file.
        package let range: Range<Int>
    }

    /// In the header's order, which need not be that of the bytes.
    package let entries: [Entry]
    /// Texts under names of the writer's choice.
    package let metadata: [JSONValue.Member]

    /// The limit of the format's own library.
    static let limitBytes = 100_000_000

    /// - Parameter bytes: the whole file.
    /// - Throws: `FormatError` with the tensor and the rule that it breaks.
    package init(of bytes: [UInt8], source: String) throws(FormatError) {
        let start = try Self.bufferStart(bytes, source)
        guard case .object(let members) = try JSONValue.parse(Array(bytes[8..<start]), source: source) else {
            throw FormatError(source: source, reason: "the header is no object")
        }
        var entries: [Entry] = []
        var metadata: [JSONValue.Member] = []
        for member in members {
            if member.key == "__metadata__" {
                metadata = try Self.texts(member.value, source)
            } else {
                let description = EntryDescription(member, source: source)
                entries.append(try description.entry(buffer: start..<bytes.count))
            }
        }
        self.entries = entries
        self.metadata = metadata
        try checkRanges(buffer: start..<bytes.count, source)
    }

    /// Whether the first bytes can be a safetensors file's: a header that fits into the file and begins as one.
    package static func isPlausible(_ bytes: [UInt8]) -> Bool {
        guard bytes.count > 8, let length = headerLength(bytes) else { return false }
        return length <= bytes.count - 8 && bytes[8] == UInt8(ascii: "{")
    }

    /// Nil for a length that no file has.
    private static func headerLength(_ bytes: [UInt8]) -> Int? {
        Int(exactly: bytes[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    }

    private static func bufferStart(_ bytes: [UInt8], _ source: String) throws(FormatError) -> Int {
        guard bytes.count >= 8 else {
            throw FormatError(source: source, reason: "\(bytes.count) bytes are no safetensors file")
        }
        guard let length = headerLength(bytes), length <= bytes.count - 8 else {
            let says = headerLength(bytes).map { "\($0)" } ?? "more than 2^63"
            throw FormatError(
                source: source,
                reason: "no safetensors file, or a part of one: a header of \(says) bytes in a file of \(bytes.count)")
        }
        guard length <= limitBytes else {
            throw FormatError(
                source: source, reason: "a header of \(length) bytes; safetensors allows \(limitBytes)")
        }
        guard length > 0, bytes[8] == UInt8(ascii: "{") else {
            throw FormatError(source: source, reason: "no safetensors file: its header does not begin with '{'")
        }
        return 8 + length
    }

    private static func texts(_ value: JSONValue, _ source: String) throws(FormatError) -> [JSONValue.Member] {
        guard case .object(let texts) = value, texts.allSatisfy({ $0.value.text != nil }) else {
            throw FormatError(source: source, reason: "'__metadata__' of the header has other values than texts")
        }
        return texts
    }

    /// Ranges side by side from the first byte to the last.
    private func checkRanges(buffer: Range<Int>, _ source: String) throws(FormatError) {
        let ordered = entries.sorted {
            ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
        }
        var end = buffer.lowerBound
        var last: Entry?
        for entry in ordered {
            let name = ForeignName.quoted(entry.name)
            if entry.range.lowerBound < end, let last {
                throw FormatError(
                    source: source,
                    reason: "tensors \(ForeignName.quoted(last.name)) and \(name) overlap: byte "
                        + "\(entry.range.lowerBound - buffer.lowerBound) of the values belongs to both")
            }
            guard entry.range.lowerBound == end else {
                throw FormatError(
                    source: source,
                    reason: "\(entry.range.lowerBound - end) bytes before tensor \(name) belong to no tensor")
            }
            (end, last) = (entry.range.upperBound, entry)
        }
        guard end == buffer.upperBound else {
            throw FormatError(source: source, reason: "the last \(buffer.upperBound - end) bytes belong to no tensor")
        }
    }
}

/// A tensor as the header tells of it, not believed yet.
private struct EntryDescription {
    private let key: String
    /// For a sentence.
    private let name: String
    private let value: JSONValue
    private let source: String

    init(_ member: JSONValue.Member, source: String) {
        key = member.key
        name = ForeignName.quoted(member.key)
        value = member.value
        self.source = source
    }

    private func failure(_ reason: String) -> FormatError { FormatError(source: source, reason: reason) }

    func entry(buffer: Range<Int>) throws(FormatError) -> SafetensorsHeader.Entry {
        guard let type = value["dtype"]?.text else { throw failure("tensor \(name) lacks 'dtype'") }
        guard let kind = SafetensorsKind(rawValue: type) else {
            throw failure(
                "tensor \(name) has values of the kind \(ForeignName.quoted(type)), which safetensors does not have")
        }
        let shape = try numbers("shape")
        let range = try numbers("data_offsets")
        guard range.count == 2, range[0] <= range[1] else {
            throw failure(
                "'data_offsets' of tensor \(name) are \(ForeignName.list(range)), not a first byte and an end")
        }
        guard range[1] <= buffer.count else {
            throw failure(
                "tensor \(name) ends at byte \(range[1]) of \(buffer.count): the file was cut, or its header is wrong")
        }
        guard try size(shape, kind) == range[1] - range[0] else {
            throw failure(
                "tensor \(name) of \(type) and shape \(ForeignName.list(shape)) has \(range[1] - range[0]) bytes")
        }
        return .init(
            name: key, kind: kind, shape: shape,
            range: buffer.lowerBound + range[0]..<buffer.lowerBound + range[1])
    }

    /// A list of whole numbers, none of them negative.
    private func numbers(_ field: String) throws(FormatError) -> [Int] {
        let elements = value[field]?.elements
        let numbers = elements?.compactMap(\.integer) ?? []
        guard let elements, numbers.count == elements.count, numbers.allSatisfy({ $0 >= 0 }) else {
            throw failure("'\(field)' of tensor \(name) is no list of whole numbers")
        }
        return numbers
    }

    /// Bytes of so many values; nil where they do not come to whole ones.
    private func size(_ shape: [Int], _ kind: SafetensorsKind) throws(FormatError) -> Int? {
        guard !shape.contains(0) else { return 0 }
        var bits = kind.bits
        for side in shape {
            let (product, overflow) = bits.multipliedReportingOverflow(by: side)
            guard !overflow else { throw failure("tensor \(name) of shape \(ForeignName.list(shape)) is too large") }
            bits = product
        }
        return bits % 8 == 0 ? bits / 8 : nil
    }
}
