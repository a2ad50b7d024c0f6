import SearchSpace
import Tensors
import Testing

import Network

#if canImport(Glibc)
    import Glibc
#endif

/// Derived networks through the kernels against the operator path, which is checked against PyTorch.
@Suite(.serialized)
struct DerivedKernelTests {
    /// A network and its inputs, made of one irregular formula: far from ties of ReLU and max-pool.
    private struct Sample {
        let plan: DerivedPlan
        let layout: WeightLayout
        let weights: [Float]
        let pixels: [Float]
        let labels: [Int32]
        let dropPath: [Float]?

        init(
            _ genotype: Genotype, channels: Int, side: Int, images: Int, layers: Int = 3,
            form: DerivedPlan.Form = .cifar,
            poolsHaveBatchNorm: Bool = false, drops: Bool = false
        ) {
            plan = DerivedPlan(
                genotype: genotype, image: ImageShape(channels: 3, height: side, width: side), classes: 10,
                initChannels: channels, layers: layers, form: form, hasAuxiliary: side >= 16,
                poolsHaveBatchNorm: poolsHaveBatchNorm)
            layout = .derivedNetwork(plan)
            weights = layout.entries.enumerated().flatMap { number, entry in
                let scale = entry.shape.count == 1 ? 1 : (Double(entry.count) / Double(entry.shape[0])).squareRoot()
                // Scales of batch norms around 1, some of them negative; all else around 0.
                let isScale = entry.shape.count == 1 && entry.name.hasSuffix("weight")
                return irregular(entry.count, phase: number).map { Float(($0 + (isScale ? 0.6 : 0)) / scale) }
            }
            pixels = irregular(images * plan.image.count, phase: 85).map { Float(2 * $0) }
            labels = (0..<images).map { Int32((3 * $0 + 1) % 10) }
            let masks = (0..<layers * plan.edgeCount * images).map { ($0 * 7 + $0 / 5) % 4 == 0 ? 0 : Float(1 / 0.75) }
            dropPath = drops ? masks : nil
        }

        func network(_ path: CellPath, _ precision: Precision = .float) -> DerivedNetwork {
            DerivedNetwork(plan: plan, layout: layout, precision: precision, path: path)
        }

        func training(_ path: CellPath, precision: Precision = .float) throws -> TrainingPass {
            let network = network(path, precision)
            return try network.trainingPass(
                try network.load(weights: weights), pixels: pixels, labels: labels, dropPath: dropPath,
                auxiliaryWeight: 0.4, labelSmoothing: 0.1)
        }
    }

    private func known(_ name: String) throws -> Genotype { try #require(KnownGenotypes.named(name)) }

    /// Two edges from one node into one node, an output of few nodes, a node that nothing reads.
    private static let sparse = """
        Genotype(normal=[('avg_pool_3x3', 0), ('max_pool_3x3', 0), ('sep_conv_3x3', 0), ('skip_connect', 0),
          ('none', 1), ('none', 2), ('dil_conv_5x5', 3), ('skip_connect', 1)], normal_concat=[3, 5],
          reduce=[('max_pool_3x3', 1), ('skip_connect', 1), ('sep_conv_5x5', 0), ('avg_pool_3x3', 1),
          ('dil_conv_3x3', 2), ('avg_pool_3x3', 2), ('skip_connect', 0), ('sep_conv_3x3', 3)], reduce_concat=[5, 4])
        """

    @Test(
        "Gradients of every weight, batch norms' scales and shifts too, equal those in Double to 1e-4 of their norm, or as nearly as the operators in Float",
        arguments: [
            ("DARTS_V2", 4, 8, 5, false), ("DARTS_V1", 3, 16, 4, true), ("SNAS_mild_edge_all", 20, 16, 3, true),
            ("SNAS_moderate", 36, 8, 4, false), ("SNAS_aggressive_edge_all", 5, 28, 2, false),
            ("sparse", 6, 16, 5, true),
            ("sparse", 16, 8, 4, false),
        ])
    func equalsOperators(name: String, channels: Int, side: Int, images: Int, poolsHaveBatchNorm: Bool) throws {
        let genotype = name == "sparse" ? try Genotype(parsing: Self.sparse) : try known(name)
        let sample = Sample(
            genotype, channels: channels, side: side, images: images, poolsHaveBatchNorm: poolsHaveBatchNorm,
            drops: images > 3)
        #expect(sample.network(.kernels).kernelCellCount == 3)
        let ways = ThreeWays(
            ours: try sample.training(.kernels), exact: try sample.training(.operators, precision: .double),
            operators: try sample.training(.operators))
        #expect(abs(ways.ours.loss - ways.exact.loss) < 1e-5 * ways.exact.loss)
        ways.expectNear("all weights' gradient") { $0.weightGradient[...] }
        ways.expectNear("statistics") { $0.statistics[...] }
        for entry in sample.layout.entries where entry.name.hasPrefix("cells.") {
            // Where a batch norm follows, a sum is zero but for rounding.
            let reference = ways.exact.weightGradient[entry.range]
            guard reference.contains(where: { abs($0) > 1e-6 }) else {
                #expect(ways.ours.weightGradient[entry.range].allSatisfy { abs($0) < 1e-5 }, "\(entry.name)")
                continue
            }
            ways.expectNear(entry.name) { $0.weightGradient[entry.range] }
        }
    }

    @Test("Eight cells without a flipped ReLU: as near to Double as the operators in Float, 1e-5 of the norm")
    func deep() throws {
        let sample = Sample(try known("DARTS_V2"), channels: 8, side: 16, images: 4, layers: 8, drops: true)
        let ours = try sample.training(.kernels)
        let exact = try sample.training(.operators, precision: .double)
        #expect(distance(ours.weightGradient, exact.weightGradient) < 1e-5)
        #expect(distance(ours.statistics, exact.statistics) < 1e-6)
    }

    @Test("Evaluation with running statistics agrees with the operators, and so do the batch's own statistics")
    func evaluation() throws {
        let sample = Sample(try known("SNAS_mild"), channels: 6, side: 8, images: 9, poolsHaveBatchNorm: true)
        var results: [(statistics: [Float], evaluation: DerivedEvaluation)] = []
        for path in [CellPath.operators, .kernels] {
            let network = sample.network(path)
            let weights = try network.load(weights: sample.weights)
            let statistics = try network.statisticsPass(weights, pixels: sample.pixels, imageCount: 9)
            let moved = statistics.enumerated().map { $1 + Float($0 % 7) * 0.01 }
            results.append(
                (
                    statistics,
                    try network.evaluationPass(
                        weights, statistics: moved, pixels: sample.pixels, labels: sample.labels)
                ))
        }
        #expect(distance(results[1].statistics, results[0].statistics) < 1e-4)
        let (theirs, ours) = (results[0].evaluation, results[1].evaluation)
        #expect(abs(ours.lossSum - theirs.lossSum) < 1e-4 * abs(theirs.lossSum))
        #expect(ours.predictions == theirs.predictions && ours.hits == theirs.hits)
    }

    @Test("AVX-512, AVX2 and the portable form give the same bits")
    func instructionSets() throws {
        defer { _ = CellKernels.choose("auto") }
        let sample = Sample(
            try Genotype(parsing: Self.sparse), channels: 20, side: 16, images: 3, poolsHaveBatchNorm: true, drops: true
        )
        #expect(CellKernels.choose("portable"))
        let portable = try sample.training(.kernels)
        for name in ["avx2", "avx512"] {
            guard CellKernels.choose(name) else {
                print("skipped: this processor has no \(name)")
                continue
            }
            #expect(try sample.training(.kernels) == portable, "\(name)")
        }
    }

    @Test(
        "Cells with older operations, and those whose odd sides are halved, go through the operators; the rest through kernels"
    )
    func carried() throws {
        let amoeba = Sample(try known("AmoebaNet"), channels: 4, side: 16, images: 2)
        #expect(amoeba.network(.kernels).kernelCellCount < 3)
        // 12 -> 6 -> 3: both reductions halve even sides. 20 -> 10 -> 5 -> 3 in the ImageNet form's stem are odd.
        let darts = try known("DARTS_V2")
        #expect(Sample(darts, channels: 4, side: 12, images: 2).network(.kernels).kernelCellCount == 3)
        let odd = Sample(darts, channels: 4, side: 10, images: 2)
        #expect(odd.network(.kernels).kernelCellCount == 2)
        let (ours, reference) = (try odd.training(.kernels), try odd.training(.operators))
        #expect(distance(ours.weightGradient, reference.weightGradient) < 2e-4)
        let imageNet = Sample(darts, channels: 4, side: 64, images: 2, form: .imageNet)
        #expect(imageNet.network(.kernels).kernelCellCount == 3)
        let (large, plain) = (try imageNet.training(.kernels), try imageNet.training(.operators))
        #expect(distance(large.weightGradient, plain.weightGradient) < 2e-4)
    }
}
