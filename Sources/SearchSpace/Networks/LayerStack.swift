/// Layers one after the other, each on what the one before it writes.
struct LayerStack {
    private(set) var layers: [NetworkLayer] = []
    private(set) var shape: MapShape

    init(_ shape: MapShape) { self.shape = shape }

    mutating func append(_ name: String, _ kind: NetworkLayer.Kind, _ output: MapShape) {
        layers.append(NetworkLayer(name: name, kind: kind, input: shape, output: output))
        shape = output
    }

    mutating func append(_ name: String, _ step: OperationChain.Step) {
        switch step {
        case .relu: break
        case .convolution(let convolution):
            append(
                name,
                .convolution(
                    kernelHeight: convolution.kernelHeight, kernelWidth: convolution.kernelWidth,
                    groups: convolution.groups),
                shape.strided(convolution.strideRows, convolution.strideColumns).with(channels: convolution.outputs))
        case .halves(let outputs):
            let input = shape
            for (half, own) in zip(Self.halfNames(name), [outputs / 2, outputs - outputs / 2]) {
                shape = input
                append(half, .convolution(.init(outputs: own, kernel: 1, stride: 2)))
            }
            shape = shape.with(channels: outputs)
        case .pool(_, let stride): append(name, .pool, shape.strided(stride, stride))
        case .halvingMean: append(name, .pool, shape.strided(2, 2))
        case .batchNorm: append(name, .batchNorm, shape)
        case .identity: append(name, .identity, shape)
        case .noise(let stride): append(name, .identity, shape.strided(stride, stride))
        }
    }

    /// A whole operation.
    mutating func append(_ name: String, _ chain: OperationChain) {
        for layer in chain.layers { append(layer.name(in: name), layer.step) }
    }

    mutating func convolution(_ name: String, outputs: Int, kernel: Int, stride: Int = 1) {
        append(name, .convolution(.init(outputs: outputs, kernel: kernel, stride: stride)))
    }

    mutating func batchNorm(_ name: String) { append(name, .batchNorm) }

    static func halfNames(_ name: String) -> [String] { ["\(name)_1", "\(name)_2"] }
}
