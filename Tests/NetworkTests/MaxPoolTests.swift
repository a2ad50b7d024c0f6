import SearchSpace
import Tensors
import Testing

import Network

/// Among the cells' tests, because the choice of kernels is the process's.
extension KernelTests {
    @Suite
    struct MaxPoolTests {
        private static let forms = ["portable", "avx2", "avx512"].filter { CellKernels.has($0) }

        /// Rows of two blocks of windows and one window more; channels that fill vectors, and that end within one.
        @Test("A max-pool gives the largest number of each window, infinities too, and not-a-number where one is in it")
        func values() throws {
            defer { _ = CellKernels.choose("auto") }
            let (images, side) = (2, 9)
            for channels in [5, 16, 21] {
                var values = irregular(images * channels * side * side, phase: channels).map { Float($0) }
                for at in stride(from: 3, to: values.count, by: 53) { values[at] = .infinity }
                for at in stride(from: 7, to: values.count, by: 31) { values[at] = -.infinity }
                for at in stride(from: 11, to: values.count, by: 97) { values[at] = .nan }
                let expected = largest(of: values, side: side)
                #expect(Set(expected.map { $0.isNaN ? 2 : $0.isInfinite ? 1 : 0 }).count == 3)
                for form in Self.forms {
                    #expect(CellKernels.choose(form))
                    let pooled = try pooled(values, images: images, channels: channels, side: side)
                    #expect(pooled.count == expected.count)
                    let isSame = zip(pooled, expected).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) }
                    #expect(isSame, "\(form), \(channels) channels")
                }
            }
        }

        /// A cell of one edge, which carries nothing but the pool.
        private func pooled(_ values: [Float], images: Int, channels: Int, side: Int) throws -> [Float] {
            var places = [Int32](repeating: -1, count: CellDescription.mixtureEntries(edges: 1))
            places[try #require(KernelOperations.all.firstIndex(of: .maxPool3x3))] = 0
            let cell = CellDescription(
                channels: channels, inputs: 1, nodes: 1, edges: [(0, 1)], concatenated: [1], reduces: false,
                reducesPrevious: false, poolsHaveBatchNorm: false, mixturePlaces: places,
                weightOffsets: [Int64](repeating: -1, count: CellDescription.weightEntries(edges: 1)))
            return try TorchRuntime.withoutGradients {
                let input = try Tensor(values, shape: [images, channels, side, side])
                return try CellKernels.forward(
                    cell, before: input, previous: input, weights: try Tensor([0], shape: [1]),
                    mixture: try Tensor([1], shape: [1]), dropPath: nil,
                    given: [Float](repeating: 1, count: cell.statisticCount), skipsZeros: true
                ).output.floats()
            }
        }

        /// Of 3x3 windows of maps of `side` x `side`; what lies beyond a map does not count.
        private func largest(of values: [Float], side: Int) -> [Float] {
            values.indices.map { place in
                let (y, x) = (place / side % side, place % side)
                let window = (max(y - 1, 0)...min(y + 1, side - 1)).flatMap { row in
                    (max(x - 1, 0)...min(x + 1, side - 1)).map { values[place + (row - y) * side + $0 - x] }
                }
                return window.contains(where: \.isNaN) ? .nan : window.reduce(-.infinity, Swift.max)
            }
        }
    }
}
