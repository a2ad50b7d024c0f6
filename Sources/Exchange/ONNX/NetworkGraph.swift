package import SearchSpace

/// A derived network as a graph of ONNX' operators, from pixels to logits.
///
/// Constants and nodes have the names of PyTorch's modules in the DARTS code. Batch norms normalise with the running statistics and
/// stay nodes of their own: whoever reads the graph folds them into convolutions as it likes. There is no auxiliary head.
package struct NetworkGraph: Sendable {
    /// Without auxiliary head.
    private let plan: DerivedPlan
    private let weights: [Float]
    private let statistics: [Float]
    /// One a channel, of pixels divided by 255.
    private let mean: [Float]
    private let deviation: [Float]

    /// The input's name: images x channels x height x width.
    package static let inputName = "images"
    /// The output's name: images x classes.
    package static let outputName = "logits"
    /// The side that a user chooses: how many images.
    package static let batchName = "batch"
    /// What the input holds, for people.
    package static let inputRule =
        "32-bit floats, images x channels x height x width: pixels as bytes from 0 to 255, divided by 255; "
        + "colours as red, green, blue; the graph normalises them"

    /// - Parameters:
    ///   - plan: one without an auxiliary head, to which nothing objects (`objection`).
    ///   - weights: in the order of `WeightLayout.derivedNetwork(plan)`.
    ///   - statistics: running ones, in the same layout's order.
    ///   - mean: one a channel, of pixels divided by 255.
    ///   - deviation: likewise, not 0.
    package init(plan: DerivedPlan, weights: [Float], statistics: [Float], mean: [Float], deviation: [Float]) {
        precondition(!plan.hasAuxiliary && Self.objection(to: plan) == nil)
        precondition(mean.count == plan.image.channels && deviation.count == mean.count)
        self.plan = plan
        self.weights = weights
        self.statistics = statistics
        self.mean = mean
        self.deviation = deviation
    }

    /// Why ONNX cannot give what the network computes, for people; nil where it can.
    package static func objection(to plan: DerivedPlan) -> String? {
        let kept = plan.genotype.kinds.flatMap { plan.genotype[$0] }.map(\.operation)
        if kept.contains(.noise) {
            return
                "its cell keeps 'noise', whose numbers are drawn anew in every pass, and a graph of ONNX would draw others"
        }
        let bytes = mostBytes(plan)
        guard bytes <= ONNXModel.byteLimit else {
            return "its file would have up to \(bytes) bytes, and one of ONNX holds \(ONNXModel.byteLimit) at most"
        }
        return nil
    }

    /// No file is larger: floats, and room for names and shapes around each constant, node and value.
    package static func mostBytes(_ plan: DerivedPlan) -> Int {
        let layout = WeightLayout.derivedNetwork(plan)
        let around = 1024 * (layout.entries.count + 2 * layout.statistics.count) + 8192 * plan.edgesOfAllCells
        return 4 * (layout.weightCount + layout.statisticCount) + around + 1 << 20
    }

    /// The whole graph.
    package var graph: ONNXGraph {
        var builder = GraphBuilder(layout: .derivedNetwork(plan), weights: weights, statistics: statistics)
        let image = MapShape(plan.image.channels, plan.image.height, plan.image.width)
        let pixels = GraphMap(name: Self.inputName, shape: image)
        let images = builder.normalised(pixels, mean: mean, deviation: deviation)
        var (before, previous) = builder.stem(images, plan.form)
        for block in plan.blocks {
            let output =
                switch block {
                case .cell(let cell): builder.cell(cell, of: plan, before, previous)
                case .residual(let block): builder.residual(block, previous)
                }
            (before, previous) = (previous, output)
        }
        builder.classify(previous, plan.form.skeleton, as: Self.outputName)
        return ONNXGraph(
            name: "derived_network", nodes: builder.nodes, constants: builder.constants,
            inputs: [pixels.value(explanation: Self.inputRule)],
            outputs: [
                ONNXValue(
                    Self.outputName, shape: [.named(Self.batchName), .fixed(plan.classes)],
                    explanation: "images x classes, before softmax")
            ], values: builder.values)
    }
}
