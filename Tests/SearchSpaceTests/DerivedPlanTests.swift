import Testing

import SearchSpace

/// Sizes of derived networks against the published ones and an independent calculator's.
@Suite
struct DerivedPlanTests {
    private static func uniform(_ operation: Operation) -> Genotype {
        let choices = CellTopology().edges.map { Genotype.Choice(operation: operation, from: $0.from, to: $0.to) }
        return Genotype(normal: choices, reduce: choices, normalConcat: [2, 3, 4, 5], reduceConcat: [2, 3, 4, 5])
    }

    private static func cifar(_ genotype: Genotype, pools: Bool = false, auxiliary: Bool = false) -> DerivedPlan {
        DerivedPlan(
            genotype: genotype, image: ImageShape(channels: 3, height: 32, width: 32), classes: 10, initChannels: 36,
            layers: 20, hasAuxiliary: auxiliary, poolsHaveBatchNorm: pools)
    }

    private static func imageNet(_ genotype: Genotype, channels: Int) -> DerivedPlan {
        DerivedPlan(
            genotype: genotype, image: ImageShape(channels: 3, height: 224, width: 224), classes: 1000,
            initChannels: channels, layers: 14, form: .imageNet)
    }

    private func expect(
        _ plan: DerivedPlan, parameters: Int, millionMultiplyAdds: Double?,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let cost = NetworkCost(plan).total
        #expect(cost.parameters == parameters, sourceLocation: sourceLocation)
        #expect(WeightLayout.derivedNetwork(plan).weightCount == parameters, sourceLocation: sourceLocation)
        if let millionMultiplyAdds {
            #expect(
                abs(Double(cost.multiplyAdds) / 1e6 - millionMultiplyAdds) <= 0.05, "\(cost.multiplyAdds)",
                sourceLocation: sourceLocation)
        }
    }

    @Test(
        "Known cells of 36 channels and 20 cells have the published weights and multiply-adds",
        arguments: [
            ("DARTS_V1", 3_169_414, 501.0), ("DARTS_V2", 3_349_342, 528.4), ("NASNet", 3_830_950, 603.5),
            ("AmoebaNet", 3_145_078, 488.9), ("SNAS_mild", 2_661_382, 422.2), ("SNAS_moderate", 2_847_358, 440.7),
            ("SNAS_aggressive", 2_313_622, 374.9),
        ])
    func known(name: String, parameters: Int, multiplyAdds: Double) throws {
        let genotype = try #require(KnownGenotypes.named(name))
        expect(Self.cifar(genotype), parameters: parameters, millionMultiplyAdds: multiplyAdds)
    }

    @Test("DARTS_V2 takes exactly 528,359,040 multiply-adds, and the auxiliary head has exactly 476,426 weights")
    func exact() throws {
        let genotype = try #require(KnownGenotypes.named("DARTS_V2"))
        let cost = NetworkCost(Self.cifar(genotype))
        #expect(cost.total.multiplyAdds == 528_359_040)
        #expect(cost.auxiliary?.parameters == 476_426)
        #expect(cost.cells.count == 20)
        let layout = WeightLayout.derivedNetwork(Self.cifar(genotype, auxiliary: true))
        #expect(layout.weightCount == 3_349_342 + 476_426)
    }

    @Test(
        "SNAS' cells as all 14 edges weigh what their two edges a node do, and batch norms in pools weigh what they add",
        arguments: [
            ("SNAS_mild", 2_661_382, 2_663_542), ("SNAS_moderate", 2_847_358, 2_848_222),
            ("SNAS_aggressive", 2_313_622, 2_313_622),
        ])
    func snas(name: String, parameters: Int, withPoolNorms: Int) throws {
        for name in [name, name + "_edge_all"] {
            let genotype = try #require(KnownGenotypes.named(name))
            expect(Self.cifar(genotype), parameters: parameters, millionMultiplyAdds: nil)
            expect(Self.cifar(genotype, pools: true), parameters: withPoolNorms, millionMultiplyAdds: nil)
        }
    }

    @Test("The smallest and the largest network of the space")
    func bounds() {
        expect(Self.cifar(Self.uniform(.none)), parameters: 1_370_134, millionMultiplyAdds: 227.3)
        expect(Self.cifar(Self.uniform(.sepConv5x5)), parameters: 7_974_550, millionMultiplyAdds: 1260.8)
    }

    @Test("The ImageNet form has the published weights and multiply-adds")
    func imageNet() throws {
        let second = try #require(KnownGenotypes.named("DARTS_V2"))
        let first = try #require(KnownGenotypes.named("DARTS_V1"))
        let mild = try #require(KnownGenotypes.named("SNAS_mild"))
        expect(Self.imageNet(second, channels: 48), parameters: 4_718_752, millionMultiplyAdds: 529.9)
        expect(Self.imageNet(first, channels: 48), parameters: 4_510_432, millionMultiplyAdds: nil)
        expect(Self.imageNet(mild, channels: 48), parameters: 3_939_328, millionMultiplyAdds: nil)
        expect(Self.imageNet(mild, channels: 50), parameters: 4_235_875, millionMultiplyAdds: 474.2)
        let plan = Self.imageNet(second, channels: 48)
        #expect(plan.cells.map(\.inputHeight) == [28, 28, 28, 28, 28, 14, 14, 14, 14, 14, 7, 7, 7, 7])
        #expect(plan.cells[0].reducesPrevious && plan.cells[5].reducesPrevious && !plan.cells[1].reducesPrevious)
        #expect(DerivedPlan.auxiliaryPool(side: 7) == (5, 2) && DerivedPlan.auxiliaryPool(side: 8) == (5, 3))
    }

    @Test("Memory access, layer by layer, is the official code's formula for every candidate at both strides")
    func memoryAccess() {
        for operation in Operation.papers {
            let plan = Self.cifar(Self.uniform(operation))
            for (cell, edge, stride) in [(0, 0, 1), (6, 1, 2), (6, 4, 1)] {
                let cellPlan = plan.cells[cell]
                let choice = plan.genotype[cellPlan.kind][edge]
                #expect(cellPlan.stride(from: choice.from) == stride)
                let layers = plan.layers(of: choice, named: "x", in: cellPlan)
                let official = OperationCost(
                    of: operation, channels: cellPlan.channels, outputSide: cellPlan.outputHeight, stride: stride)
                let memory = layers.reduce(0) { $0 + $1.cost.memoryAccessElements }
                #expect(memory == official.memoryAccessElements, "\(operation.name), stride \(stride)")
                guard !operation.isPool else { continue }
                #expect(layers.reduce(0) { $0 + $1.cost.multiplyAdds } == official.multiplyAdds, "\(operation.name)")
            }
        }
    }

    @Test(
        "At odd sides every edge and both inputs of every cell come out at the cell's own size",
        arguments: [72, 56, 40])
    func oddSides(side: Int) throws {
        let plan = DerivedPlan(
            genotype: try #require(KnownGenotypes.named("AmoebaNet")),
            image: ImageShape(channels: 3, height: side, width: side - 6), classes: 10, initChannels: 5, layers: 7,
            form: .imageNet)
        for cell in plan.cells {
            for layer in plan.layers(of: cell) where layer.kind == .batchNorm && layer.name.contains("preprocess") {
                #expect(layer.output == MapShape(cell.channels, cell.inputHeight, cell.inputWidth), "\(layer.name)")
            }
            for (edge, choice) in plan.genotype[cell.kind].enumerated() {
                let last = try #require(plan.layers(of: choice, named: "\(edge)", in: cell).last)
                let reads = choice.from < 2 && cell.stride(from: choice.from) == 1
                #expect(last.output.height == (reads ? cell.inputHeight : cell.outputHeight), "\(edge)")
                #expect(last.output.width == (reads ? cell.inputWidth : cell.outputWidth), "\(edge)")
            }
        }
        #expect(plan.cells.contains { $0.inputHeight % 2 == 1 })
    }

    @Test("Weights carry the names of DARTS' modules, each once, in the modules' order")
    func names() throws {
        let genotype = try #require(KnownGenotypes.named("SNAS_mild"))
        let layout = WeightLayout.derivedNetwork(Self.cifar(genotype, pools: true, auxiliary: true))
        let names = layout.entries.map(\.name)
        #expect(Set(names).count == names.count)
        for name in [
            "stem.0.weight", "stem.1.bias", "cells.0.preprocess0.op.1.weight", "cells.0._ops.0.op.1.weight",
            "cells.0._ops.0.op.7.bias", "cells.0._ops.3.op.3.weight", "cells.6._ops.0.op.1.weight",
            "cells.7.preprocess0.conv_2.weight", "cells.7.preprocess0.bn.weight", "auxiliary_head.features.2.weight",
            "auxiliary_head.features.6.weight", "auxiliary_head.classifier.bias", "classifier.weight",
        ] { #expect(names.contains(name), "\(name)") }
        #expect(names.first == "stem.0.weight" && names.last == "classifier.bias")
        #expect(names.firstIndex(of: "auxiliary_head.features.2.weight") == names.count - 10)
        let amoeba = WeightLayout.derivedNetwork(Self.cifar(try #require(KnownGenotypes.named("AmoebaNet"))))
        #expect(amoeba.weight("cells.6._ops.8.1.weight")?.shape == [72, 72, 1, 7])
        #expect(amoeba.weight("cells.6._ops.8.2.weight")?.shape == [72, 72, 7, 1])
        #expect(amoeba.weight("cells.6._ops.8.2.weight")?.fanIn == 504)
        #expect(amoeba.weight("cells.7.preprocess1.op.1.weight")?.shape == [72, 216, 1, 1])
    }
}
