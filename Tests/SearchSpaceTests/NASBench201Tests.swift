import SearchSpace
import Testing

/// NAS-Bench-201's space: the sizes that its cells are known to have, and its strings.
@Suite
struct NASBench201Tests {
    private static let space = NamedSpace.nasBench201.space(nodes: 4)
    private static let plan = NetworkPlan.target(space)

    @Test("One kind of cell, six edges of five operations, 15,625 cells")
    func form() {
        #expect(Self.space.kinds == [.normal] && Self.space.shape.count == 30)
        #expect(
            Self.space.topology(.normal).edges.map { [$0.from, $0.to] } == [
                [0, 1], [0, 2], [1, 2], [0, 3], [1, 3], [2, 3],
            ])
        #expect(Self.space.topology(.normal).outputNodes == 3..<4)
        #expect(Self.space.partsWithoutKernels.isEmpty)
        #expect(Self.space.uniform(.convolution3x3).partsWithoutKernels.isEmpty)
        #expect(Self.space.withAuxiliarySkip(true).partsWithoutKernels.isEmpty)
        #expect(CellSpace(Self.plan).genotypeCount == 15_625)
        #expect(Self.plan.cells.map(\.channels) == [16, 32, 64].flatMap { [Int](repeating: $0, count: 5) })
        #expect(Self.plan.cells.map(\.inputHeight) == [32, 16, 8].flatMap { [Int](repeating: $0, count: 5) })
        #expect(Self.plan.cells.map(\.position) == [0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 12, 13, 14, 15, 16])
    }

    @Test(
        "Networks of one operation on every edge have the sizes that the benchmark tells",
        arguments: [
            (Operation.convolution3x3, 1_531_546), (.convolution1x1, 241_306), (.none, 73_306), (.skipConnect, 73_306),
            (.avgPool3x3, 73_306),
        ])
    func sizes(operation: Operation, parameters: Int) {
        let cell = Self.space.uniform(operation)
        #expect(Self.plan.derivedWeights(cell) == parameters)
        #expect(DerivedSize(Self.plan).size(of: cell).parameters == parameters)
        let plan = DerivedPlan(
            genotype: cell, image: Self.plan.image, classes: 10, initChannels: 16, layers: 15, form: .stages)
        #expect(WeightLayout.derivedNetwork(plan).weightCount == parameters)
    }

    @Test("The super-network has 1,686,106 weights: the published 1,692,826 less 6,720 biases before batch norms")
    func superNetwork() {
        let layout = WeightLayout.superNetwork(Self.plan)
        #expect(layout.weightCount == 1_686_106)
        #expect(Set(layout.entries.map(\.name)).count == layout.entries.count)
        for name in [
            "cells.5.conv_a.op.1.weight", "cells.11.downsample.1.weight", "lastact.0.bias",
            "cells.16.edges.3<-2.3.op.1.weight",
        ] {
            #expect(layout.weight(name) != nil, "\(name)")
        }
    }

    @Test("All 15,625 cells have distinct strings, and each is read back as the cell that it was")
    func strings() throws {
        var seen: Set<String> = []
        let candidates = Self.space.shape.candidates
        for number in 0..<15_625 {
            var rest = number
            let operations = candidates.map { row in
                defer { rest /= 5 }
                return row[rest % 5]
            }
            let cell = Self.space.genotype(operations: operations)
            seen.insert(cell.text)
            #expect(try Genotype(parsing: cell.text) == cell)
        }
        #expect(seen.count == 15_625)
        let best = "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|"
        let cell = try Genotype(parsing: " \(best)\n")
        #expect(cell.text == best && cell.compactText == best && CellSpace(Self.plan).contains(cell))
    }

    @Test("A string that is none is refused with what was expected where")
    func refusals() {
        func refusal(_ text: String) -> String {
            do {
                _ = try Genotype(parsing: text)
                return ""
            } catch { return "\(error)" }
        }
        #expect(refusal("|none~0|+|none~0|").contains("node 2 has 1 edges; it has one from each of the 2"))
        #expect(refusal("|none~0|+|none~1|none~0|").contains("node 2: 'operation~0' expected, 'none~1'"))
        #expect(refusal("|conv~0|").contains("unknown operation 'conv'; known are none"))
        #expect(refusal("|none~0|+").contains("node 2: '|operation~source|...|' expected"))
        #expect(refusal("|none~0~0|").contains("'operation~0' expected"))
        #expect(refusal("|").contains("expected") && refusal("||").contains("expected"))
        #expect(refusal(String(repeating: "|none~0|+", count: 40)).contains("at most 16"))
    }

    @Test("Every edge is kept, by the rule of SNAS, and cells without a way to the output are dead")
    func cells() {
        var alpha = EdgeTable<Float>(Self.space.shape, repeating: 0)
        for edge in 0..<6 { alpha[.normal, edge, edge < 3 ? .none : .avgPool3x3] = 1 }
        let cell = Genotype.derived(from: alpha, in: Self.space)
        #expect(cell.text == "|none~0|+|none~0|none~1|+|avg_pool_3x3~0|avg_pool_3x3~1|avg_pool_3x3~2|")
        #expect(cell.deadNodes(of: .normal) == [1, 2] && cell.kinds == [.normal] && cell.hasAllEdges)
        let cells = CellSpace(Self.plan)
        #expect(cells.isLive(cell) && cells.canonical(cell) == cell)
        #expect(!cells.isLive(Self.space.uniform(.none)))
    }
}
