/// One operator of a graph, with what it reads and writes.
package struct ONNXNode: Sendable, Equatable {
    /// A named setting of an operator.
    package enum Attribute: Sendable, Equatable {
        case integer(String, Int)
        case integers(String, [Int])
        case float(String, Float)
    }

    /// As the specification of operators names it: `Conv`, `Relu`, ...
    package let type: String
    /// Stands once in a graph.
    package let name: String
    /// Names of values and constants, in the operator's order.
    package let inputs: [String]
    /// Names of the values that it writes.
    package let outputs: [String]
    package let attributes: [Attribute]

    /// - Parameter type: of the operator set that `ONNXModel` names.
    package init(
        _ type: String, name: String, inputs: [String], outputs: [String], attributes: [Attribute] = []
    ) {
        self.type = type
        self.name = name
        self.inputs = inputs
        self.outputs = outputs
        self.attributes = attributes
    }

    var bytes: [UInt8] {
        var writer = ProtobufWriter()
        for input in inputs { writer.text(1, input) }
        for output in outputs { writer.text(2, output) }
        writer.text(3, name)
        writer.text(4, type)
        for attribute in attributes { writer.counted(5, attribute.bytes) }
        return writer.bytes
    }
}

extension ONNXNode.Attribute {
    /// `AttributeProto.AttributeType`.
    private enum Kind: Int {
        case float = 1
        case integer = 2
        case integers = 7
    }

    fileprivate var bytes: [UInt8] {
        var writer = ProtobufWriter()
        switch self {
        case .integer(let name, let value):
            writer.text(1, name)
            writer.chosenInteger(3, value)
            writer.chosenInteger(20, Kind.integer.rawValue)
        case .integers(let name, let values):
            writer.text(1, name)
            for value in values { writer.chosenInteger(8, value) }
            writer.chosenInteger(20, Kind.integers.rawValue)
        case .float(let name, let value):
            writer.text(1, name)
            writer.chosenFloat(2, value)
            writer.chosenInteger(20, Kind.float.rawValue)
        }
        return writer.bytes
    }
}
