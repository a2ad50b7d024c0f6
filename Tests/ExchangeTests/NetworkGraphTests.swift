import Exchange
import Formats
import SearchSpace
import Testing

/// The graph of a derived network, whatever its numbers.
@Suite
struct NetworkGraphTests {
    private static func plan(
        _ genotype: Genotype, channels: Int = 2, cells: Int = 3, form: DerivedPlan.Form? = nil
    ) -> DerivedPlan {
        DerivedPlan(
            genotype: genotype, image: ImageShape(channels: 3, height: 32, width: 32), classes: 10,
            initChannels: channels, layers: cells, form: form ?? genotype.form, poolsHaveBatchNorm: true)
    }

    /// Each weight and statistic is its own number.
    private static func graph(_ plan: DerivedPlan) -> ONNXGraph {
        let layout = WeightLayout.derivedNetwork(plan)
        return NetworkGraph(
            plan: plan, weights: (0..<layout.weightCount).map { Float($0) },
            statistics: (0..<layout.statisticCount).map { -Float($0) }, mean: [0.1, 0.2, 0.3],
            deviation: [0.4, 0.5, 0.6]
        ).graph
    }

    private static let staged =
        "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|avg_pool_3x3~0|nor_conv_1x1~1|skip_connect~2|"

    private static func plans() throws -> [DerivedPlan] {
        let cell = try #require(KnownGenotypes.named("SNAS_moderate_edge_all"))
        return [
            plan(try #require(KnownGenotypes.named("DARTS_V2"))), plan(cell), plan(cell, form: .imageNet),
            plan(try #require(KnownGenotypes.named("AmoebaNet"))), plan(try Genotype(parsing: staged)),
            plan(SearchSpace.darts(nodes: 2).uniform(.none)),
        ]
    }

    @Test(
        "Every node reads what stands before it and writes a name of its own; inputs and outputs are images and logits")
    func order() throws {
        for plan in try Self.plans() {
            let graph = Self.graph(plan)
            var known = Set(graph.constants.map(\.name) + graph.inputs.map(\.name))
            #expect(known.count == graph.constants.count + 1, "names of constants stand once")
            for node in graph.nodes {
                for input in node.inputs { #expect(known.contains(input), "\(node.name) reads \(input)") }
                for output in node.outputs { #expect(known.insert(output).inserted, "\(output) is written twice") }
            }
            #expect(Set(graph.nodes.map(\.name)).count == graph.nodes.count)
            #expect(graph.inputs.map(\.name) == ["images"] && graph.outputs.map(\.name) == ["logits"])
            #expect(graph.inputs[0].shape == [.named("batch"), .fixed(3), .fixed(32), .fixed(32)])
            #expect(graph.outputs[0].shape == [.named("batch"), .fixed(10)])
            let written = graph.nodes.flatMap(\.outputs)
            #expect(graph.values.map(\.name) + ["logits"] == written, "each has its shape")
        }
    }

    @Test(
        "Every weight and running statistic of the layout is a constant under PyTorch's name, read by one node, and nothing else is one but the pixels' constants and numbers of places"
    )
    func constants() throws {
        for plan in try Self.plans() {
            let layout = WeightLayout.derivedNetwork(plan)
            let graph = Self.graph(plan)
            var constants: [String: ONNXTensor] = [:]
            for constant in graph.constants { constants[constant.name] = constant }
            func expect(_ name: String, _ shape: [Int], _ values: [Float]) {
                #expect(
                    constants.removeValue(forKey: name) == ONNXTensor(name, shape: shape, .floats(values)), "\(name)")
                #expect(graph.nodes.count { $0.inputs.contains(name) } == 1, "\(name)")
            }
            for entry in layout.entries { expect(entry.name, entry.shape, entry.range.map { Float($0) }) }
            for entry in layout.statistics {
                let (mean, variance) = (entry.meanOffset, entry.varianceOffset)
                expect("\(entry.name).running_mean", [entry.channels], (mean..<variance).map { -Float($0) })
                expect(
                    "\(entry.name).running_var", [entry.channels],
                    (variance..<variance + entry.channels).map { -Float($0) })
            }
            expect("normalisation.mean", [3, 1, 1], [0.1, 0.2, 0.3])
            expect("normalisation.deviation", [3, 1, 1], [0.4, 0.5, 0.6])
            for constant in constants.values {
                guard case .integers = constant.values else {
                    Issue.record("\(constant.name) is none of the network's")
                    continue
                }
            }
        }
    }

    @Test(
        "Convolutions and batch norms are called as in PyTorch's modules, DARTS_V2's 20 cells of 36 channels have 3,349,342 weights"
    )
    func names() throws {
        let genotype = try #require(KnownGenotypes.named("DARTS_V2"))
        let plan = DerivedPlan(
            genotype: genotype, image: ImageShape(channels: 3, height: 32, width: 32), classes: 10, initChannels: 36,
            layers: 20)
        let graph = Self.graph(plan)
        let nodes = Dictionary(uniqueKeysWithValues: graph.nodes.map { ($0.name, $0.type) })
        for layer in plan.layers {
            switch layer.kind {
            case .convolution: #expect(nodes[layer.name] == "Conv")
            case .batchNorm: #expect(nodes[layer.name] == "BatchNormalization")
            case .pool: #expect(["MaxPool", "AveragePool"].contains(nodes[layer.name]))
            case .identity, .linear: break
            }
        }
        let layout = WeightLayout.derivedNetwork(plan)
        let weights = Set(layout.entries.map(\.name))
        #expect(graph.constants.reduce(0) { $0 + (weights.contains($1.name) ? $1.count : 0) } == 3_349_342)
    }

    @Test("A cell that keeps noise and a network beyond two gigabytes are objected to, by their names and numbers")
    func objections() throws {
        let cell = SearchSpace.darts(nodes: 1)
        #expect(NetworkGraph.objection(to: Self.plan(cell.uniform(.sepConv3x3))) == nil)
        #expect(NetworkGraph.objection(to: Self.plan(cell.uniform(.noise)))?.contains("keeps 'noise'") == true)
        let amoeba = try #require(KnownGenotypes.named("AmoebaNet"))
        let large = NetworkGraph.objection(to: Self.plan(amoeba, channels: 1024, cells: 20))
        #expect(large?.contains("one of ONNX holds 2147483647 at most") == true, "\(large ?? "nothing")")
    }

    @Test(
        "No file is larger than the bound of its size says, which small networks exceed eight times at most and two megabytes"
    )
    func bound() throws {
        // Of a large one floats are nearly all.
        let large = Self.plan(try #require(KnownGenotypes.named("DARTS_V2")), channels: 36, cells: 20)
        for plan in try Self.plans() + [large] {
            let model = ONNXModel(Self.graph(plan), producerVersion: "0.1.0", explanation: "", metadata: [])
            let bytes = model.bytes.count
            #expect(bytes <= NetworkGraph.mostBytes(plan) && NetworkGraph.mostBytes(plan) < 8 * bytes + 2 << 20)
        }
    }
}
