import SearchSpace
import Tensors
import Testing

import Network

/// Reductions of odd sides through the kernels. Among the cells' tests, because the choice of kernels is the process's.
extension KernelTests {
    @Suite(.serialized)
    struct OddSideTests {
        struct Case: CustomTestStringConvertible, Sendable {
            let channels: Int
            let side: Int
            let width: Int
            let images: Int
            var space = SearchSpace.darts(nodes: 2)

            var testDescription: String {
                "\(channels) x \(side) x \(width), \(images) images, space \(space.name)"
            }
        }

        /// NAS-Bench-201's convolutions in cells that halve maps.
        private static let dense = SearchSpace(
            name: "dense", topology: CellTopology(intermediateNodes: 2),
            everywhere: [.convolution3x3, .skipConnect, .convolution1x1, .avgPool3x3])

        private func reference(_ test: Case) -> ReferenceSuperNetwork {
            ReferenceSuperNetwork(
                channels: test.channels, side: test.side, width: test.width, images: test.images, space: test.space,
                drops: test.images % 2 == 1)
        }

        /// Three cells, of which the second and the third halve: 7 x 7 to 4 x 4 and 2 x 2, 9 x 6 to 5 x 3 and 3 x 2. In the third
        /// the first input comes from before a reduction.
        @Test(
            "A side of n pixels becomes one of (n + 1) / 2 by every operation: gradients, credits and statistics differ from a reference in Double by no more than roundings of their terms",
            arguments: [
                Case(channels: 4, side: 7, width: 7, images: 5), Case(channels: 5, side: 9, width: 9, images: 4),
                Case(channels: 20, side: 7, width: 10, images: 4), Case(channels: 3, side: 9, width: 6, images: 5),
                Case(channels: 16, side: 11, width: 5, images: 5), Case(channels: 4, side: 1, width: 1, images: 12),
                Case(channels: 4, side: 1, width: 6, images: 7), Case(channels: 2, side: 5, width: 2, images: 8),
                Case(channels: 6, side: 7, width: 9, images: 4, space: dense),
                Case(channels: 4, side: 7, width: 5, images: 5, space: OlderOperationTests.space),
                Case(channels: 4, side: 1, width: 3, images: 9, space: OlderOperationTests.space),
            ])
        func superNetwork(_ test: Case) throws {
            let reference = reference(test)
            let ours = try reference.pass(.kernels)
            let exact = try reference.pass(.operators, .double)
            let tables = [try #require(reference.tables[.normal]), try #require(reference.tables[.reduce])]
            RoundingBound(cells: 3, nodes: 2).expect(ours, near: reference, tables: tables)
            RoundingBound.doubles.expect(exact, near: reference, tables: tables)
        }

        @Test("AVX2 gives the portable form's bits", .needs(.avx2))
        func avx2() throws { try expectPortableBits(.avx2) }

        @Test("AVX-512 gives the portable form's bits", .needs(.avx512))
        func avx512() throws { try expectPortableBits(.avx512) }

        private func expectPortableBits(_ form: VectorForm) throws {
            for test in [
                Case(channels: 20, side: 9, width: 27, images: 2),
                Case(channels: 16, side: 19, width: 7, images: 3, space: Self.dense),
            ] {
                try form.expectPortableBits(of: "\(test)") { try reference(test).pass(.kernels) }
            }
        }

        private func derived(_ genotype: Genotype, _ test: Case, layers: Int = 3) -> ReferenceDerivedNetwork {
            let plan = DerivedPlan(
                genotype: genotype, image: ImageShape(channels: 3, height: test.side, width: test.width), classes: 10,
                initChannels: test.channels, layers: layers)
            return ReferenceDerivedNetwork(plan, images: test.images, drops: test.images % 2 == 1)
        }

        private func kernelCellCount(_ reference: ReferenceDerivedNetwork) -> Int {
            DerivedNetwork(plan: reference.plan, layout: reference.layout, path: .kernels).kernelCellCount
        }

        @Test(
            "All cells of a derived network go through the kernels whatever is odd, also the one behind the last reduction",
            arguments: [
                Case(channels: 4, side: 7, width: 7, images: 5), Case(channels: 6, side: 10, width: 9, images: 4),
                Case(channels: 20, side: 5, width: 12, images: 4),
            ])
        func derivedNetwork(_ test: Case) throws {
            let genotype = try #require(KnownGenotypes.named("DARTS_V2"))
            let reference = derived(genotype, test, layers: 4)
            #expect(kernelCellCount(reference) == 4)
            RoundingBound(cells: 4, nodes: 4).expect(try reference.pass(.kernels), near: reference)
            RoundingBound.doubles.expect(try reference.pass(.operators, .double), near: reference)
        }

        /// No window reaches over the edge: the second halves alone read beyond it.
        @Test("A reduction of skips and pools alone reads zeros beyond an odd side")
        func skipsAlone() throws {
            var genotype = try #require(KnownGenotypes.named("DARTS_V2"))
            genotype.reduce = [
                .init(operation: .skipConnect, from: 0, to: 2), .init(operation: .skipConnect, from: 1, to: 2),
                .init(operation: .convolution1x1, from: 1, to: 3), .init(operation: .avgPool3x3, from: 0, to: 3),
            ]
            genotype.reduceConcat = [2, 3]
            let reference = derived(genotype, Case(channels: 6, side: 7, width: 9, images: 4))
            #expect(kernelCellCount(reference) == 3)
            RoundingBound(cells: 3, nodes: 4).expect(try reference.pass(.kernels), near: reference)
            RoundingBound.doubles.expect(try reference.pass(.operators, .double), near: reference)
        }

        @Test("A cell that gives an input on, before, between or behind its nodes, goes through the kernels as well")
        func inputsGivenOn() throws {
            var genotype = try #require(KnownGenotypes.named("DARTS_V2"))
            genotype.normalConcat = [1, 2, 0, 3, 5]
            for channels in [16, 6] {
                let reference = derived(genotype, Case(channels: channels, side: 9, width: 8, images: 5), layers: 4)
                #expect(kernelCellCount(reference) == 4)
                RoundingBound(cells: 4, nodes: 4).expect(try reference.pass(.kernels), near: reference)
                RoundingBound.doubles.expect(try reference.pass(.operators, .double), near: reference)
            }
        }
    }
}
