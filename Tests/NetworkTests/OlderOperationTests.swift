import SearchSpace
import Tensors
import Testing

import Network

/// `sep_conv_7x7` and `conv_7x1_1x7`, which NASNet's and AmoebaNet's cells have, through the kernels. Among the cells' tests, because
/// the choice of kernels is the process's.
extension KernelTests {
    @Suite(.serialized)
    struct OlderOperationTests {
        /// Both beside operations that were there before.
        static let space = SearchSpace(
            name: "older", topology: CellTopology(intermediateNodes: 2),
            everywhere: [.conv7x1And1x7, .none, .sepConv7x7, .skipConnect, .sepConv3x3, .maxPool3x3])

        struct Case: CustomTestStringConvertible, Sendable {
            let channels: Int
            let side: Int
            let width: Int
            let images: Int
            var genotype: String?

            var testDescription: String {
                "\(genotype ?? "super-network"), \(channels) x \(side) x \(width), \(images) images"
            }
        }

        private func reference(_ test: Case) -> ReferenceSuperNetwork {
            ReferenceSuperNetwork(
                channels: test.channels, side: test.side, width: test.width, images: test.images, space: Self.space,
                drops: test.images % 2 == 1)
        }

        private func derived(_ test: Case) throws -> ReferenceDerivedNetwork {
            let genotype = try #require(KnownGenotypes.named(test.genotype ?? ""))
            let plan = DerivedPlan(
                genotype: genotype, image: ImageShape(channels: 3, height: test.side, width: test.width), classes: 10,
                initChannels: test.channels, layers: 3)
            return ReferenceDerivedNetwork(plan, images: test.images, drops: test.images % 2 == 1)
        }

        @Test(
            "A super-network with them goes through the kernels, and gradients, credits and statistics differ from a reference in Double by no more than roundings of their terms",
            arguments: [
                Case(channels: 4, side: 8, width: 8, images: 4), Case(channels: 3, side: 8, width: 12, images: 5),
                Case(channels: 16, side: 12, width: 8, images: 3), Case(channels: 20, side: 8, width: 8, images: 4),
            ])
        func superNetwork(_ test: Case) throws {
            #expect(Self.space.partsWithoutKernels.isEmpty)
            let reference = reference(test)
            let ours = try reference.pass(.kernels)
            let exact = try reference.pass(.operators, .double)
            let tables = [try #require(reference.tables[.normal]), try #require(reference.tables[.reduce])]
            RoundingBound(cells: 3, nodes: 2).expect(ours, near: reference, tables: tables)
            RoundingBound.doubles.expect(exact, near: reference, tables: tables)
            #expect(distance(ours.weightGradient, exact.weightGradient) < 1e-5)
            #expect(distance(ours.credits, exact.credits) < 1e-5)
        }

        @Test(
            "All cells of NASNet and AmoebaNet go through the kernels, and every gradient and the statistics differ from a reference in Double by no more than roundings of their terms",
            arguments: [
                Case(channels: 4, side: 16, width: 16, images: 3, genotype: "AmoebaNet"),
                Case(channels: 6, side: 9, width: 14, images: 4, genotype: "AmoebaNet"),
                Case(channels: 20, side: 8, width: 8, images: 4, genotype: "NASNet"),
                Case(channels: 5, side: 12, width: 7, images: 5, genotype: "NASNet"),
            ])
        func derivedNetwork(_ test: Case) throws {
            let reference = try derived(test)
            #expect(reference.plan.genotype.partsWithoutKernels.isEmpty)
            let network = DerivedNetwork(plan: reference.plan, layout: reference.layout, path: .kernels)
            #expect(network.kernelCellCount == 3)
            RoundingBound(cells: 3, nodes: 5).expect(try reference.pass(.kernels), near: reference)
            RoundingBound.doubles.expect(try reference.pass(.operators, .double), near: reference)
        }

        @Test("AVX2 gives the portable form's bits", .needs(.avx2))
        func avx2() throws { try expectPortableBits(.avx2) }

        @Test("AVX-512 gives the portable form's bits", .needs(.avx512))
        func avx512() throws { try expectPortableBits(.avx512) }

        private func expectPortableBits(_ form: VectorForm) throws {
            // Rows of 25, 17 and 9 pixels: whole blocks of every size and some left over.
            let reference = reference(Case(channels: 20, side: 9, width: 25, images: 2))
            let cells = try derived(Case(channels: 20, side: 8, width: 8, images: 4, genotype: "NASNet"))
            try form.expectPortableBits { [try reference.pass(.kernels), try cells.pass(.kernels)] }
        }

        @Test(
            "In parts they have the same bits by 1, 2 and 3 threads, other ones by other parts, and no more roundings")
        func parts() throws {
            let genotype = try #require(KnownGenotypes.named("AmoebaNet"))
            let plan = DerivedPlan(
                genotype: genotype, image: ImageShape(channels: 3, height: 72, width: 52), classes: 10,
                initChannels: 4, layers: 3, form: .imageNet)
            let imageNet = ReferenceDerivedNetwork(plan, images: 5, drops: true)
            let mixed = reference(Case(channels: 4, side: 9, width: 7, images: 5))
            let tables = [try #require(mixed.tables[.normal]), try #require(mixed.tables[.reduce])]
            func threads(_ count: Int, _ pass: () throws -> TrainingPass) throws -> TrainingPass {
                try TorchRuntime.useThreads(count)
                defer { #expect(throws: Never.self) { try TorchRuntime.useThreads(1) } }
                return try pass()
            }
            let derived = try [2, 3].map { parts in
                let alone = try imageNet.pass(.kernels, parts: parts)
                for count in 2...3 {
                    #expect(try threads(count) { try imageNet.pass(.kernels, parts: parts) } == alone)
                }
                RoundingBound(cells: 4, nodes: 5).expect(alone, near: imageNet)
                return alone
            }
            #expect(derived[0] != derived[1])
            let parts = try mixed.pass(.kernels, parts: 3)
            for count in 2...3 { #expect(try threads(count) { try mixed.pass(.kernels, parts: 3) } == parts) }
            RoundingBound(cells: 3, nodes: 2).expect(parts, near: mixed, tables: tables)
        }

        @Test(
            "What has a Z of 0 is left out: the pass is the operators' without it, in gradients, credits and statistics"
        )
        func leftOut() throws {
            let reference = reference(Case(channels: 4, side: 8, width: 8, images: 6))
            var mixture = EdgeTable<Float>(reference.plan.space.shape, repeating: 0)
            for kind in CellKind.allCases {
                for edge in 0..<5 {
                    mixture[kind, edge, edge % 2 == 0 ? .conv7x1And1x7 : .sepConv7x7] = 0.75
                    if edge == 3 { mixture[kind, edge, .conv7x1And1x7] = 0.5 }
                }
            }
            func pass(_ path: CellPath, _ precision: Precision) throws -> TrainingPass {
                let network = SuperNetwork(
                    plan: reference.plan, layout: reference.layout, precision: precision, path: path)
                return try network.trainingPass(
                    try network.load(weights: reference.weights), mixture: mixture, pixels: reference.pixels,
                    labels: reference.labels, dropPath: nil, leavesOut: true)
            }
            let (ours, exact) = (try pass(.kernels, .float), try pass(.operators, .double))
            #expect(distance(ours.weightGradient, exact.weightGradient) < 1e-5)
            #expect(distance(ours.credits, exact.credits) < 1e-5)
            #expect(distance(ours.statistics, exact.statistics) < 1e-5)
            for (entry, z) in mixture.entries.enumerated() where z == 0 { #expect(ours.credits[entry] == 0) }
            // A batch norm that was not computed leaves 0 for its mean and its variance.
            let (absent, present) = ("cells.0._ops.1._ops.0.3", "cells.0._ops.0._ops.0.3")
            for entry in reference.layout.statistics where [absent, present].contains(entry.name) {
                #expect(ours.statistics[entry.range].allSatisfy { $0 == 0 } == (entry.name == absent))
            }
        }
    }
}
