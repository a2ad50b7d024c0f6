import SearchSpace
import Tensors
import Testing

import Network

#if canImport(Glibc)
    import Glibc
#endif

/// The kernels against the reference in Double, and against themselves.
@Suite(.serialized)
struct KernelTests {
    /// A network, its inputs and Z, all made of one irregular formula, for what ties of ReLU and max-pool do not matter to.
    private struct Sample {
        let plan: NetworkPlan
        let layout: WeightLayout
        let weights: [Float]
        let mixture: EdgeTable<Float>
        let pixels: [Float]
        let labels: [Int32]
        let dropPath: [Float]?

        init(channels: Int, side: Int, images: Int, layers: Int = 3, nodes: Int = 4, drops: Bool = false) {
            plan = NetworkPlan(
                image: ImageShape(channels: 3, height: side, width: side), classes: 10, initChannels: channels,
                layers: layers, space: .darts(nodes: nodes))
            layout = .superNetwork(plan)
            weights = layout.entries.enumerated().flatMap { number, entry in
                let scale = entry.shape.count == 1 ? 1 : (Double(entry.count) / Double(entry.shape[0])).squareRoot()
                return irregular(entry.count, phase: number).map { Float($0 / scale) }
            }
            let edges = plan.space.topology(.normal).edgeCount
            func table(_ phase: Int) -> [Float] {
                let logits = irregular(edges * Operation.papers.count, phase: phase).map { exp(2 * $0) }
                return (0..<edges).flatMap { edge in
                    let row = logits[edge * Operation.papers.count..<(edge + 1) * Operation.papers.count]
                    return row.map { Float($0 / row.reduce(0, +)) }
                }
            }
            mixture = EdgeTable(plan.space.shape, table(5) + table(9))
            pixels = irregular(images * 3 * side * side, phase: 77).map { Float(2 * $0) }
            labels = (0..<images).map { Int32((3 * $0 + 1) % 10) }
            let masks = (0..<layers * edges * images).map { ($0 * 7 + $0 / 5) % 4 == 0 ? 0 : Float(1 / 0.75) }
            dropPath = drops ? masks : nil
        }

        func training(_ path: CellPath, precision: Precision = .float) throws -> TrainingPass {
            let network = SuperNetwork(plan: plan, layout: layout, precision: precision, path: path)
            return try network.trainingPass(
                try network.load(weights: weights), mixture: mixture, pixels: pixels, labels: labels, dropPath: dropPath
            )
        }
    }

    struct Case: CustomTestStringConvertible, Sendable {
        let channels: Int
        let side: Int
        let images: Int
        var layers = 3
        var space = SearchSpace.darts()

        var nodes: Int { space.nodes }

        var testDescription: String {
            "\(channels) x \(side) x \(side), \(images) images, \(layers) cells of \(nodes) nodes, space \(space.name) of "
                + "\(space.shape.count) entries"
        }
    }

    /// Without skips and separable convolutions, and with `none` last: columns are not places.
    private static let poolsAndDilated = SearchSpace(
        name: "test", topology: CellTopology(intermediateNodes: 2),
        everywhere: [.dilConv5x5, .avgPool3x3, .dilConv3x3, .maxPool3x3, .none])

    /// NAS-Bench-201's convolutions in cells that halve maps.
    private static let dense = SearchSpace(
        name: "dense", topology: CellTopology(intermediateNodes: 2),
        everywhere: [.convolution3x3, .skipConnect, .none, .convolution1x1, .sepConv3x3])

    /// Three nodes of normal cells, all given on; of reductions two, the last given on. Input 0 feeds no node but the first.
    private static let ownGraphs = SearchSpace(
        name: "graphs",
        topologies: [CellTopology(intermediateNodes: 3), CellTopology(intermediateNodes: 2, output: .lastNode)],
        candidates: [
            [
                [.sepConv3x3, .none], [.skipConnect, .maxPool3x3], [.none], [.dilConv3x3, .skipConnect],
                [.avgPool3x3, .sepConv5x5], [.none], [.sepConv3x3], [.skipConnect, .none], [.dilConv5x5, .maxPool3x3],
            ],
            [
                [.skipConnect, .maxPool3x3], [.sepConv3x3, .avgPool3x3, .none], [.none],
                [.dilConv3x3, .skipConnect], [.skipConnect, .sepConv5x5],
            ],
        ])

    @Test(
        "The kernels' table of operations is the chains': the same order, as many weights and batch norms, the same windows"
    )
    func table() throws {
        #expect(CellKernels.operations.map(\.name) == KernelOperations.all.map(\.name))
        for (row, operation) in zip(CellKernels.operations, KernelOperations.all) {
            let chain = operation.chain(channels: 4, stride: 2, in: .mixedOperation)
            #expect(row.weights == chain?.convolutionNames.count ?? 0, "\(row.name)")
            #expect(row.norms == chain?.batchNormNames.count ?? 0, "\(row.name)")
            let convolutions = (chain?.layers ?? []).compactMap { layer in
                if case .convolution(let window) = layer.step { window } else { nil }
            }
            let depthwise = convolutions.filter { $0.groups > 1 }
            for window in depthwise.isEmpty ? convolutions : depthwise {
                let side = max(window.kernelHeight, window.kernelWidth)
                #expect(side == row.kernel && window.dilation == row.dilation, "\(row.name)")
            }
        }
    }

    /// The smallest map is a quarter of the side: with the images it has six values a channel or more, for a batch norm over two
    /// or three magnifies every rounding.
    @Test(
        "For odd and even channels, sides from 1 to 32, any batch and one to five nodes, gradients, credits and statistics differ from a reference in Double by no more than roundings of their terms",
        arguments: [
            Case(channels: 1, side: 8, images: 4), Case(channels: 3, side: 8, images: 5),
            Case(channels: 4, side: 4, images: 6), Case(channels: 8, side: 4, images: 9),
            Case(channels: 16, side: 8, images: 8), Case(channels: 20, side: 8, images: 8),
            Case(channels: 36, side: 8, images: 6), Case(channels: 48, side: 8, images: 6),
            Case(channels: 16, side: 28, images: 3), Case(channels: 5, side: 12, images: 7),
            Case(channels: 16, side: 32, images: 2), Case(channels: 4, side: 8, images: 4, space: .darts(nodes: 1)),
            Case(channels: 4, side: 8, images: 4, space: .darts(nodes: 5)),
            Case(channels: 4, side: 16, images: 3, layers: 8),
            Case(channels: 4, side: 8, images: 5, space: NamedSpace.s1.space(nodes: 4)),
            Case(channels: 8, side: 8, images: 4, space: NamedSpace.s2.space(nodes: 2)),
            Case(channels: 6, side: 8, images: 4, space: poolsAndDilated),
            Case(channels: 4, side: 8, images: 5, layers: 4, space: ownGraphs),
            Case(channels: 6, side: 8, images: 5, space: dense), Case(channels: 16, side: 16, images: 2, space: dense),
        ])
    func equalsReference(_ test: Case) throws {
        let reference = ReferenceSuperNetwork(
            channels: test.channels, side: test.side, images: test.images, layers: test.layers, space: test.space,
            drops: test.images % 2 == 1)
        let ours = try reference.pass(.kernels)
        let exact = try reference.pass(.operators, .double)
        let tables = [try #require(reference.tables[.normal]), try #require(reference.tables[.reduce])]
        RoundingBound(cells: test.layers, nodes: test.nodes).expect(ours, near: reference, tables: tables)
        RoundingBound.doubles.expect(exact, near: reference, tables: tables)
        #expect(distance(ours.weightGradient, exact.weightGradient) < 1e-5)
        #expect(distance(ours.credits, exact.credits) < 1e-5)
    }

    @Test("AVX2 gives the portable form's bits", .needs(.avx2))
    func avx2() throws { try expectPortableBits(.avx2) }

    @Test("AVX-512 gives the portable form's bits", .needs(.avx512))
    func avx512() throws { try expectPortableBits(.avx512) }

    private func expectPortableBits(_ form: VectorForm) throws {
        for sample in [
            Sample(channels: 4, side: 8, images: 3, drops: true), Sample(channels: 20, side: 12, images: 2),
            Sample(channels: 16, side: 28, images: 1),
        ] {
            try form.expectPortableBits { try sample.training(.kernels) }
        }
        #expect(!CellKernels.choose("mmx") && !CellKernels.has("mmx"))
    }

    @Test(
        "Recalibration and evaluation agree with the operators in Double, for a soft mixture and for a derived network")
    func evaluation() throws {
        let sample = Sample(channels: 6, side: 8, images: 9)
        var oneHot = EdgeTable<Float>(sample.plan.space.shape, repeating: 0)
        for edge in 0..<14 {
            oneHot[.normal, edge, Operation.papers[(edge * 3) % 8]] = 1
            oneHot[.reduce, edge, Operation.papers[(edge * 5 + 3) % 8]] = 1
        }
        for mixture in [sample.mixture, oneHot] {
            var results: [(statistics: [Float], pass: EvaluationPass)] = []
            for (path, precision) in [(CellPath.operators, Precision.double), (.kernels, .float)] {
                let network = SuperNetwork(
                    plan: sample.plan, layout: sample.layout, precision: precision, path: path)
                let weights = try network.load(weights: sample.weights)
                let statistics = try network.statisticsPass(
                    weights, mixture: mixture, pixels: sample.pixels, imageCount: 9)
                // Given statistics that are nobody's own: another batch norm in every place.
                let moved = statistics.enumerated().map { $1 + Float($0 % 7) * 0.01 }
                let pass = try network.evaluationPass(
                    weights, statistics: moved, mixture: mixture, pixels: sample.pixels, labels: sample.labels)
                results.append((statistics, pass))
            }
            #expect(distance(results[1].statistics, results[0].statistics) < 1e-4)
            #expect(abs(results[1].pass.lossSum - results[0].pass.lossSum) < 1e-3 * abs(results[0].pass.lossSum))
            #expect(results[1].pass.hits == results[0].pass.hits)
        }
    }

    /// Other suites use the pool meanwhile: what they add ends, what a pass leaves behind would not.
    @Test("Passes leave no tensor behind, and the pool of activations stops growing")
    func memory() throws {
        let sample = Sample(channels: 8, side: 8, images: 4)
        _ = try sample.training(.kernels)
        let (handles, held) = (TorchRuntime.liveHandles, CellKernels.heldBytes)
        let isSteady = try (0..<50).contains { _ in
            let pooled = CellKernels.pooledBytes
            for _ in 0..<5 { _ = try sample.training(.kernels) }
            return CellKernels.pooledBytes == pooled
        }
        #expect(isSteady)
        #expect(CellKernels.heldBytes == held)
        _ = try sample.training(.operators)
        #expect(TorchRuntime.liveHandles == handles)
    }

    @Test("A gradient of a cell with given statistics is refused; its output without one is not")
    func givenStatistics() throws {
        var places = [Int32](repeating: -1, count: CellDescription.mixtureEntries(edges: 1))
        places[try #require(KernelOperations.all.firstIndex(of: .skipConnect))] = 0
        var offsets = [Int64](repeating: -1, count: CellDescription.weightEntries(edges: 1))
        (offsets[0], offsets[2]) = (0, 16)
        let cell = CellDescription(
            channels: 4, nodes: 1, edges: [(0, 2)], concatenated: [2], reduces: false, reducesPrevious: false,
            mixturePlaces: places, weightOffsets: offsets)
        let input = try Tensor([Float](repeating: 1, count: 2 * 4 * 16), shape: [2, 4, 4, 4])
        let weights = try Tensor([Float](repeating: 0.5, count: 32), shape: [32]).leaf()
        let mixture = try Tensor([1], shape: [1])
        let statistics = [Float](repeating: 1, count: cell.statisticCount)
        func output(given: [Float]?) throws(TorchError) -> Tensor {
            try CellKernels.forward(
                cell, before: input, previous: input, weights: weights, mixture: mixture, dropPath: nil, given: given,
                skipsZeros: false
            ).output
        }
        _ = try output(given: nil)
        // Every channel of the preprocessing is 4 x 0.5, less the mean 1, over the root of the variance 1.
        let values = try TorchRuntime.withoutGradients { try output(given: statistics).floats() }
        #expect(values.allSatisfy { abs($0 - 1) < 1e-4 })
        let error = #expect(throws: TorchError.self) { try output(given: statistics) }
        #expect(error.map { "\($0)".contains("a cell has no gradient with given statistics") } == true)
    }

    @Test("Not-a-number in a weight reaches the loss: no ReLU or pool swallows it")
    func notANumber() throws {
        let sample = Sample(channels: 4, side: 8, images: 4)
        for path in [CellPath.operators, .kernels] {
            let network = SuperNetwork(plan: sample.plan, layout: sample.layout, path: path)
            var weights = sample.weights
            weights[700] = .nan
            let pass = try network.trainingPass(
                try network.load(weights: weights), mixture: sample.mixture, pixels: sample.pixels,
                labels: sample.labels, dropPath: nil)
            #expect(!pass.loss.isFinite)
        }
    }
}
