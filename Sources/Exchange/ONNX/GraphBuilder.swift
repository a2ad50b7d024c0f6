import SearchSpace

/// A map of channels on its way through a graph, for any number of images.
struct GraphMap {
    /// Of the node that wrote it.
    let name: String
    /// For one image.
    let shape: MapShape

    func value(explanation: String = "") -> ONNXValue {
        ONNXValue(
            name,
            shape: [.named(NetworkGraph.batchName)] + [shape.channels, shape.height, shape.width].map { .fixed($0) },
            explanation: explanation)
    }
}

/// Puts a graph together, node behind node. A node and what it writes have one name.
struct GraphBuilder {
    private let layout: WeightLayout
    private let weights: [Float]
    private let statistics: [Float]
    private let weightEntries: [String: WeightEntry]
    private let statisticEntries: [String: StatisticEntry]
    private(set) var nodes: [ONNXNode] = []
    private(set) var constants: [ONNXTensor] = []
    private(set) var values: [ONNXValue] = []
    private var known: Set<String> = []

    init(layout: WeightLayout, weights: [Float], statistics: [Float]) {
        precondition(weights.count == layout.weightCount && statistics.count == layout.statisticCount)
        self.layout = layout
        self.weights = weights
        self.statistics = statistics
        weightEntries = Dictionary(uniqueKeysWithValues: layout.entries.map { ($0.name, $0) })
        statisticEntries = Dictionary(uniqueKeysWithValues: layout.statistics.map { ($0.name, $0) })
    }

    // MARK: Nodes

    /// A node that writes a map.
    mutating func map(
        _ type: String, _ name: String, _ inputs: [String], _ shape: MapShape,
        _ attributes: [ONNXNode.Attribute] = []
    ) -> GraphMap {
        let map = GraphMap(name: name, shape: shape)
        node(type, inputs, map.value(), attributes)
        return map
    }

    /// A node that writes what is no map.
    mutating func node(
        _ type: String, _ inputs: [String], _ output: ONNXValue, _ attributes: [ONNXNode.Attribute] = [],
        isOutput: Bool = false
    ) {
        nodes.append(
            ONNXNode(type, name: output.name, inputs: inputs, outputs: [output.name], attributes: attributes))
        if !isOutput { values.append(output) }
    }

    // MARK: Constants

    /// The weight of that name, as the layout has it.
    ///
    /// - Returns: its name.
    mutating func weight(_ name: String) -> String {
        guard let entry = weightEntries[name] else { preconditionFailure("no weight '\(name)'") }
        return constant(name, entry.shape, .floats(Array(weights[entry.range])))
    }

    /// How many channels the convolution or batch norm of that name writes.
    func outputs(of module: String) -> Int {
        guard let outputs = weightEntries["\(module).weight"]?.shape.first else {
            preconditionFailure("no module '\(module)'")
        }
        return outputs
    }

    /// The running mean and variance of the batch norm of that name, under the names that PyTorch gives them.
    ///
    /// - Returns: their names.
    mutating func statistics(_ norm: String) -> [String] {
        guard let entry = statisticEntries[norm] else { preconditionFailure("no batch norm '\(norm)'") }
        return [("running_mean", entry.meanOffset), ("running_var", entry.varianceOffset)].map { name, offset in
            constant(
                "\(norm).\(name)", [entry.channels], .floats(Array(statistics[offset..<offset + entry.channels])))
        }
    }

    /// Stands in the graph once, however many nodes ask for it.
    mutating func constant(_ name: String, _ shape: [Int], _ values: ONNXTensor.Values) -> String {
        if known.insert(name).inserted { constants.append(ONNXTensor(name, shape: shape, values)) }
        return name
    }

    // MARK: Zeros

    /// Zeros for as many images as the user gives.
    mutating func zeros(_ shape: MapShape) -> GraphMap {
        let sides = "\(shape.channels)x\(shape.height)x\(shape.width)"
        let zeros = GraphMap(name: "zeros.\(sides)", shape: shape)
        guard known.insert(zeros.name).inserted else { return zeros }
        let batch = "zeros.images"
        if known.insert(batch).inserted {
            node(
                "Shape", [NetworkGraph.inputName], ONNXValue(batch, .integer64, shape: [.fixed(1)]),
                [.integer("start", 0), .integer("end", 1)])
        }
        let own = constant(
            "\(zeros.name).sides", [3], .integers([shape.channels, shape.height, shape.width]))
        let whole = ONNXValue("\(zeros.name).shape", .integer64, shape: [.fixed(4)])
        node("Concat", [batch, own], whole, [.integer("axis", 0)])
        return map("ConstantOfShape", zeros.name, [whole.name], shape)
    }
}
