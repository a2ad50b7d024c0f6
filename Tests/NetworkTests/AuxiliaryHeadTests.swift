import Tensors
import Testing

/// The auxiliary head in the kernels. Among the cells' tests, because the choice of kernels is the process's.
extension KernelTests {
    @Suite(.serialized)
    struct AuxiliaryHeadTests {
        /// A head behind a map, made of one irregular formula; all of its values, from which both precisions are made.
        private struct Sample {
            let test: Case
            /// Map; pointwise convolution, scale, shift; 2 x 2 convolution, scale, shift; linear layer and its bias.
            var values: [[Float]]
            let labels: [Int32]

            var shapes: [[Int]] {
                [
                    [test.images, test.channels, test.height, test.width], [test.narrow, test.channels, 1, 1],
                    [test.narrow], [test.narrow], [test.wide, test.narrow, 2, 2], [test.wide], [test.wide],
                    [test.classes, test.wide], [test.classes],
                ]
            }

            init(_ test: Case) {
                self.test = test
                values = []
                labels = (0..<test.images).map { Int32((3 * $0 + 1) % test.classes) }
                let middles = [0.2, 0, 0.8, 0, 0, 0.8, 0, 0, 0]
                values = zip(shapes, middles).enumerated().map { number, part in
                    irregular(part.0.reduce(1, *), phase: number + 1).map { Float(part.1 + 0.6 * $0) }
                }
                // Images differ as a whole: of means that are nearly the same a batch norm would magnify the roundings.
                let pixels = test.height * test.width
                for (map, whole) in irregular(test.images * test.channels, phase: 11).enumerated() {
                    for place in map * pixels..<(map + 1) * pixels { values[0][place] += Float(whole) }
                }
            }

            func tensors(_ precision: Precision) throws -> [Tensor] {
                try zip(values, shapes).map { try Tensor($0, shape: $1, precision: precision).leaf() }
            }

            /// Behind the 2 x 2 convolution a batch norm, or none, as in the ImageNet form.
            func kernels(_ own: [Tensor]) throws -> (logits: Tensor, statistics: [Float]) {
                let (wide, first) = try CellKernels.auxiliary(
                    own[0], rows: test.rows, columns: test.columns, channels: test.narrow, pointwise: own[1],
                    scale: own[2], shift: own[3], square: own[4])
                let (logits, second) = try CellKernels.logits(
                    wide, channels: test.wide,
                    activation: test.hasNorm ? .normalised(scale: own[5], shift: own[6]) : .relu,
                    weights: .init(weight: own[7], bias: own[8]))
                return (logits, first + second)
            }

            func operators(_ own: [Tensor]) throws -> (logits: Tensor, statistics: [Float]) {
                let pooled = try own[0].relu().windowMeans(
                    rows: (test.rows, test.height - test.rows), columns: (test.columns, test.width - test.columns))
                let (narrow, mean, variance) = try pooled.convolved(with: own[1]).batchNormalised(
                    scale: own[2], shift: own[3], epsilon: 1e-5)
                var statistics = try mean.floats() + variance.floats()
                var wide = try narrow.relu().convolved(with: own[4])
                if test.hasNorm {
                    let (output, mean, variance) = try wide.batchNormalised(
                        scale: own[5], shift: own[6], epsilon: 1e-5)
                    statistics += try mean.floats() + variance.floats()
                    wide = output
                }
                return (try wide.relu().globalMean().linear(weight: own[7], bias: own[8]), statistics)
            }

            /// Logits, statistics, and gradients by map and weights.
            func results(_ byKernels: Bool) throws -> [[Float]] {
                let own = try tensors(byKernels ? .float : .double)
                let (logits, statistics) = byKernels ? try kernels(own) : try operators(own)
                let targets = try Tensor(labels: labels)
                let loss =
                    byKernels
                    ? try CellKernels.loss([(logits, 1)], labels: targets) : try logits.crossEntropy(labels: targets)
                let gradients = try Gradients.of(loss, by: own).map { try $0?.floats() ?? [] }
                return [try logits.floats(), statistics] + gradients
            }
        }

        struct Case: CustomTestStringConvertible, Sendable {
            let images: Int
            let channels: Int
            let height: Int
            let width: Int
            let rows: Int
            let columns: Int
            var narrow = 10
            var wide = 20
            var classes = 10
            var hasNorm = true

            var testDescription: String {
                "\(images) x \(channels) x \(height) x \(width), windows of \(rows) x \(columns), \(narrow) and \(wide)"
                    + " channels to \(classes) classes\(hasNorm ? "" : ", one batch norm")"
            }
        }

        private static let parts = [
            "logits", "statistics", "map", "pointwise", "scale", "shift", "square", "last scale", "last shift",
            "linear", "bias",
        ]
        /// 5 of 8 and 5 of 7 are the published windows.
        private static let cases = [
            Case(images: 8, channels: 20, height: 8, width: 8, rows: 5, columns: 5),
            Case(images: 9, channels: 48, height: 8, width: 8, rows: 5, columns: 5, narrow: 128, wide: 768),
            Case(images: 7, channels: 33, height: 7, width: 7, rows: 5, columns: 5, hasNorm: false),
            Case(images: 10, channels: 16, height: 2, width: 2, rows: 1, columns: 1, narrow: 16, wide: 32, classes: 2),
            Case(images: 12, channels: 5, height: 4, width: 6, rows: 3, columns: 4, classes: 100),
            Case(images: 1, channels: 3, height: 9, width: 3, rows: 6, columns: 1, classes: 1000, hasNorm: false),
        ]

        /// Two batch norms over few values magnify the roundings of what is before them.
        @Test(
            "Logits, statistics and the gradients by map and weights equal the operators' in Double to 1e-5 of their norm",
            arguments: cases)
        func equalsOperators(_ test: Case) throws {
            let sample = Sample(test)
            let (ours, exact) = (try sample.results(true), try sample.results(false))
            for (number, (mine, theirs)) in zip(ours, exact).enumerated() {
                let off = distance(mine, theirs)
                #expect(off < 1e-5, "\(Self.parts[number]): \(off)")
            }
        }

        @Test("Gradients are finite differences of the loss")
        func finiteDifferences() throws {
            let sample = Sample(
                Case(images: 6, channels: 7, height: 4, width: 4, rows: 3, columns: 3, narrow: 6, wide: 9, classes: 4))
            let results = try sample.results(true)
            for part in sample.values.indices {
                let gradient = results[part + 2]
                let places = stride(from: 0, to: gradient.count, by: max(1, gradient.count / 8))
                let slopes = try places.map { place in
                    func loss(_ step: Float) throws -> Double {
                        var moved = sample
                        moved.values[part][place] += step
                        return try TorchRuntime.withoutGradients {
                            try CellKernels.lossSum(
                                moved.kernels(moved.tensors(.float)).logits, labels: Tensor(labels: sample.labels)) / 6
                        }
                    }
                    return Float((try loss(0x1p-9) - loss(-0x1p-9)) / 0x1p-8)
                }
                let off = distance(places.map { gradient[$0] }, slopes)
                #expect(off < 5e-3, "\(Self.parts[part + 2]): \(off)")
            }
        }

        @Test("AVX2 gives the portable form's bits", .needs(.avx2))
        func avx2() throws { try expectPortableBits(.avx2) }

        @Test("AVX-512 gives the portable form's bits", .needs(.avx512))
        func avx512() throws { try expectPortableBits(.avx512) }

        private func expectPortableBits(_ form: VectorForm) throws {
            for test in Self.cases {
                try form.expectPortableBits(of: "\(test)") { try Sample(test).results(true) }
            }
        }

        @Test("Passes leave nothing behind, not-a-number reaches the logits, and windows must fit")
        func edges() throws {
            var sample = Sample(Case(images: 5, channels: 20, height: 4, width: 4, rows: 3, columns: 3))
            let (handles, held) = (TorchRuntime.liveHandles, CellKernels.heldBytes)
            let before = try sample.results(true)
            // No gradient is asked of this one.
            _ = try sample.kernels(sample.tensors(.float)).logits.floats()
            #expect(try sample.results(true) == before)
            #expect(CellKernels.heldBytes == held)
            #expect(TorchRuntime.liveHandles == handles)
            let own = try sample.tensors(.float)
            for (rows, columns) in [(4, 3), (3, 4), (0, 3)] {
                let error = #expect(throws: TorchError.self) {
                    try CellKernels.auxiliary(
                        own[0], rows: rows, columns: columns, channels: 10, pointwise: own[1], scale: own[2],
                        shift: own[3], square: own[4])
                }
                #expect(error.map { "\($0)".contains("windows do not fit") } == true)
            }
            for part in [0, 1, 4] {
                sample.values[part][0] = .nan
                #expect(try sample.results(true)[0].contains { $0.isNaN }, "\(Self.parts[part + 2])")
                sample.values[part][0] = 0.25
            }
        }
    }
}
