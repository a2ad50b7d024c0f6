import SearchSpace
import Tensors
import Testing

import Network

/// Channels that end within a vector of the row kernels. Among the cells' tests, because the choice of kernels is the process's.
extension KernelTests {
    @Suite
    struct HalfVectorTests {
        struct Case: CustomTestStringConvertible, Sendable {
            let channels: Int
            let side: Int
            let images: Int

            var testDescription: String { "\(channels) x \(side) x \(side), \(images) images" }

            /// Two nodes have all operations on edges of both strides. Both cells are reductions, with twice and four times the
            /// channels of the stem's count.
            var reference: ReferenceSuperNetwork {
                ReferenceSuperNetwork(
                    channels: channels, side: side, images: images, layers: 2, space: .darts(nodes: 2),
                    drops: images % 2 == 1)
            }
        }

        /// Cells of 8, 24, 36 and 20 channels and twice as many; rows of 4 and 2 pixels, of 20, which are a whole block of columns and a
        /// few more, and of 18 and 9, whose blocks know which pixels lie across lines of the cache.
        private static let cases = [
            Case(channels: 4, side: 8, images: 5), Case(channels: 12, side: 8, images: 4),
            Case(channels: 18, side: 8, images: 4), Case(channels: 10, side: 8, images: 5),
            Case(channels: 12, side: 40, images: 2), Case(channels: 18, side: 36, images: 2),
        ]

        private static let forms = ["portable", "avx2", "avx512"].filter { CellKernels.has($0) }

        @Test(
            "With channels that fill a half vector or end within it, every form gives the same bits, within roundings of a reference in Double",
            arguments: cases)
        func formsAgree(_ test: Case) throws {
            defer { _ = CellKernels.choose("auto") }
            let reference = test.reference
            let passes = try Self.forms.map { form in
                #expect(CellKernels.choose(form))
                return try reference.pass(.kernels)
            }
            for (form, pass) in zip(Self.forms, passes) { #expect(pass == passes[0], "\(form)") }
            let tables = CellKind.allCases.compactMap { reference.tables[$0] }
            RoundingBound(cells: 2, nodes: 2).expect(passes[0], near: reference, tables: tables)
        }

        @Test("Not-a-number in the last channel of a half vector reaches the loss, whatever the form", arguments: forms)
        func notANumber(_ form: String) throws {
            defer { _ = CellKernels.choose("auto") }
            #expect(CellKernels.choose(form))
            let test = Case(channels: 10, side: 8, images: 3)
            let reference = test.reference
            let squares = reference.layout.entries.filter {
                $0.shape == [2 * test.channels, 2 * test.channels, 1, 1]
            }
            #expect(squares.count > 4)
            for square in squares.prefix(4) {
                var weights = reference.weights
                weights[square.offset + square.count - 1] = .nan
                let network = SuperNetwork(plan: reference.plan, layout: reference.layout, path: .kernels)
                let pass = try network.trainingPass(
                    try network.load(weights: weights), mixture: reference.mixture, pixels: reference.pixels,
                    labels: reference.labels, dropPath: nil)
                #expect(pass.loss.isNaN, "\(square.name)")
            }
        }
    }
}
