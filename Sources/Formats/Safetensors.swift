/// A safetensors file of 32-bit floats: eight bytes of header length, a JSON header, the values (the format that PyTorch
/// users read without our code).
package struct SafetensorsFile: Sendable, Equatable {
    /// Values in row-major order under a name.
    package struct Tensor: Sendable, Equatable {
        /// Stands once in a file; `__metadata__` is the header's own.
        package let name: String
        /// Empty for a single value.
        package let shape: [Int]
        /// As many as the sides of `shape` come to.
        package let values: [Float]

        /// Precondition: as many values as the shape has.
        package init(name: String, shape: [Int], values: [Float]) {
            precondition(shape.reduce(1, *) == values.count)
            self.name = name
            self.shape = shape
            self.values = values
        }
    }

    /// In the order in which they lie in the file.
    package var tensors: [Tensor]
    /// Ordered, texts only.
    package var metadata: [JSONValue.Member]

    /// The members of `metadata` are strings, as the format asks.
    package init(tensors: [Tensor], metadata: [JSONValue.Member] = []) {
        self.tensors = tensors
        self.metadata = metadata
    }

    /// The first tensor of that name; nil where there is none.
    package subscript(name: String) -> Tensor? { tensors.first { $0.name == name } }

    /// The whole file. The header is padded with spaces to a multiple of eight bytes; equal files give equal bytes.
    package func serialized() -> [UInt8] {
        var members: [JSONValue.Member] = []
        if !metadata.isEmpty { members.append(JSONValue.Member("__metadata__", .object(metadata))) }
        var offset = 0
        for tensor in tensors {
            let end = offset + tensor.values.count * 4
            members.append(
                JSONValue.Member(
                    tensor.name,
                    .object([
                        "dtype": .string("F32"), "shape": .array(tensor.shape.map { .integer($0) }),
                        "data_offsets": .array([.integer(offset), .integer(end)]),
                    ])))
            offset = end
        }
        var header = Array(JSONValue.object(members).serialized().utf8)
        while header.count % 8 != 0 { header.append(0x20) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(8 + header.count + offset)
        withUnsafeBytes(of: UInt64(header.count).littleEndian) { bytes += $0 }
        bytes += header
        for tensor in tensors { bytes += LittleEndian.bytes(of: tensor.values) }
        return bytes
    }

    /// - Throws: `FormatError` unless the file holds F32 tensors whose ranges fill the buffer without gap or overlap.
    package static func parse(_ bytes: [UInt8], source: String) throws(FormatError) -> SafetensorsFile {
        func fail(_ reason: String) -> FormatError { FormatError(source: source, reason: reason) }
        guard bytes.count >= 8 else { throw fail("\(bytes.count) bytes are no safetensors file") }
        let length = (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[$1]) << (8 * UInt64($1)) }
        guard length <= 100_000_000, Int(length) <= bytes.count - 8 else {
            throw fail("a header of \(length) bytes in a file of \(bytes.count)")
        }
        let start = 8 + Int(length)
        guard case .object(let members) = try JSONValue.parse(Array(bytes[8..<start]), source: source) else {
            throw fail("the header is no object")
        }
        var file = SafetensorsFile(tensors: [])
        var end = 0
        for member in members {
            if member.key == "__metadata__" {
                if case .object(let texts) = member.value { file.metadata = texts }
                continue
            }
            guard member.value["dtype"]?.text == "F32" else { throw fail("tensor '\(member.key)' is not F32") }
            let shape = member.value["shape"]?.elements?.compactMap(\.integer) ?? []
            let range = member.value["data_offsets"]?.elements?.compactMap(\.integer) ?? []
            var count = 1
            for side in shape {
                let (product, overflow) = count.multipliedReportingOverflow(by: side)
                guard side >= 0, !overflow, product <= bytes.count else { throw fail("'\(member.key)' is too large") }
                count = product
            }
            guard range.count == 2, range[0] == end, range[1] == end + count * 4, range[1] <= bytes.count - start else {
                throw fail("tensor '\(member.key)' of shape \(shape) does not lie at \(range)")
            }
            end = range[1]
            let slice = Array(bytes[start + range[0]..<start + range[1]])
            file.tensors.append(
                Tensor(name: member.key, shape: shape, values: LittleEndian.floats(from: slice) ?? []))
        }
        guard start + end == bytes.count else { throw fail("\(bytes.count - start - end) bytes belong to no tensor") }
        return file
    }
}
