import SearchSpace
import Tensors
import Testing

import Network

#if canImport(Glibc)
    import Glibc
#endif

/// The kernels against the operator path, which is checked against PyTorch.
@Suite(.serialized)
struct KernelTests {
    /// A network, its inputs and Z, all made of one irregular formula: far from ties of ReLU and max-pool.
    private struct Sample {
        let plan: NetworkPlan
        let layout: WeightLayout
        let weights: [Float]
        let mixture: Mixture
        let pixels: [Float]
        let labels: [Int32]
        let dropPath: [Float]?

        init(channels: Int, side: Int, images: Int, layers: Int = 3, nodes: Int = 4, drops: Bool = false) {
            plan = NetworkPlan(
                image: ImageShape(channels: 3, height: side, width: side), classes: 10, initChannels: channels,
                layers: layers, topology: CellTopology(intermediateNodes: nodes))
            layout = .superNetwork(plan)
            weights = layout.entries.enumerated().flatMap { number, entry in
                let scale = entry.shape.count == 1 ? 1 : (Double(entry.count) / Double(entry.shape[0])).squareRoot()
                return irregular(entry.count, phase: number).map { Float($0 / scale) }
            }
            let edges = plan.topology.edgeCount
            func table(_ phase: Int) -> [Float] {
                let logits = irregular(edges * Operation.count, phase: phase).map { exp(2 * $0) }
                return (0..<edges).flatMap { edge in
                    let row = logits[edge * Operation.count..<(edge + 1) * Operation.count]
                    return row.map { Float($0 / row.reduce(0, +)) }
                }
            }
            mixture = Mixture(normal: table(5), reduce: table(9))
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

    @Test(
        "For odd and even channels, sides from 1 to 32 and any batch, gradients, credits and statistics equal those in Double to 1e-4 of their norm, or as nearly as the operators in Float, where a few ReLUs flip",
        arguments: [
            (1, 8, 4), (3, 8, 5), (4, 4, 6), (8, 4, 3), (16, 8, 8), (20, 8, 8), (36, 8, 6), (48, 8, 6), (16, 28, 3),
            (5, 12, 7), (16, 32, 2),
        ])
    func equalsOperators(channels: Int, side: Int, images: Int) throws {
        let sample = Sample(channels: channels, side: side, images: images, drops: images % 2 == 1)
        let ways = ThreeWays(
            ours: try sample.training(.kernels), exact: try sample.training(.operators, precision: .double),
            operators: try sample.training(.operators))
        #expect(abs(ways.ours.loss - ways.exact.loss) < 1e-5 * ways.exact.loss)
        ways.expectNear("weight gradient") { $0.weightGradient[...] }
        ways.expectNear("credits") { $0.credits[...] }
        ways.expectNear("statistics") { $0.statistics[...] }
    }

    @Test("Cells of one and of five nodes, and a network of eight cells")
    func otherShapes() throws {
        for sample in [
            Sample(channels: 4, side: 8, images: 4, nodes: 1), Sample(channels: 4, side: 8, images: 4, nodes: 5),
            Sample(channels: 4, side: 16, images: 3, layers: 8),
        ] {
            let ours = try sample.training(.kernels)
            let reference = try sample.training(.operators)
            #expect(distance(ours.weightGradient, reference.weightGradient) < 2e-4)
            #expect(distance(ours.credits, reference.credits) < 2e-4)
        }
    }

    @Test("AVX-512, AVX2 and the portable form give the same bits")
    func instructionSets() throws {
        defer { _ = CellKernels.choose("auto") }
        for sample in [
            Sample(channels: 4, side: 8, images: 3, drops: true), Sample(channels: 20, side: 12, images: 2),
            Sample(channels: 16, side: 28, images: 1),
        ] {
            #expect(CellKernels.choose("portable"))
            #expect(CellKernels.name == "portable")
            let portable = try sample.training(.kernels)
            for name in ["avx2", "avx512"] {
                guard CellKernels.choose(name) else {
                    print("skipped: this processor has no \(name)")
                    continue
                }
                #expect(CellKernels.name == name)
                #expect(try sample.training(.kernels) == portable, "\(name)")
            }
        }
        #expect(!CellKernels.choose("mmx"))
    }

    @Test("Recalibration and evaluation agree with the operators, for a soft mixture and for a derived network")
    func evaluation() throws {
        let sample = Sample(channels: 6, side: 8, images: 9)
        var oneHot = Mixture(
            normal: [Float](repeating: 0, count: 112), reduce: [Float](repeating: 0, count: 112))
        for edge in 0..<14 {
            oneHot.normal[edge * 8 + (edge * 3) % 8] = 1
            oneHot.reduce[edge * 8 + (edge * 5 + 3) % 8] = 1
        }
        for mixture in [sample.mixture, oneHot] {
            var results: [(statistics: [Float], pass: EvaluationPass)] = []
            for path in [CellPath.operators, .kernels] {
                let network = SuperNetwork(plan: sample.plan, layout: sample.layout, path: path)
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

    @Test("Passes leave no tensor behind, and the pool of activations stops growing")
    func memory() throws {
        let sample = Sample(channels: 8, side: 8, images: 4)
        _ = try sample.training(.kernels)
        let pooled = CellKernels.pooledBytes
        let handles = TorchRuntime.liveHandles
        for _ in 0..<5 { _ = try sample.training(.kernels) }
        _ = try sample.training(.operators)
        #expect(CellKernels.pooledBytes == pooled)
        #expect(TorchRuntime.liveHandles == handles)
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
