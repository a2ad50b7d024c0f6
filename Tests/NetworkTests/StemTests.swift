import Tensors
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// The stem's kernel against libtorch's operators. Among the cells' tests, because the choice of kernels is the process's.
extension KernelTests {
    @Suite
    struct StemTests {
        /// A stem, images and a loss, made of one irregular formula: every value of the output has another gradient.
        private struct Sample {
            let inputs: Int
            let channels: Int
            let height: Int
            let width: Int
            let images: Int
            let precision: Precision
            let pixels: Tensor
            let weight: Tensor
            let scale: Tensor
            let shift: Tensor
            /// 10 logits, each a sum over the whole output.
            private let classifier: Tensor

            init(
                inputs: Int, channels: Int, height: Int, width: Int, images: Int, precision: Precision = .float
            ) throws {
                self.inputs = inputs
                self.channels = channels
                self.height = height
                self.width = width
                self.images = images
                self.precision = precision
                func tensor(_ shape: [Int], phase: Int, around middle: Double = 0) throws -> Tensor {
                    let values = (0..<shape.reduce(1, *)).map {
                        sin(Double($0) * 0.7371 + Double(phase) * 1.3) * cos(Double($0) * 0.3137 + Double(phase) * 0.17)
                    }
                    return try Tensor(values.map { Float($0 + middle) }, shape: shape, precision: precision)
                }
                pixels = try tensor([images, inputs, height, width], phase: 1, around: 0.3)
                weight = try tensor([channels, inputs, 3, 3], phase: 2).leaf()
                scale = try tensor([channels], phase: 3, around: 0.6).leaf()
                shift = try tensor([channels], phase: 4).leaf()
                classifier = try tensor([10, channels, height, width], phase: 5)
            }

            /// Output, means and variances, gradients by weight, scale and shift.
            func result(_ output: Tensor, _ statistics: [Float]) throws -> [[Float]] {
                let labels = try Tensor(labels: (0..<images).map { Int32((3 * $0 + 1) % 10) })
                let loss = try output.convolved(with: classifier).globalMean().crossEntropy(labels: labels)
                let gradients = try Gradients.of(loss, by: [weight, scale, shift]).map { try $0?.floats() ?? [] }
                return [try output.floats(), statistics] + gradients
            }

            func kernel(given: [Float]? = nil) throws -> [[Float]] {
                let (output, own) = try CellKernels.stem(
                    pixels, channels: channels, weight: weight, scale: scale, shift: shift, given: given)
                return try result(output, own)
            }

            func operators(given: [Float]? = nil) throws -> [[Float]] {
                let raw = try pixels.convolved(with: weight, padding: 1)
                guard let given else {
                    let (output, mean, variance) = try raw.batchNormalised(scale: scale, shift: shift, epsilon: 1e-5)
                    return try result(output, try mean.floats() + variance.floats())
                }
                let mean = try Tensor(Array(given[..<channels]), shape: [channels], precision: precision)
                let variance = try Tensor(Array(given[channels...]), shape: [channels], precision: precision)
                return try result(
                    try raw.normalised(mean: mean, variance: variance, scale: scale, shift: shift, epsilon: 1e-5), [])
            }
        }

        private static let parts = ["output", "statistics", "weight gradient", "scale gradient", "shift gradient"]

        struct Case: CustomTestStringConvertible, Sendable {
            let inputs: Int
            let channels: Int
            let height: Int
            let width: Int
            let images: Int

            init(_ inputs: Int, _ channels: Int, _ height: Int, _ width: Int, _ images: Int) {
                (self.inputs, self.channels, self.height) = (inputs, channels, height)
                (self.width, self.images) = (width, images)
            }

            var testDescription: String {
                "\(inputs) to \(channels) channels of \(height) x \(width), \(images) images"
            }
        }

        /// A stem has no ReLU, so nothing is near a tie; its longest sum is a Double's. What is left are the roundings of a
        /// convolution, a batch norm and their gradients, far below 1e-5 of a norm.
        @Test(
            "For 1 to 4 input channels, odd and even output channels and sides from 1 to 32, output, statistics and gradients equal the operators' in Double to 1e-5 of their norm, with the batch's own statistics and with given ones",
            arguments: [
                Case(3, 48, 32, 32, 4), Case(3, 48, 28, 28, 3), Case(1, 16, 28, 28, 2), Case(3, 5, 7, 7, 4),
                Case(2, 1, 2, 2, 5), Case(3, 33, 1, 1, 6), Case(4, 20, 5, 9, 3), Case(1, 3, 12, 1, 3),
                Case(3, 108, 8, 8, 2),
            ])
        func equalsOperators(_ test: Case) throws {
            let channels = test.channels
            func sample(_ precision: Precision) throws -> Sample {
                try Sample(
                    inputs: test.inputs, channels: channels, height: test.height, width: test.width,
                    images: test.images, precision: precision)
            }
            // Nobody's own statistics.
            let other = (0..<2 * channels).map { $0 < channels ? Float($0 % 5) * 0.1 : 0.5 + Float($0 % 7) }
            for given in [nil, other] {
                let ours = try sample(.float).kernel(given: given)
                let exact = try sample(.double).operators(given: given)
                for (number, name) in Self.parts.enumerated() {
                    let off = distance(ours[number], exact[number])
                    #expect(off < 1e-5, "\(name): \(off)")
                }
            }
        }

        @Test("AVX2 gives the portable form's bits", .needs(.avx2))
        func avx2() throws { try expectPortableBits(.avx2) }

        @Test("AVX-512 gives the portable form's bits", .needs(.avx512))
        func avx512() throws { try expectPortableBits(.avx512) }

        private func expectPortableBits(_ form: VectorForm) throws {
            for (channels, side) in [(48, 32), (20, 7), (5, 1)] {
                let sample = try Sample(inputs: 3, channels: channels, height: side, width: side, images: 3)
                // What lies behind the stem is libtorch's and may choose by processor, not by our choice of kernels.
                try form.expectPortableBits(of: "\(channels) channels, side \(side)") { try sample.kernel() }
            }
        }

        @Test(
            "Without gradients nothing is kept, a gradient can be asked for once, and not-a-number reaches the output")
        func edges() throws {
            let sample = try Sample(inputs: 3, channels: 6, height: 4, width: 4, images: 2)
            let handles = TorchRuntime.liveHandles
            _ = try TorchRuntime.withoutGradients {
                try CellKernels.stem(
                    sample.pixels, channels: 6, weight: sample.weight, scale: sample.scale, shift: sample.shift,
                    given: nil)
            }
            _ = try sample.kernel()
            #expect(TorchRuntime.liveHandles == handles)
            let broken = try Tensor(
                [Float](repeating: 0.1, count: 6 * 27 - 1) + [.nan], shape: [6, 3, 3, 3])
            let (output, statistics) = try CellKernels.stem(
                sample.pixels, channels: 6, weight: broken, scale: sample.scale, shift: sample.shift, given: nil)
            #expect(try output.floats().contains { $0.isNaN })
            #expect(statistics[5].isNaN && !statistics[4].isNaN)
        }
    }
}
