import Formats

/// A constant of a graph.
package struct ONNXTensor: Sendable, Equatable {
    /// Its values, row-major.
    package enum Values: Sendable, Equatable {
        case floats([Float])
        case integers([Int])
    }

    /// What nodes call it.
    package let name: String
    package let shape: [Int]
    package let values: Values

    /// Precondition: as many values as the shape has.
    package init(_ name: String, shape: [Int], _ values: Values) {
        self.name = name
        self.shape = shape
        self.values = values
        precondition(count == shape.reduce(1, *))
    }

    /// How many values it has.
    package var count: Int {
        switch values {
        case .floats(let floats): floats.count
        case .integers(let integers): integers.count
        }
    }

    /// Values are raw: little-endian, one behind the other.
    var bytes: [UInt8] {
        var writer = ProtobufWriter()
        for side in shape { writer.chosenInteger(1, side) }
        switch values {
        case .floats: writer.chosenInteger(2, ONNXElement.float.rawValue)
        case .integers: writer.chosenInteger(2, ONNXElement.integer64.rawValue)
        }
        writer.text(8, name)
        switch values {
        case .floats(let floats): writer.counted(9, LittleEndian.bytes(of: floats))
        case .integers(let integers):
            writer.counted(9, integers.flatMap { withUnsafeBytes(of: Int64($0).littleEndian, Array.init) })
        }
        return writer.bytes
    }
}
