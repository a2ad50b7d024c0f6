import SearchSpace
import Tensors
import Testing

import Network

/// NAS-Bench-201's networks through the kernels: cells of one input, dense convolutions. Among the cells' tests, because the choice
/// of kernels is the process's.
extension KernelTests {
    @Suite(.serialized)
    struct StagedTests {
        private static let space = NamedSpace.nasBench201.space(nodes: 4)

        /// A cell of which every node has a convolution: without one nothing keeps it away from ties.
        private static let cell =
            "|nor_conv_3x3~0|+|skip_connect~0|nor_conv_1x1~1|+|avg_pool_3x3~0|none~1|nor_conv_3x3~2|"

        struct Case: CustomTestStringConvertible, Sendable {
            let channels: Int
            let side: Int
            let images: Int
            var layers = 3
            var drops = false

            var testDescription: String {
                "\(channels) x \(side) x \(side), \(images) images, \(layers) cells\(drops ? ", drop path" : "")"
            }

            /// A residual block has no more roundings than a cell.
            var bound: RoundingBound { RoundingBound(cells: layers + 2, nodes: 3) }
        }

        /// Maps of 3 and 7 pixels a side are odd; the others have 4, 8 and more.
        private static let cases = [
            Case(channels: 1, side: 12, images: 3), Case(channels: 4, side: 12, images: 5, drops: true),
            Case(channels: 16, side: 16, images: 3), Case(channels: 20, side: 8, images: 4, drops: true),
            Case(channels: 6, side: 28, images: 2), Case(channels: 4, side: 8, images: 6, layers: 6),
        ]

        @Test(
            "A super-network's gradients, credits and statistics differ from a reference in Double by no more than roundings of their terms",
            arguments: cases)
        func superNetwork(_ test: Case) throws {
            let reference = ReferenceSuperNetwork(
                channels: test.channels, side: test.side, images: test.images, layers: test.layers, space: Self.space,
                drops: test.drops)
            let ours = try reference.pass(.kernels)
            let exact = try reference.pass(.operators, .double)
            let table = try #require(reference.tables[.normal])
            test.bound.expect(ours, near: reference, tables: [table])
            RoundingBound.doubles.expect(exact, near: reference, tables: [table])
            #expect(distance(ours.weightGradient, exact.weightGradient) < 1e-5)
            #expect(distance(ours.credits, exact.credits) < 1e-5)
        }

        private func derived(_ test: Case, poolsHaveBatchNorm: Bool = false) throws -> ReferenceDerivedNetwork {
            let plan = DerivedPlan(
                genotype: try Genotype(parsing: Self.cell),
                image: ImageShape(channels: 3, height: test.side, width: test.side), classes: 10,
                initChannels: test.channels, layers: test.layers, form: .stages, poolsHaveBatchNorm: poolsHaveBatchNorm)
            return ReferenceDerivedNetwork(plan, images: test.images, drops: test.drops)
        }

        @Test(
            "So do a derived network's, batch norms' scales and shifts too; its pools have no batch norm, whether it was asked for or not",
            arguments: cases)
        func derivedNetwork(_ test: Case) throws {
            let reference = try derived(test, poolsHaveBatchNorm: test.images % 2 == 0)
            let network = DerivedNetwork(plan: reference.plan, layout: reference.layout, path: .kernels)
            #expect(network.kernelCellCount == test.layers)
            test.bound.expect(try reference.pass(.kernels), near: reference)
            RoundingBound.doubles.expect(try reference.pass(.operators, .double), near: reference)
        }

        @Test("A residual block whose rows fill whole pages has the operators' gradients")
        func wholePages() throws {
            let reference = try derived(Case(channels: 32, side: 32, images: 2))
            let ours = try reference.pass(.kernels)
            let exact = try reference.pass(.operators, .double)
            #expect(distance(ours.weightGradient, exact.weightGradient) < 1e-5)
        }

        @Test("AVX2 gives the portable form's bits", .needs(.avx2))
        func avx2() throws { try expectPortableBits(.avx2) }

        @Test("AVX-512 gives the portable form's bits", .needs(.avx512))
        func avx512() throws { try expectPortableBits(.avx512) }

        private func expectPortableBits(_ form: VectorForm) throws {
            for test in [
                Case(channels: 5, side: 12, images: 3, drops: true), Case(channels: 16, side: 28, images: 2),
                Case(channels: 33, side: 8, images: 2),
            ] {
                let (mixed, kept) = (
                    ReferenceSuperNetwork(
                        channels: test.channels, side: test.side, images: test.images, space: Self.space,
                        drops: test.drops), try derived(test)
                )
                try form.expectPortableBits(of: "\(test)") { [try mixed.pass(.kernels), try kept.pass(.kernels)] }
            }
        }

        /// One operation on each edge, another one on each; the last node has edges that bring something.
        private static let oneHot: EdgeTable<Float> = {
            var table = EdgeTable<Float>(space.shape, repeating: 0)
            for edge in 0..<6 { table.entries[5 * edge + (2 * edge + 3) % 5] = 1 }
            return table
        }()

        @Test("Where operations are left out nothing of them is computed or counted, and the rest is the operators'")
        func leftOut() throws {
            let sample = ReferenceSuperNetwork(channels: 6, side: 12, images: 5, space: Self.space)
            let passes = try [(CellPath.operators, Precision.double), (.kernels, .float)].map { path, precision in
                let network = SuperNetwork(plan: sample.plan, layout: sample.layout, precision: precision, path: path)
                return try network.trainingPass(
                    try network.load(weights: sample.weights), mixture: Self.oneHot, pixels: sample.pixels,
                    labels: sample.labels, dropPath: nil, leavesOut: true)
            }
            #expect(distance(passes[1].weightGradient, passes[0].weightGradient) < 1e-4)
            #expect(distance(passes[1].statistics, passes[0].statistics) < 1e-5)
            for (entry, z) in Self.oneHot.entries.enumerated() where z == 0 {
                #expect(passes[1].credits[entry] == 0)
                for weight in sample.layout.entries where weight.tableEntry == entry {
                    #expect(passes[1].weightGradient[weight.range].allSatisfy { $0 == 0 }, "\(weight.name)")
                }
            }
            #expect(distance(passes[1].credits, passes[0].credits) < 1e-4)
        }

        @Test("Statistics, and an evaluation with given ones, are the operators', for a soft mixture and for a choice")
        func evaluation() throws {
            let sample = ReferenceSuperNetwork(channels: 6, side: 12, images: 5, space: Self.space)
            for mixture in [sample.mixture, Self.oneHot] {
                let exact = SuperNetwork(plan: sample.plan, layout: sample.layout, precision: .double)
                let weights = try exact.load(weights: sample.weights)
                let statistics = try exact.statisticsPass(
                    weights, mixture: mixture, pixels: sample.pixels, imageCount: 5)
                let theirs = try exact.evaluationPass(
                    weights, statistics: statistics, mixture: mixture, pixels: sample.pixels, labels: sample.labels)
                let network = SuperNetwork(plan: sample.plan, layout: sample.layout, path: .kernels)
                let own = try network.load(weights: sample.weights)
                #expect(
                    distance(
                        try network.statisticsPass(own, mixture: mixture, pixels: sample.pixels, imageCount: 5),
                        statistics) < 1e-5)
                let together = try network.evaluationPass(
                    own, statistics: statistics, mixture: mixture, pixels: sample.pixels, labels: sample.labels)
                #expect(abs(together.lossSum - theirs.lossSum) < 1e-4 * abs(theirs.lossSum))
                #expect(together.predictions == theirs.predictions)
            }
        }

        @Test("With given statistics a cell and a residual block write the same bits of an image alone and in company")
        func company() throws {
            let operations = KernelOperations.all
            var places = [Int32](repeating: -1, count: CellDescription.mixtureEntries(edges: 1))
            var offsets = [Int64](repeating: -1, count: CellDescription.weightEntries(edges: 1))
            for (number, operation) in [Operation.convolution3x3, .convolution1x1, .avgPool3x3].enumerated() {
                let place = try #require(operations.firstIndex(of: operation))
                places[place] = Int32(number)
                offsets[CellDescription.weightEntry(edge: 0, operation: place, position: 0)] = [0, 9 * 25, -1][number]
            }
            let cell = CellDescription(
                channels: 5, inputs: 1, nodes: 1, edges: [(0, 1)], concatenated: [1], reduces: false,
                reducesPrevious: false, poolsHaveBatchNorm: false, mixturePlaces: places, weightOffsets: offsets)
            func tensor(_ shape: [Int], phase: Int) throws -> Tensor {
                try Tensor(irregular(shape.reduce(1, *), phase: phase).map { Float($0) }, shape: shape)
            }
            let weights = try tensor([250], phase: 1)
            let mixture = try Tensor([0.5, 0.3, 0.2], shape: [3])
            let statistics = (0..<cell.statisticCount).map { 0.5 + Float($0 % 7) / 10 }
            func part(_ phase: Int, _ inputs: Int) throws -> (weight: Tensor, scale: Tensor, shift: Tensor) {
                (
                    try tensor([10, inputs, 3, 3], phase: phase), try tensor([10], phase: phase + 1),
                    try tensor([10], phase: phase + 2)
                )
            }
            let block = CellKernels.ResidualWeights(
                first: try part(10, 5), second: try part(20, 10), shortcut: try tensor([10, 5, 1, 1], phase: 30))
            func outputs(_ pixels: ArraySlice<Float>, images: Int) throws -> [[Float]] {
                try TorchRuntime.withoutGradients {
                    let input = try Tensor(Array(pixels), shape: [images, 5, 6, 6])
                    let node = try CellKernels.forward(
                        cell, before: input, previous: input, weights: weights, mixture: mixture, dropPath: nil,
                        given: statistics, skipsZeros: true
                    ).output
                    let half = try CellKernels.residual(
                        input, channels: 10, weights: block, given: Array(statistics.prefix(40))
                    ).output
                    return [try node.floats(), try half.floats()]
                }
            }
            let pixels = irregular(3 * 5 * 36, phase: 9).map { Float($0) }
            let alone = try (0..<3).map { try outputs(pixels[$0 * 180..<($0 + 1) * 180], images: 1) }
            let together = try outputs(pixels[...], images: 3)
            for part in 0..<2 { #expect(alone.flatMap { $0[part] } == together[part]) }
        }

        @Test("Cells without a weight are computed, passes leave nothing behind, and not-a-number reaches the loss")
        func edges() throws {
            let bare = try #require(
                NamedSpace.nasBench201.space(nodes: 4, operations: [.none, .skipConnect, .avgPool3x3]))
            let sample = ReferenceSuperNetwork(channels: 4, side: 8, images: 4, space: Self.space)
            for space in [bare, Self.space] {
                let plan = NetworkPlan(
                    image: sample.plan.image, classes: 10, initChannels: 4, layers: 3, space: space)
                let layout = WeightLayout.superNetwork(plan)
                let numbers = irregular(layout.weightCount, phase: 3).map { Float($0) }
                let mixture = EdgeTable<Float>(space.shape, repeating: 0.25)
                func pass(_ path: CellPath, _ precision: Precision, _ weights: [Float]) throws -> TrainingPass {
                    let network = SuperNetwork(plan: plan, layout: layout, precision: precision, path: path)
                    return try network.trainingPass(
                        try network.load(weights: weights), mixture: mixture, pixels: sample.pixels,
                        labels: sample.labels, dropPath: nil)
                }
                let ours = try pass(.kernels, .float, numbers)
                #expect(distance(ours.credits, try pass(.operators, .double, numbers).credits) < 1e-3)
                let handles = TorchRuntime.liveHandles
                #expect(try pass(.kernels, .float, numbers) == ours)
                #expect(TorchRuntime.liveHandles == handles)
                for entry in layout.entries where entry.name.hasSuffix("<-0.2.op.1.weight") {
                    var broken = numbers
                    broken[entry.offset] = .nan
                    #expect(try !pass(.kernels, .float, broken).loss.isFinite, "\(entry.name)")
                }
            }
        }
    }
}
