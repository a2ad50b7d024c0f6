import SearchSpace
import Tensors
import Testing

import Network

/// Derived networks through the kernels against the reference in Double.
@Suite(.serialized)
struct DerivedKernelTests {
    /// A network of three cells away from ties, and the gradients that it has. With fewer than four images it has no auxiliary
    /// head: that ends in batch norms over a value an image, and over two or three values they magnify every rounding.
    private func reference(
        _ genotype: Genotype, channels: Int, side: Int, images: Int, layers: Int = 3,
        form: DerivedPlan.Form = .cifar, poolsHaveBatchNorm: Bool = false, drops: Bool = false
    ) -> ReferenceDerivedNetwork {
        let plan = DerivedPlan(
            genotype: genotype, image: ImageShape(channels: 3, height: side, width: side), classes: 10,
            initChannels: channels, layers: layers, form: form, hasAuxiliary: side >= 16 && images >= 4,
            poolsHaveBatchNorm: poolsHaveBatchNorm)
        return ReferenceDerivedNetwork(plan, images: images, drops: drops)
    }

    private func kernelCellCount(_ plan: DerivedPlan) -> Int {
        DerivedNetwork(plan: plan, layout: .derivedNetwork(plan), path: .kernels).kernelCellCount
    }

    private func known(_ name: String) throws -> Genotype { try #require(KnownGenotypes.named(name)) }

    /// Two edges from one node into one node, an output of few nodes, a node that nothing reads.
    private static let sparse = """
        Genotype(normal=[('avg_pool_3x3', 0), ('max_pool_3x3', 0), ('sep_conv_3x3', 0), ('skip_connect', 0),
          ('none', 1), ('none', 2), ('dil_conv_5x5', 3), ('skip_connect', 1)], normal_concat=[3, 5],
          reduce=[('max_pool_3x3', 1), ('skip_connect', 1), ('sep_conv_5x5', 0), ('avg_pool_3x3', 1),
          ('dil_conv_3x3', 2), ('avg_pool_3x3', 2), ('skip_connect', 0), ('sep_conv_3x3', 3)], reduce_concat=[5, 4])
        """

    /// Three nodes of normal cells, one of reductions.
    private static let uneven = """
        Genotype(normal=[('sep_conv_3x3', 0), ('skip_connect', 1), ('dil_conv_3x3', 1), ('max_pool_3x3', 2),
          ('sep_conv_5x5', 3), ('none', 0)], normal_concat=[2, 4],
          reduce=[('sep_conv_3x3', 1), ('skip_connect', 0)], reduce_concat=[2])
        """

    /// NAS-Bench-201's convolutions in cells that halve maps.
    private static let dense = """
        Genotype(normal=[('nor_conv_3x3', 0), ('nor_conv_1x1', 1), ('skip_connect', 0), ('nor_conv_1x1', 2)],
          normal_concat=[2, 3], reduce=[('nor_conv_3x3', 1), ('sep_conv_3x3', 0), ('nor_conv_1x1', 0),
          ('nor_conv_3x3', 2)], reduce_concat=[2, 3])
        """

    struct Case: CustomTestStringConvertible, Sendable {
        let name: String
        let channels: Int
        let side: Int
        let images: Int
        var poolsHaveBatchNorm = false

        var testDescription: String { "\(name), \(channels) x \(side) x \(side), \(images) images" }
    }

    @Test(
        "Gradients of every weight, batch norms' scales and shifts too, and statistics differ from a reference in Double by no more than roundings of their terms",
        arguments: [
            Case(name: "DARTS_V2", channels: 4, side: 8, images: 5),
            Case(name: "DARTS_V1", channels: 3, side: 16, images: 4, poolsHaveBatchNorm: true),
            Case(name: "SNAS_mild_edge_all", channels: 20, side: 16, images: 3, poolsHaveBatchNorm: true),
            Case(name: "SNAS_moderate", channels: 36, side: 8, images: 4),
            Case(name: "SNAS_aggressive_edge_all", channels: 5, side: 28, images: 2),
            Case(name: "sparse", channels: 6, side: 16, images: 5, poolsHaveBatchNorm: true),
            Case(name: "sparse", channels: 16, side: 8, images: 4),
            Case(name: "uneven", channels: 6, side: 16, images: 5),
            Case(name: "dense", channels: 6, side: 16, images: 5),
        ])
    func equalsReference(_ test: Case) throws {
        let own = ["sparse": Self.sparse, "uneven": Self.uneven, "dense": Self.dense][test.name]
        let genotype = try own.map { try Genotype(parsing: $0) } ?? known(test.name)
        let reference = reference(
            genotype, channels: test.channels, side: test.side, images: test.images,
            poolsHaveBatchNorm: test.poolsHaveBatchNorm, drops: test.images > 3)
        #expect(kernelCellCount(reference.plan) == 3)
        RoundingBound(cells: 3, nodes: genotype.intermediateNodes(of: .normal))
            .expect(try reference.pass(.kernels), near: reference)
        // libtorch's operators in Double come to the same numbers, which were written down independently.
        RoundingBound.doubles.expect(try reference.pass(.operators, .double), near: reference)
    }

    @Test(
        "Eight cells: every gradient within its roundings, all gradients together 1e-5 of their norm, statistics 1e-6")
    func deep() throws {
        let reference = reference(try known("DARTS_V2"), channels: 8, side: 16, images: 4, layers: 8, drops: true)
        let (ours, exact) = (try reference.pass(.kernels), try reference.pass(.operators, .double))
        RoundingBound(cells: 8, nodes: 4).expect(ours, near: reference)
        #expect(distance(ours.weightGradient, exact.weightGradient) < 1e-5)
        #expect(distance(ours.statistics, exact.statistics) < 1e-6)
    }

    @Test(
        "Evaluation with running statistics agrees with the operators in Double, and so do the batch's own statistics")
    func evaluation() throws {
        let sample = reference(try known("SNAS_mild"), channels: 6, side: 8, images: 9, poolsHaveBatchNorm: true)
        var results: [(statistics: [Float], evaluation: EvaluationPass)] = []
        for (path, precision) in [(CellPath.operators, Precision.double), (.kernels, .float)] {
            let network = DerivedNetwork(plan: sample.plan, layout: sample.layout, precision: precision, path: path)
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

    @Test("AVX2 gives the portable form's bits", .needs(.avx2))
    func avx2() throws { try expectPortableBits(.avx2) }

    @Test("AVX-512 gives the portable form's bits", .needs(.avx512))
    func avx512() throws { try expectPortableBits(.avx512) }

    private func expectPortableBits(_ form: VectorForm) throws {
        let sample = reference(
            try Genotype(parsing: Self.sparse), channels: 20, side: 16, images: 3, poolsHaveBatchNorm: true, drops: true
        )
        try form.expectPortableBits { try sample.pass(.kernels) }
    }

    @Test(
        "Cells with noise go through the operators, the rest through kernels; so do the ImageNet form's, odd sides or not"
    )
    func carried() throws {
        func plan(_ genotype: Genotype, side: Int) -> DerivedPlan {
            DerivedPlan(
                genotype: genotype, image: ImageShape(channels: 3, height: side, width: side), classes: 10,
                initChannels: 4, layers: 3)
        }
        var noisy = try known("DARTS_V2")
        #expect(kernelCellCount(plan(noisy, side: 12)) == 3 && noisy.partsWithoutKernels.isEmpty)
        noisy.normal[0] = Genotype.Choice(operation: .noise, from: 0, to: 2)
        #expect(kernelCellCount(plan(noisy, side: 12)) == 2 && noisy.partsWithoutKernels == ["noise"])
        // 10 -> 5 -> 3: the second reduction halves an odd side. 52 becomes 7 behind the ImageNet form's stem.
        let odd = reference(try known("DARTS_V2"), channels: 4, side: 10, images: 2)
        let imageNet = reference(try known("DARTS_V2"), channels: 4, side: 64, images: 4, form: .imageNet)
        let oddImageNet = reference(try known("DARTS_V2"), channels: 4, side: 52, images: 2, form: .imageNet)
        for reference in [odd, imageNet, oddImageNet] {
            #expect(kernelCellCount(reference.plan) == 3)
            RoundingBound(cells: 3, nodes: 4).expect(try reference.pass(.kernels), near: reference)
            RoundingBound.doubles.expect(try reference.pass(.operators, .double), near: reference)
        }
    }
}
