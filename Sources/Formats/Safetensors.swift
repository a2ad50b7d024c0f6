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

    /// Strict: what a run left of its own.
    ///
    /// - Throws: `FormatError` unless the file holds F32 tensors alone, in the order of its header.
    package static func parse(_ bytes: [UInt8], source: String) throws(FormatError) -> SafetensorsFile {
        let header = try SafetensorsHeader(of: bytes, source: source)
        var file = SafetensorsFile(tensors: [], metadata: header.metadata)
        var end = header.entries.first?.range.lowerBound ?? 0
        for entry in header.entries {
            let name = ForeignName.quoted(entry.name)
            guard entry.kind == .float32 else { throw FormatError(source: source, reason: "tensor \(name) is not F32") }
            guard entry.range.lowerBound == end else {
                throw FormatError(source: source, reason: "tensor \(name) does not lie where the header's order has it")
            }
            end = entry.range.upperBound
            let values = LittleEndian.floats(from: Array(bytes[entry.range])) ?? []
            file.tensors.append(Tensor(name: entry.name, shape: entry.shape, values: values))
        }
        return file
    }
}
