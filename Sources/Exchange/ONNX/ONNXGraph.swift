/// What a model computes: nodes in an order in which each reads what is there already, and the constants that they read.
package struct ONNXGraph: Sendable {
    /// Of the whole graph.
    package let name: String
    /// Each reads the graph's inputs, constants, or what a node before it wrote.
    package let nodes: [ONNXNode]
    /// Constants, weights among them.
    package let constants: [ONNXTensor]
    /// What a user gives.
    package let inputs: [ONNXValue]
    /// What a user gets.
    package let outputs: [ONNXValue]
    /// Shapes of what nodes hand on to each other.
    package let values: [ONNXValue]

    /// Checks nothing: who makes a graph keeps to the order of its nodes.
    package init(
        name: String, nodes: [ONNXNode], constants: [ONNXTensor], inputs: [ONNXValue], outputs: [ONNXValue],
        values: [ONNXValue]
    ) {
        self.name = name
        self.nodes = nodes
        self.constants = constants
        self.inputs = inputs
        self.outputs = outputs
        self.values = values
    }

    var bytes: [UInt8] {
        var writer = ProtobufWriter()
        for node in nodes { writer.counted(1, node.bytes) }
        writer.text(2, name)
        for constant in constants { writer.counted(5, constant.bytes) }
        for input in inputs { writer.counted(11, input.bytes) }
        for output in outputs { writer.counted(12, output.bytes) }
        for value in values { writer.counted(13, value.bytes) }
        return writer.bytes
    }
}

/// What numbers a tensor has, by `TensorProto.DataType`.
package enum ONNXElement: Int, Sendable {
    case float = 1
    case integer64 = 7
}

/// A tensor that is not a constant: its name, its elements and its shape.
package struct ONNXValue: Sendable, Equatable {
    /// A side of a shape.
    package enum Side: Sendable, Equatable {
        case fixed(Int)
        /// Any number, the same wherever the name stands.
        case named(String)
    }

    /// What nodes call it.
    package let name: String
    package let element: ONNXElement
    package let shape: [Side]
    /// For people; empty for nothing.
    package let explanation: String

    /// - Parameter explanation: for people.
    package init(_ name: String, _ element: ONNXElement = .float, shape: [Side], explanation: String = "") {
        self.name = name
        self.element = element
        self.shape = shape
        self.explanation = explanation
    }

    var bytes: [UInt8] {
        var sides = ProtobufWriter()
        for side in shape {
            var dimension = ProtobufWriter()
            switch side {
            case .fixed(let length): dimension.chosenInteger(1, length)
            case .named(let name): dimension.text(2, name)
            }
            sides.counted(1, dimension.bytes)
        }
        var tensor = ProtobufWriter()
        tensor.chosenInteger(1, element.rawValue)
        tensor.counted(2, sides.bytes)
        var type = ProtobufWriter()
        type.counted(1, tensor.bytes)
        var writer = ProtobufWriter()
        writer.text(1, name)
        writer.counted(2, type.bytes)
        if !explanation.isEmpty { writer.text(3, explanation) }
        return writer.bytes
    }
}
