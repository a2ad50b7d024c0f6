import Exchange
import Network
import SearchSpace
import Tensors
import Testing

/// What an exported graph computes by the definitions of its operators, next to what the network computes.
@Suite
struct ExportedGraphTests {
    struct Family: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let genotype: Genotype
        var form: DerivedPlan.Form?
        var sides = (8, 8)
        var cells = 3
        var pools = false

        var plan: DerivedPlan {
            DerivedPlan(
                genotype: genotype, image: ImageShape(channels: 2, height: sides.0, width: sides.1), classes: 4,
                initChannels: 2, layers: cells, form: form ?? genotype.form, poolsHaveBatchNorm: pools)
        }
    }

    /// Without a skip on an edge that halves.
    private static let fitForOddSides = """
        Genotype(normal=[('conv_7x1_1x7', 0), ('avg_pool_3x3', 1), ('skip_connect', 0), ('sep_conv_7x7', 2)],
          normal_concat=[2, 3], reduce=[('conv_7x1_1x7', 0), ('avg_pool_3x3', 1), ('max_pool_3x3', 0),
          ('dil_conv_5x5', 1), ('sep_conv_5x5', 0), ('skip_connect', 2)], reduce_concat=[2, 4])
        """
    private static let halvedSkips = """
        Genotype(normal=[('dil_conv_3x3', 0), ('skip_connect', 1)], normal_concat=[2],
          reduce=[('skip_connect', 0), ('avg_pool_3x3', 1), ('skip_connect', 2), ('sep_conv_3x3', 1)], reduce_concat=[2, 3])
        """

    /// Node 2 is dead; node 3 reads it through a separable convolution and through a skip, node 4 lives.
    private static var withDeadNode: Genotype {
        func choice(_ operation: Operation, _ from: Int, _ to: Int) -> Genotype.Choice {
            Genotype.Choice(operation: operation, from: from, to: to)
        }
        let choices = [
            choice(.none, 0, 2), choice(.none, 1, 2), choice(.sepConv3x3, 2, 3), choice(.skipConnect, 2, 3),
            choice(.maxPool3x3, 0, 4), choice(.none, 3, 4),
        ]
        return Genotype(normal: choices, reduce: choices, normalConcat: [2, 3, 4], reduceConcat: [2, 3, 4])
    }

    private static func known(_ name: String) throws -> Genotype { try #require(KnownGenotypes.named(name)) }

    private static func families() throws -> [Family] {
        [
            Family(testDescription: "two edges a node", genotype: try known("DARTS_V2")),
            Family(
                testDescription: "all edges, batch norms behind pools", genotype: try known("SNAS_mild_edge_all"),
                pools: true),
            Family(testDescription: "older operations", genotype: try known("AmoebaNet")),
            Family(
                testDescription: "odd sides", genotype: try Genotype(parsing: fitForOddSides), sides: (10, 14),
                pools: true
            ),
            Family(
                testDescription: "ImageNet form, odd sides halved without a pool",
                genotype: try Genotype(parsing: halvedSkips), form: .imageNet, sides: (72, 40)),
            Family(testDescription: "dead nodes", genotype: withDeadNode),
            Family(
                testDescription: "NAS-Bench-201",
                genotype: try Genotype(
                    parsing: "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|avg_pool_3x3~0|nor_conv_1x1~1|skip_connect~2|")),
            Family(
                testDescription: "NAS-Bench-201 without anything",
                genotype: try Genotype(parsing: "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|")),
        ]
    }

    private static let images = 3
    private static let mean: [Float] = [0.45, 0.5]
    private static let deviation: [Float] = [0.25, 0.2]

    private static func statistics(_ layout: WeightLayout) -> [Float] {
        var values = irregular(layout.statisticCount, phase: 3).map { Float(0.3 * $0) }
        for entry in layout.statistics {
            for place in entry.varianceOffset..<entry.varianceOffset + entry.channels {
                values[place] = 0.4 + abs(values[place])
            }
        }
        return values
    }

    @Test("Logits of every family are the network's to 1e-5 of their size, and every shape is as the graph declares it")
    func logits() throws {
        for family in try Self.families() {
            let plan = family.plan
            let layout = WeightLayout.derivedNetwork(plan)
            let (weights, statistics) = (formulaWeights(layout), Self.statistics(layout))
            let pixels = irregular(Self.images * plan.image.count, phase: 1).map { Float(0.5 + 0.5 * $0) }
            let graph = NetworkGraph(
                plan: plan, weights: weights, statistics: statistics, mean: Self.mean, deviation: Self.deviation
            ).graph
            let shape = [Self.images, plan.image.channels, plan.image.height, plan.image.width]
            let tensors = GraphInterpreter.run(graph, .init(shape: shape, values: pixels))
            for value in graph.inputs + graph.values + graph.outputs {
                let declared = value.shape.map { side in
                    switch side {
                    case .fixed(let length): length
                    case .named: Self.images
                    }
                }
                #expect(tensors[value.name]?.shape == declared, "\(family.testDescription): \(value.name)")
            }
            let area = plan.image.height * plan.image.width
            let normalised = pixels.enumerated().map { place, pixel in
                let channel = place / area % plan.image.channels
                return (pixel - Self.mean[channel]) / Self.deviation[channel]
            }
            let network = DerivedNetwork(plan: plan, layout: layout, precision: .double)
            let pass = try network.evaluationPass(
                try network.load(weights: weights), statistics: statistics, pixels: normalised,
                labels: [Int32](repeating: 0, count: Self.images))
            let own = try #require(tensors[NetworkGraph.outputName]).values
            #expect(own.count == Self.images * plan.classes && own.contains { abs($0) > 1e-3 })
            #expect(distance(own, pass.logits) < 1e-5, "\(family.testDescription): \(own) and \(pass.logits)")
        }
    }
}
