import Exchange
import Testing

/// A model's file, byte for byte as the onnx package writes it.
@Suite
struct ONNXModelTests {
    private static func value(_ name: String, _ sides: [Int], explanation: String = "") -> ONNXValue {
        ONNXValue(name, shape: [.named("batch")] + sides.map { .fixed($0) }, explanation: explanation)
    }

    private static var model: ONNXModel {
        let nodes = [
            ONNXNode(
                "Conv", name: "stem.0", inputs: ["images", "stem.0.weight"], outputs: ["stem.0"],
                attributes: [.integer("group", 1), .integers("pads", [0, 1, 0, 1])]),
            ONNXNode(
                "BatchNormalization", name: "stem.1", inputs: ["stem.0", "scale", "scale", "scale", "scale"],
                outputs: ["logits"], attributes: [.float("epsilon", 1e-5)]),
        ]
        let constants = [
            ONNXTensor("scale", shape: [2], .floats([0.5, -2])),
            ONNXTensor("stem.0.weight", shape: [2, 1, 1, 3], .floats([0, 1, 2, 3, 4, 5])),
            ONNXTensor("sides", shape: [3], .integers([1, -1, Int(Int32.max)])),
        ]
        let graph = ONNXGraph(
            name: "derived_network", nodes: nodes, constants: constants,
            inputs: [value("images", [1, 4, 4], explanation: "pixels")], outputs: [value("logits", [2, 4, 4])],
            values: [value("stem.0", [2, 4, 4])])
        return ONNXModel(
            graph, producerVersion: "0.1.0", explanation: "A model.",
            metadata: [("genotype", "Genotype(...)"), ("run", "digits-1")])
    }

    @Test(
        "Nodes, attributes of each kind, floats and whole numbers, a free side, words and metadata are the package's own bytes"
    )
    func golden() {
        let bytes = Self.model.bytes
        #expect(bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() == GoldenModel.bytes)
        #expect(Self.model.bytes == bytes)
    }
}
