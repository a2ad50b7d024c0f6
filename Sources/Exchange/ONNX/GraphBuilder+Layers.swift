import SearchSpace

// What each layer of an operation is in ONNX, with the attributes that PyTorch's has.

extension GraphBuilder {
    /// PyTorch's default, which all batch norms have.
    private static let epsilon: Float = 1e-5

    /// An operation, layer behind layer.
    ///
    /// - Parameter name: of its module.
    mutating func operation(_ chain: OperationChain, _ name: String, _ input: GraphMap) -> GraphMap {
        chain.layers.reduce(input) { layer($1.step, $1.name(in: name), $0) }
    }

    /// - Parameter name: of the layer's module.
    mutating func layer(_ step: OperationChain.Step, _ name: String, _ input: GraphMap) -> GraphMap {
        switch step {
        case .relu: map("Relu", name, [input.name], input.shape)
        case .convolution(let convolution): self.convolution(convolution, name, input)
        case .halves(let outputs): halves(outputs, name, input)
        case .pool(.maximum, let stride): pool("MaxPool", stride, name, input)
        case .pool(.average, let stride):
            pool("AveragePool", stride, name, input, [.integer("count_include_pad", 0)])
        case .halvingMean:
            map(
                "AveragePool", name, [input.name], input.shape.halved,
                [.integers("kernel_shape", [2, 2]), .integers("strides", [2, 2]), .integers("pads", [0, 0, 0, 0])])
        case .batchNorm: batchNorm(name, input)
        case .identity: input
        case .noise: preconditionFailure("a graph of numbers that are drawn")
        }
    }

    mutating func batchNorm(_ name: String, _ input: GraphMap) -> GraphMap {
        let inputs = [input.name, weight("\(name).weight"), weight("\(name).bias")] + statistics(name)
        return map("BatchNormalization", name, inputs, input.shape, [.float("epsilon", Self.epsilon)])
    }

    /// Padded as the chain's convolutions are: by what keeps the size at a stride of 1.
    mutating func convolution(
        _ convolution: OperationChain.Convolution, _ name: String, _ input: GraphMap
    ) -> GraphMap {
        let (rows, columns) = (convolution.kernelHeight, convolution.kernelWidth)
        let padding = [rows, columns].map { convolution.dilation * ($0 / 2) }
        let shape = MapShape(
            convolution.outputs, Self.strided(input.shape.height, convolution.strideRows),
            Self.strided(input.shape.width, convolution.strideColumns))
        return map(
            "Conv", name, [input.name, weight("\(name).weight")], shape,
            [
                .integers("kernel_shape", [rows, columns]),
                .integers("strides", [convolution.strideRows, convolution.strideColumns]),
                .integers("pads", padding + padding),
                .integers("dilations", [convolution.dilation, convolution.dilation]),
                .integer("group", convolution.groups),
            ])
    }

    /// Both halves of a factorised reduction. What the second reads lacks the first row and column; where a side is odd, a row or column
    /// of zeros stands at its end instead.
    private mutating func halves(_ outputs: Int, _ name: String, _ input: GraphMap) -> GraphMap {
        let (height, width) = (input.shape.height, input.shape.width)
        let first = convolution(.init(outputs: outputs / 2, kernel: 1, stride: 2), "\(name)_1", input)
        let starts = constant("halves.starts", [2], .integers([1, 1]))
        let ends = constant("halves.ends", [2], .integers([Int(Int32.max), Int(Int32.max)]))
        let axes = constant("halves.axes", [2], .integers([2, 3]))
        let cut = map(
            "Slice", "\(name)_2.input", [input.name, starts, ends, axes],
            MapShape(input.shape.channels, height - 1, width - 1))
        let second = map(
            "Conv", "\(name)_2", [cut.name, weight("\(name)_2.weight")],
            first.shape.with(channels: outputs - outputs / 2),
            [
                .integers("kernel_shape", [1, 1]), .integers("strides", [2, 2]),
                .integers("pads", [0, 0, height % 2, width % 2]),
            ])
        return concatenated(name, [first, second])
    }

    /// 3x3, padding 1.
    private mutating func pool(
        _ type: String, _ stride: Int, _ name: String, _ input: GraphMap, _ more: [ONNXNode.Attribute] = []
    ) -> GraphMap {
        let shape = MapShape(
            input.shape.channels, Self.strided(input.shape.height, stride), Self.strided(input.shape.width, stride))
        return map(
            type, name, [input.name], shape,
            [
                .integers("kernel_shape", [3, 3]), .integers("strides", [stride, stride]),
                .integers("pads", [1, 1, 1, 1]),
            ] + more)
    }

    /// Along channels, in order. Of one map that very map.
    mutating func concatenated(_ name: String, _ maps: [GraphMap]) -> GraphMap {
        precondition(!maps.isEmpty)
        guard maps.count > 1 else { return maps[0] }
        return map(
            "Concat", name, maps.map(\.name),
            maps[0].shape.with(channels: maps.reduce(0) { $0 + $1.shape.channels }), [.integer("axis", 1)])
    }

    private static func strided(_ side: Int, _ stride: Int) -> Int { (side + stride - 1) / stride }
}

extension MapShape {
    fileprivate func with(channels: Int) -> MapShape { MapShape(channels, height, width) }

    /// By windows of 2 x 2 that do not overlap and lie within the map.
    fileprivate var halved: MapShape { MapShape(channels, height / 2, width / 2) }
}
