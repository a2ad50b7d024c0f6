/// Walks through the fields of a Protocol Buffers message that anybody may have written.
package struct ProtobufReader {
    /// A field's content, by how it is written.
    package enum Field: Equatable, Sendable {
        case integer(UInt64)
        /// Four bytes or eight, the lowest first: what they mean, the field's definition says.
        case fixed(ArraySlice<UInt8>)
        case counted(ArraySlice<UInt8>)
    }

    private var rest: ArraySlice<UInt8>

    /// - Parameter bytes: of one message, as its length or its file tells them.
    package init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    /// Whether all of it was read: where `next` has nothing more and this says no, what follows is no field.
    package var isAtEnd: Bool { rest.isEmpty }

    /// The next field; nil at the end, and where what follows is no field.
    package mutating func next() -> (number: UInt64, field: Field)? {
        guard let head = varint() else { return nil }
        let field: Field?
        switch head & 7 {
        case 0: field = varint().map(Field.integer)
        case 1: field = take(8).map(Field.fixed)
        case 2: field = varint().flatMap { Int(exactly: $0) }.flatMap { take($0) }.map(Field.counted)
        case 5: field = take(4).map(Field.fixed)
        default: field = nil
        }
        return field.map { (head >> 3, $0) }
    }

    /// What the first counted field of a number holds; nil where there is none.
    package static func first(_ number: UInt64, in bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        var reader = ProtobufReader(bytes)
        while let (found, field) = reader.next() {
            if found == number, case .counted(let content) = field { return content }
        }
        return nil
    }

    private mutating func varint() -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard let byte = rest.popFirst() else { return nil }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        return nil
    }

    private mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
        guard count <= rest.count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }
}
