import SearchSpace
import Tensors
import Testing

import Network

/// Derived cells whose edges are computed together, in groups of several sizes. Among the cells' tests, because the choice of kernels
/// is the process's.
extension KernelTests {
    @Suite(.serialized)
    struct EdgeGroupTests {
        /// Nine edges leave the first input of normal cells: four kinds of convolutions with a pool and an identity between them, then
        /// a group of two with a pool; none leaves the second one. Five and a factorised reduction leave the second input of
        /// reductions. Nodes of one operation an edge from one source, from two, and of an edge alone.
        private static let grouped = """
            Genotype(normal=[('sep_conv_3x3', 0), ('nor_conv_3x3', 0), ('max_pool_3x3', 0), ('sep_conv_5x5', 0),
              ('conv_7x1_1x7', 0), ('skip_connect', 0), ('dil_conv_5x5', 0), ('sep_conv_3x3', 3),
              ('max_pool_3x3', 0), ('sep_conv_7x7', 0)], normal_concat=[4, 6],
              reduce=[('sep_conv_3x3', 1), ('skip_connect', 1), ('max_pool_3x3', 1), ('nor_conv_1x1', 1),
              ('sep_conv_5x5', 1), ('conv_7x1_1x7', 1), ('skip_connect', 0), ('dil_conv_3x3', 1),
              ('max_pool_3x3', 1), ('none', 2)], reduce_concat=[2, 3, 4, 5, 6])
            """

        private func reference(
            channels: Int, side: Int, images: Int, poolsHaveBatchNorm: Bool
        ) throws -> ReferenceDerivedNetwork {
            let plan = DerivedPlan(
                genotype: try Genotype(parsing: Self.grouped),
                image: ImageShape(channels: 3, height: side, width: side), classes: 10, initChannels: channels,
                layers: 3, poolsHaveBatchNorm: poolsHaveBatchNorm)
            return ReferenceDerivedNetwork(plan, images: images, drops: true)
        }

        @Test(
            "Groups of one edge to seven have the gradients and statistics of a reference in Double, to roundings of their terms",
            arguments: [(6, 12, 5, true), (20, 9, 4, false)])
        func equalsReference(channels: Int, side: Int, images: Int, poolsHaveBatchNorm: Bool) throws {
            let reference = try reference(
                channels: channels, side: side, images: images, poolsHaveBatchNorm: poolsHaveBatchNorm)
            let network = DerivedNetwork(plan: reference.plan, layout: reference.layout, path: .kernels)
            #expect(network.kernelCellCount == 3)
            let bound = RoundingBound(cells: 3, nodes: 5)
            bound.expect(try reference.pass(.kernels), near: reference)
            bound.expect(try reference.pass(.kernels, parts: 3), near: reference)
            RoundingBound.doubles.expect(try reference.pass(.operators, .double), near: reference)
        }

        @Test("They have the same bits by 1, 2 and 3 threads and by all forms of the kernels")
        func sameBits() throws {
            defer { _ = CellKernels.choose("auto") }
            let sample = try reference(channels: 20, side: 8, images: 5, poolsHaveBatchNorm: true)
            #expect(CellKernels.choose("portable"))
            let alone = try sample.pass(.kernels, parts: 4)
            #expect(alone.loss.isFinite && alone.weightGradient.allSatisfy(\.isFinite))
            for set in ["portable", "avx2", "avx512"].filter(CellKernels.has) {
                #expect(CellKernels.choose(set))
                for threads in [1, 2, 3] {
                    try TorchRuntime.useThreads(threads)
                    defer { #expect(throws: Never.self) { try TorchRuntime.useThreads(1) } }
                    #expect(try sample.pass(.kernels, parts: 4) == alone, "\(threads) threads, \(set)")
                }
            }
            #expect(try sample.pass(.kernels, parts: 2).weightGradient != alone.weightGradient)
        }
    }
}
