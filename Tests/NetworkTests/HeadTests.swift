import Tensors
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// What stands behind the cells, in the kernels. Among the cells' tests, because the choice of kernels is the process's.
extension KernelTests {
    @Suite(.serialized)
    struct HeadTests {
        /// A head, its map and a loss, made of one irregular formula; values, from which both precisions are made.
        struct Sample {
            let test: Case
            var input: [Float]
            var weight: [Float]
            var bias: [Float]
            var scale: [Float]
            var shift: [Float]
            let labels: [Int32]

            init(_ test: Case) {
                self.test = test
                func values(_ count: Int, phase: Int, times factor: Double = 1, around middle: Double = 0) -> [Float] {
                    irregular(count, phase: phase).map { Float(middle + factor * $0) }
                }
                input = values(test.images * test.channels * test.pixels, phase: 1, around: 0.2)
                weight = values(test.classes * test.channels, phase: 2)
                bias = values(test.classes, phase: 3)
                scale = values(test.channels, phase: 4, times: 0.5, around: 0.8)
                shift = values(test.channels, phase: 5, times: 0.5)
                labels = (0..<test.images).map { Int32((3 * $0 + 1) % test.classes) }
            }

            struct Tensors {
                let input: Tensor
                let linear: [Tensor]
                let norm: [Tensor]
                var all: [Tensor] { [input] + linear + norm }
            }

            func tensors(_ precision: Precision) throws -> Tensors {
                func leaf(_ values: [Float], _ shape: [Int]) throws -> Tensor {
                    try Tensor(values, shape: shape, precision: precision).leaf()
                }
                return Tensors(
                    input: try leaf(input, [test.images, test.channels, test.height, test.width]),
                    linear: [
                        try leaf(weight, [test.classes, test.channels]), try leaf(bias, [test.classes]),
                    ],
                    norm: test.kind == .norm
                        ? [try leaf(scale, [test.channels]), try leaf(shift, [test.channels])] : [])
            }

            func kernel(_ own: Tensors, given: [Float]? = nil) throws -> (logits: Tensor, statistics: [Float]) {
                let activation: CellKernels.HeadActivation =
                    switch test.kind {
                    case .plain: .none
                    case .relu: .relu
                    case .norm: .normalised(scale: own.norm[0], shift: own.norm[1])
                    }
                let (logits, statistics) = try CellKernels.logits(
                    own.input, channels: test.channels, activation: activation,
                    weights: .init(weight: own.linear[0], bias: own.linear[1]), given: given)
                return (logits, statistics)
            }

            func operators(_ own: Tensors, given: [Float]? = nil) throws -> (logits: Tensor, statistics: [Float]) {
                var map = own.input
                var statistics: [Float] = []
                if test.kind == .norm, let given {
                    func part(_ range: Range<Int>) throws -> Tensor {
                        try Tensor(Array(given[range]), shape: [test.channels], precision: .double)
                    }
                    map = try map.normalised(
                        mean: try part(0..<test.channels), variance: try part(test.channels..<2 * test.channels),
                        scale: own.norm[0], shift: own.norm[1], epsilon: 1e-5)
                } else if test.kind == .norm {
                    let (output, mean, variance) = try map.batchNormalised(
                        scale: own.norm[0], shift: own.norm[1], epsilon: 1e-5)
                    map = output
                    statistics = try mean.floats() + variance.floats()
                }
                if test.kind != .plain { map = try map.relu() }
                return (try map.globalMean().linear(weight: own.linear[0], bias: own.linear[1]), statistics)
            }

            /// Logits, statistics, and gradients by map and weights of a loss that libtorch takes.
            func results(_ byKernels: Bool) throws -> [[Float]] {
                let own = try tensors(byKernels ? .float : .double)
                let (logits, statistics) = byKernels ? try kernel(own) : try operators(own)
                let loss = try logits.crossEntropy(labels: try Tensor(labels: labels))
                let gradients = try Gradients.of(loss, by: own.all).map { try $0?.floats() ?? [] }
                return [try logits.floats(), statistics] + gradients
            }

            /// In Double, of the kernels' logits.
            func lossSum() throws -> Double {
                try TorchRuntime.withoutGradients {
                    try CellKernels.lossSum(kernel(tensors(.float)).logits, labels: Tensor(labels: labels))
                }
            }
        }

        enum Kind: String, Sendable { case plain, relu, norm }

        struct Case: CustomTestStringConvertible, Sendable {
            let kind: Kind
            let images: Int
            let channels: Int
            let height: Int
            let width: Int
            let classes: Int

            init(_ kind: Kind, _ images: Int, _ channels: Int, _ height: Int, _ width: Int, _ classes: Int) {
                (self.kind, self.images, self.channels) = (kind, images, channels)
                (self.height, self.width, self.classes) = (height, width, classes)
            }

            var pixels: Int { height * width }
            var testDescription: String {
                "\(kind.rawValue), \(images) x \(channels) x \(height) x \(width) to \(classes)"
            }
        }

        private static let parts = ["logits", "statistics", "map", "weight", "bias", "scale", "shift"]
        private static let cases = [
            Case(.plain, 1, 16, 8, 8, 10), Case(.plain, 5, 20, 7, 7, 100), Case(.plain, 7, 256, 8, 8, 2),
            Case(.plain, 2, 1, 1, 1, 1000), Case(.plain, 3, 144, 5, 3, 17), Case(.relu, 4, 33, 3, 5, 2),
            Case(.relu, 6, 768, 1, 1, 10), Case(.relu, 1, 5, 2, 2, 100), Case(.norm, 6, 64, 8, 8, 10),
            Case(.norm, 1, 24, 8, 8, 100), Case(.norm, 3, 5, 4, 4, 1000), Case(.norm, 9, 48, 1, 1, 10),
            Case(.norm, 2, 17, 12, 9, 2),
        ]

        /// The longest sum in Float is over the channels; 2e-6 is some thirty roundings, of which a batch norm magnifies some.
        @Test(
            "For one to nine images, 1 to 768 channels and 2 to 1000 classes, logits, statistics and gradients equal the operators' in Double to 2e-6 of their norm",
            arguments: cases)
        func equalsOperators(_ test: Case) throws {
            let sample = Sample(test)
            let (ours, exact) = (try sample.results(true), try sample.results(false))
            for (number, (mine, theirs)) in zip(ours, exact).enumerated() {
                let off = distance(mine, theirs)
                #expect(off < 2e-6, "\(Self.parts[number]): \(off)")
            }
            #expect(ours.count == exact.count)
        }

        @Test("With given statistics logits are the operators', and an image's are the same bits alone and in company")
        func given() throws {
            for channels in [5, 16] {
                let sample = Sample(Case(.norm, 4, channels, 5, 3, 10))
                let given = (0..<2 * channels).map { 0.3 + Float($0 % 5) / 10 }
                let (ours, exact) = try TorchRuntime.withoutGradients {
                    (
                        try sample.kernel(sample.tensors(.float), given: given),
                        try sample.operators(sample.tensors(.double), given: given)
                    )
                }
                #expect(ours.statistics.isEmpty)
                let together = try ours.logits.floats()
                #expect(distance(together, try exact.logits.floats()) < 1e-6)
                for image in 0..<4 {
                    var alone = Sample(Case(.norm, 1, channels, 5, 3, 10))
                    alone.input = Array(sample.input[image * channels * 15..<(image + 1) * channels * 15])
                    alone.weight = sample.weight
                    let logits = try TorchRuntime.withoutGradients {
                        try alone.kernel(alone.tensors(.float), given: given).logits.floats()
                    }
                    #expect(logits == Array(together[image * 10..<(image + 1) * 10]))
                }
                let error = #expect(throws: TorchError.self) {
                    try sample.kernel(sample.tensors(.float), given: given)
                }
                #expect(error.map { "\($0)".contains("a head has no gradient with given statistics") } == true)
            }
        }

        /// A difference over 1/256 of logits in Float is off by some roundings times 256, a hundredth of the smallest gradients here.
        @Test("Gradients are finite differences of the loss", arguments: [Kind.plain, .relu, .norm])
        func finiteDifferences(_ kind: Kind) throws {
            let sample = Sample(Case(kind, 3, 19, 3, 4, 5))
            let own = try sample.tensors(.float)
            let loss = try CellKernels.loss(
                [(sample.kernel(own).logits, 3)], labels: try Tensor(labels: sample.labels))
            let gradients = try Gradients.of(loss, by: own.all).map { try $0?.floats() ?? [] }
            let paths: [WritableKeyPath<Sample, [Float]>] = [\.input, \.weight, \.bias, \.scale, \.shift]
            for (gradient, path) in zip(gradients, paths) {
                let places = stride(from: 0, to: gradient.count, by: max(1, gradient.count / 12))
                let distance: Float = 0x1p-9
                let slopes = try places.map { place in
                    var (up, down) = (sample, sample)
                    up[keyPath: path][place] += distance
                    down[keyPath: path][place] -= distance
                    let width = Double(up[keyPath: path][place]) - Double(down[keyPath: path][place])
                    return Float((try up.lossSum() - down.lossSum()) / width)
                }
                let off = NetworkTests.distance(places.map { gradient[$0] }, slopes)
                #expect(off < 1e-2, "\(path): \(off)")
            }
        }

        @Test("AVX2 gives the portable form's bits", .needs(.avx2))
        func avx2() throws { try expectPortableBits(.avx2) }

        @Test("AVX-512 gives the portable form's bits", .needs(.avx512))
        func avx512() throws { try expectPortableBits(.avx512) }

        private func expectPortableBits(_ form: VectorForm) throws {
            for test in Self.cases {
                let own = try Sample(test).tensors(.float)
                try form.expectPortableBits(of: "\(test)") {
                    let (logits, statistics) = try Sample(test).kernel(own)
                    // libtorch's loss may choose by processor: a loss of our own.
                    let loss = try CellKernels.loss([(logits, 1)], labels: try Tensor(labels: Sample(test).labels))
                    return [try logits.floats(), statistics]
                        + (try Gradients.of(loss, by: own.all).map { try $0?.floats() ?? [] })
                }
            }
        }
    }
}
