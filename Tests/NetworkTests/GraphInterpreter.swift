import Exchange

/// Computes a graph by the definitions of its operators (ONNX, "Operator Schemas", version 17), one value at a time: slow, and of
/// nothing in it anything is shared with the networks.
struct GraphInterpreter {
    struct Tensor {
        var shape: [Int]
        var values: [Float]

        /// Of an image's channel.
        func value(_ image: Int, _ channel: Int, _ row: Int, _ column: Int) -> Float {
            values[((image * shape[1] + channel) * shape[2] + row) * shape[3] + column]
        }

        func mapped(_ change: (Float) -> Float) -> Tensor { Tensor(shape: shape, values: values.map(change)) }
    }

    private(set) var tensors: [String: Tensor] = [:]

    /// - Returns: every tensor by its name, constants and input included.
    static func run(_ graph: ONNXGraph, _ input: Tensor) -> [String: Tensor] {
        var run = GraphInterpreter()
        for constant in graph.constants {
            switch constant.values {
            case .floats(let values): run.tensors[constant.name] = Tensor(shape: constant.shape, values: values)
            case .integers(let values):
                run.tensors[constant.name] = Tensor(shape: constant.shape, values: values.map { Float($0) })
            }
        }
        run.tensors[graph.inputs[0].name] = input
        for node in graph.nodes { run.tensors[node.outputs[0]] = run.compute(node) }
        return run.tensors
    }

    private func compute(_ node: ONNXNode) -> Tensor {
        let inputs = node.inputs.map { name in
            guard let tensor = tensors[name] else { fatalError("'\(name)' is read before it is there") }
            return tensor
        }
        let input = inputs[0]
        switch node.type {
        case "Relu": return input.mapped { max($0, 0) }
        case "Add": return Tensor(shape: input.shape, values: zip(input.values, inputs[1].values).map(+))
        case "Sub": return Self.byChannel(input, inputs[1], -)
        case "Div": return Self.byChannel(input, inputs[1], /)
        case "Conv": return Self.convolution(node, input, inputs[1])
        case "MaxPool": return Self.windows(node, input) { $0.max() ?? 0 }
        case "AveragePool":
            precondition(node.integer("count_include_pad") ?? 0 == 0)
            return Self.windows(node, input) { $0.reduce(0, +) / Float($0.count) }
        case "BatchNormalization": return Self.batchNorm(node, inputs)
        case "Concat": return Self.concatenation(node, inputs)
        case "Slice": return Self.slice(inputs)
        case "GlobalAveragePool":
            let area = input.shape[2] * input.shape[3]
            return Tensor(
                shape: Array(input.shape[..<2]) + [1, 1],
                values: (0..<input.shape[0] * input.shape[1]).map {
                    input.values[$0 * area..<($0 + 1) * area].reduce(0, +) / Float(area)
                })
        case "Flatten":
            return Tensor(shape: [input.shape[0], input.values.count / input.shape[0]], values: input.values)
        case "Gemm": return Self.linear(node, inputs)
        case "Shape":
            let (start, end) = (node.integer("start") ?? 0, node.integer("end") ?? input.shape.count)
            return Tensor(shape: [end - start], values: input.shape[start..<end].map { Float($0) })
        case "ConstantOfShape":
            let shape = input.values.map { Int($0) }
            return Tensor(shape: shape, values: [Float](repeating: 0, count: shape.reduce(1, *)))
        default: fatalError("operator \(node.type)")
        }
    }

    private static func byChannel(_ input: Tensor, _ constants: Tensor, _ change: (Float, Float) -> Float) -> Tensor {
        let (channels, area) = (input.shape[1], input.shape[2] * input.shape[3])
        precondition(constants.shape == [channels, 1, 1] || constants.shape == [channels])
        return Tensor(
            shape: input.shape,
            values: input.values.enumerated().map { change($1, constants.values[$0 / area % channels]) })
    }

    private static func batchNorm(_ node: ONNXNode, _ inputs: [Tensor]) -> Tensor {
        let epsilon = node.float("epsilon") ?? 1e-5
        let centred = byChannel(inputs[0], inputs[3], -)
        let normed = byChannel(centred, inputs[4].mapped { ($0 + epsilon).squareRoot() }, /)
        return byChannel(byChannel(normed, inputs[1], *), inputs[2], +)
    }

    /// Output sides, and for each output place the input places in its window, left out where they lie in the padding.
    private static func sides(
        _ node: ONNXNode, _ input: Tensor, kernel: [Int]
    ) -> [(count: Int, place: (_ output: Int, _ tap: Int) -> Int?)] {
        let strides = node.integers("strides") ?? [1, 1]
        let dilations = node.integers("dilations") ?? [1, 1]
        let pads = node.integers("pads") ?? [0, 0, 0, 0]
        precondition(node.integers("kernel_shape") ?? kernel == kernel)
        return (0..<2).map { axis in
            let side = input.shape[2 + axis]
            let reach = dilations[axis] * (kernel[axis] - 1) + 1
            let count = (side + pads[axis] + pads[2 + axis] - reach) / strides[axis] + 1
            return (
                count,
                { output, tap in
                    let place = output * strides[axis] + tap * dilations[axis] - pads[axis]
                    return (0..<side).contains(place) ? place : nil
                }
            )
        }
    }

    private static func convolution(_ node: ONNXNode, _ input: Tensor, _ weight: Tensor) -> Tensor {
        let groups = node.integer("group") ?? 1
        let kernel = Array(weight.shape[2...])
        let (rows, columns) = { ($0[0], $0[1]) }(sides(node, input, kernel: kernel))
        let (outputs, own) = (weight.shape[0], weight.shape[1])
        precondition(own * groups == input.shape[1])
        var output = Tensor(shape: [input.shape[0], outputs, rows.count, columns.count], values: [])
        for image in 0..<input.shape[0] {
            for channel in 0..<outputs {
                let first = channel / (outputs / groups) * own
                for row in 0..<rows.count {
                    for column in 0..<columns.count {
                        var sum: Float = 0
                        for source in 0..<own {
                            for down in 0..<kernel[0] {
                                guard let from = rows.place(row, down) else { continue }
                                for right in 0..<kernel[1] {
                                    guard let beside = columns.place(column, right) else { continue }
                                    sum +=
                                        weight.value(channel, source, down, right)
                                        * input.value(image, first + source, from, beside)
                                }
                            }
                        }
                        output.values.append(sum)
                    }
                }
            }
        }
        return output
    }

    /// Of each window what lies within the map.
    private static func windows(_ node: ONNXNode, _ input: Tensor, _ summary: ([Float]) -> Float) -> Tensor {
        guard let kernel = node.integers("kernel_shape") else { fatalError("a pool without a window") }
        let (rows, columns) = { ($0[0], $0[1]) }(sides(node, input, kernel: kernel))
        var output = Tensor(shape: Array(input.shape[..<2]) + [rows.count, columns.count], values: [])
        for image in 0..<input.shape[0] {
            for channel in 0..<input.shape[1] {
                for row in 0..<rows.count {
                    for column in 0..<columns.count {
                        let places = (0..<kernel[0]).compactMap { rows.place(row, $0) }
                        let beside = (0..<kernel[1]).compactMap { columns.place(column, $0) }
                        output.values.append(
                            summary(places.flatMap { row in beside.map { input.value(image, channel, row, $0) } }))
                    }
                }
            }
        }
        return output
    }

    private static func concatenation(_ node: ONNXNode, _ inputs: [Tensor]) -> Tensor {
        let axis = node.integer("axis") ?? 0
        var shape = inputs[0].shape
        shape[axis] = inputs.reduce(0) { $0 + $1.shape[axis] }
        let outer = shape[..<axis].reduce(1, *)
        let values = (0..<outer).flatMap { part in
            inputs.flatMap { input in
                let length = input.values.count / outer
                return Array(input.values[part * length..<(part + 1) * length])
            }
        }
        return Tensor(shape: shape, values: values)
    }

    /// From a row and a column on to the ends.
    private static func slice(_ inputs: [Tensor]) -> Tensor {
        let input = inputs[0]
        precondition(inputs[3].values == [2, 3] && inputs[2].values.allSatisfy { $0 >= Float(input.shape[2]) })
        let (row, column) = (Int(inputs[1].values[0]), Int(inputs[1].values[1]))
        var output = Tensor(shape: input.shape, values: [])
        output.shape[2] -= row
        output.shape[3] -= column
        for image in 0..<input.shape[0] {
            for channel in 0..<input.shape[1] {
                for row in row..<input.shape[2] {
                    for column in column..<input.shape[3] {
                        output.values.append(input.value(image, channel, row, column))
                    }
                }
            }
        }
        return output
    }

    private static func linear(_ node: ONNXNode, _ inputs: [Tensor]) -> Tensor {
        precondition(node.integer("transB") == 1)
        let (input, weight, bias) = (inputs[0], inputs[1], inputs[2])
        let (images, length, classes) = (input.shape[0], input.shape[1], weight.shape[0])
        let values = (0..<images * classes).map { place in
            (0..<length).reduce(bias.values[place % classes]) {
                $0 + input.values[place / classes * length + $1] * weight.values[place % classes * length + $1]
            }
        }
        return Tensor(shape: [images, classes], values: values)
    }
}

extension ONNXNode {
    fileprivate func integer(_ name: String) -> Int? {
        attributes.lazy.compactMap { if case .integer(name, let value) = $0 { value } else { nil } }.first
    }

    fileprivate func integers(_ name: String) -> [Int]? {
        attributes.lazy.compactMap { if case .integers(name, let values) = $0 { values } else { nil } }.first
    }

    fileprivate func float(_ name: String) -> Float? {
        attributes.lazy.compactMap { if case .float(name, let value) = $0 { value } else { nil } }.first
    }
}
