/// A model as ONNX's files hold it: a graph, the operators' version, and what is said of both.
///
/// Fields have the numbers of `onnx.proto` (the Open Neural Network Exchange's specification, "Open Neural Network Exchange
/// Intermediate Representation"). What no graph here needs is left out.
package struct ONNXModel: Sendable {
    /// Of the operators' definitions: the first with `Shape` of one dimension and a `BatchNormalization` without training outputs was
    /// 15; 17 is what every reader since the middle of 2022 knows.
    package static let operatorSet = 17
    /// Of the file's own form: the one that appeared with that operator set (ONNX 1.12).
    package static let formVersion = 8
    /// Protocol Buffers count a message's bytes in 31 bits.
    package static let byteLimit = Int(Int32.max)

    /// What it computes.
    package let graph: ONNXGraph
    /// Version of the program that wrote it.
    package let producerVersion: String
    /// One paragraph for people.
    package let explanation: String
    /// Keys and texts for people and programs; no key stands twice.
    package let metadata: [(key: String, text: String)]

    /// Precondition: no key of the metadata stands twice.
    package init(
        _ graph: ONNXGraph, producerVersion: String, explanation: String, metadata: [(key: String, text: String)]
    ) {
        precondition(Set(metadata.map(\.key)).count == metadata.count)
        self.graph = graph
        self.producerVersion = producerVersion
        self.explanation = explanation
        self.metadata = metadata
    }

    /// The file. Equal models give equal bytes.
    package var bytes: [UInt8] {
        var writer = ProtobufWriter()
        writer.chosenInteger(1, Self.formVersion)
        writer.text(2, "snas")
        writer.text(3, producerVersion)
        writer.text(6, explanation)
        writer.counted(7, graph.bytes)
        // The operators of ONNX itself have the empty domain.
        var operators = ProtobufWriter()
        operators.text(1, "")
        operators.chosenInteger(2, Self.operatorSet)
        writer.counted(8, operators.bytes)
        for (key, text) in metadata {
            var entry = ProtobufWriter()
            entry.text(1, key)
            entry.text(2, text)
            writer.counted(14, entry.bytes)
        }
        return writer.bytes
    }
}
