import Testing

import SearchSpace

@Suite
struct SearchSpaceTests {
    @Test(
        "The super-network has the published numbers of weights",
        arguments: [(16, 8, 1_930_618), (8, 5, 394_210), (8, 3, 209_442), (4, 3, 72_854)])
    func weightCounts(channels: Int, layers: Int, count: Int) {
        let plan = NetworkPlan(
            image: ImageShape(channels: 3, height: 32, width: 32), classes: 10, initChannels: channels, layers: layers,
            space: .darts())
        let layout = WeightLayout.superNetwork(plan)
        #expect(layout.weightCount == count)
        #expect(Set(layout.entries.map(\.name)).count == layout.entries.count)
        #expect(layout.entries.reduce(0) { $0 + $1.count } == count)
    }

    @Test("Costs of operations equal the official code's table")
    func costs() {
        func cost(_ operation: Operation, _ channels: Int, _ side: Int, _ stride: Int) -> [Int] {
            let cost = OperationCost(of: operation, channels: channels, outputSide: side, stride: stride)
            return [cost.parameters, cost.multiplyAdds, cost.memoryAccessElements]
        }
        #expect(cost(.maxPool3x3, 16, 32, 1) == [0, 147_456, 32_768])
        #expect(cost(.avgPool3x3, 32, 16, 2) == [0, 73_728, 40_960])
        #expect(cost(.skipConnect, 16, 32, 1) == [0, 0, 32_768])
        #expect(cost(.skipConnect, 32, 16, 2) == [1024, 262_144, 74_752])
        #expect(cost(.sepConv3x3, 16, 32, 1) == [800, 819_200, 131_872])
        #expect(cost(.sepConv5x5, 32, 16, 2) == [3648, 933_888, 93_760])
        #expect(cost(.dilConv3x3, 64, 8, 2) == [4672, 299_008, 33_344])
        #expect(cost(.dilConv5x5, 64, 8, 1) == [5696, 364_544, 22_080])
        #expect(cost(.none, 16, 32, 1) == [0, 0, 0])
    }

    @Test("Pools, none and identities have no weights; an identity of stride 2 has some")
    func weightless() {
        let plan = NetworkPlan(
            image: ImageShape(channels: 1, height: 8, width: 8), classes: 10, initChannels: 4, layers: 3,
            space: .darts(nodes: 4))
        let entries = plan.weightlessEntries
        #expect(entries.shape.count == 224)
        for kind in CellKind.allCases {
            for edge in plan.space.topology(kind).edges {
                let row = Operation.papers.map { entries[kind, edge.index, $0] }
                let hasFreeIdentity = kind == .normal || edge.from > 1
                #expect(row == [true, true, true, hasFreeIdentity, false, false, false, false])
            }
        }
    }

    @Test("A full cell has 14 edges, ordered by target and source")
    func topology() {
        let topology = CellTopology()
        #expect(topology.edgeCount == 14)
        #expect(topology.edges(into: 5) == 9..<14)
        #expect(topology.edges[9...].map(\.from) == [0, 1, 2, 3, 4])
        #expect(Skeleton.reductionIndices(layers: 8) == [2, 5])
        #expect(Skeleton.reductionIndices(layers: 20) == [6, 13])
    }

    @Test("The entropy of a one-hot alpha is that of its floor: seven times 1e-4 ln 1e4 an edge")
    func flooredEntropy() {
        let values = (0..<224).map { $0 % 8 == 3 ? Float(100) : 0 }
        let entropy = EdgeTable(SearchSpace.darts().shape, values).entropy()
        #expect(abs(entropy - 28 * 7 * 1e-4 * 9.210340371976184) < 1e-9)
    }

    @Test("A uniform alpha has entropy 14 ln 8, and ties keep the first operation")
    func entropy() {
        let table = EdgeTable<Float>(SearchSpace.darts().shape, repeating: 1)
        #expect(abs(table.entropy() - 2 * 29.112) < 2e-3)
        #expect(table.mostProbable().allSatisfy { $0 == .none })
        #expect(table.share(of: .none) == 1)
    }

    @Test("A genotype's texts are read back, and texts that are none are refused with the place")
    func genotypeText() throws {
        var alpha = EdgeTable<Float>(SearchSpace.darts().shape, repeating: 0)
        for edge in 0..<14 { alpha[.normal, edge, Operation.papers[edge % 8]] = 1 }
        let genotype = Genotype.derived(from: alpha, in: .darts())
        #expect(genotype.text.hasPrefix("Genotype(normal=[('none', 0), ('max_pool_3x3', 1), ('avg_pool_3x3', 0)"))
        #expect(genotype.text.hasSuffix("reduce_concat=range(2, 6))"))
        #expect(!genotype.compactText.contains(" "))
        #expect(try Genotype(parsing: genotype.text) == genotype)
        #expect(try Genotype(parsing: genotype.compactText) == genotype)
        #expect(genotype.deadNodes(of: .reduce) == [2, 3, 4, 5])
        for cut in stride(from: 0, to: genotype.text.count, by: 7) {
            #expect(throws: GenotypeError.self) { try Genotype(parsing: String(genotype.text.prefix(cut))) }
        }
        let unknown = genotype.text.split(separator: "max_pool_3x3", maxSplits: 1).joined(separator: "conv_9x9")
        #expect { try Genotype(parsing: unknown) } throws: { "\($0)".contains("unknown operation 'conv_9x9'") }
    }
}
