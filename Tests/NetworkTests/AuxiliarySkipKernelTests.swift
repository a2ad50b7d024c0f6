import SearchSpace
import Tensors
import Testing

import Network

/// Skips beside the mixed operations (DARTS-) through the kernels. Among the cells' tests, because the choice of kernels is the
/// process's.
extension KernelTests {
    @Suite(.serialized)
    struct AuxiliarySkipKernelTests {
        struct Case: CustomTestStringConvertible, Sendable {
            let channels: Int
            let side: Int
            let images: Int
            let space: SearchSpace

            var testDescription: String {
                "\(channels) x \(side) x \(side), \(images) images, space \(space.name)"
            }
        }

        /// An edge into each node is left out, and with it its skip.
        private static let sparse = SearchSpace(
            name: "sparse", topology: CellTopology(intermediateNodes: 2),
            candidates: CellKind.allCases.map { _ in
                [[.sepConv3x3, .skipConnect], [.none], [.maxPool3x3, .dilConv3x3], [.none], [.skipConnect, .none]]
            })

        private func reference(_ test: Case) -> ReferenceSuperNetwork {
            ReferenceSuperNetwork(
                channels: test.channels, side: test.side, images: test.images,
                space: test.space.withAuxiliarySkip(true), drops: test.images % 2 == 1)
        }

        @Test(
            "They are added with their edges' masks: gradients, credits and statistics differ from a reference in Double by no more than roundings of their terms",
            arguments: [
                Case(channels: 4, side: 8, images: 7, space: .darts(nodes: 2)),
                Case(channels: 20, side: 9, images: 4, space: .darts(nodes: 2)),
                Case(channels: 6, side: 8, images: 7, space: sparse),
                Case(channels: 4, side: 12, images: 4, space: NamedSpace.nasBench201.space(nodes: 4)),
            ])
        func equalsReference(_ test: Case) throws {
            #expect(test.space.withAuxiliarySkip(true).partsWithoutKernels.isEmpty)
            let reference = reference(test)
            let ours = try reference.pass(.kernels)
            let exact = try reference.pass(.operators, .double)
            let tables = test.space.kinds.compactMap { reference.tables[$0] }
            RoundingBound(cells: 5, nodes: 3).expect(ours, near: reference, tables: tables)
            RoundingBound.doubles.expect(exact, near: reference, tables: tables)
            #expect(distance(ours.weightGradient, exact.weightGradient) < 1e-5)
        }

        @Test(
            "Where zeros are left out training keeps every skip; an evaluation and its statistics keep those beside two operations or more"
        )
        func leftOut() throws {
            let reference = reference(Case(channels: 4, side: 8, images: 6, space: .darts(nodes: 2)))
            var mixture = EdgeTable<Float>(reference.plan.space.shape, repeating: 0)
            for kind in CellKind.allCases {
                for edge in 0..<5 { mixture[kind, edge, edge % 2 == 0 ? .sepConv3x3 : .none] = 1 }
                mixture[kind, 2, .dilConv3x3] = 0.5
            }
            var results: [(training: TrainingPass, statistics: [Float], evaluation: EvaluationPass)] = []
            for (path, precision) in [(CellPath.operators, Precision.double), (.kernels, .float)] {
                let network = SuperNetwork(
                    plan: reference.plan, layout: reference.layout, precision: precision, path: path)
                let weights = try network.load(weights: reference.weights)
                let statistics = try network.statisticsPass(
                    weights, mixture: mixture, pixels: reference.pixels, imageCount: 6)
                results.append(
                    (
                        try network.trainingPass(
                            weights, mixture: mixture, pixels: reference.pixels, labels: reference.labels,
                            dropPath: nil, leavesOut: true), statistics,
                        try network.evaluationPass(
                            weights, statistics: statistics, mixture: mixture, pixels: reference.pixels,
                            labels: reference.labels)
                    ))
            }
            let (exact, ours) = (results[0], results[1])
            #expect(distance(ours.training.weightGradient, exact.training.weightGradient) < 1e-5)
            #expect(distance(ours.training.credits, exact.training.credits) < 1e-5)
            #expect(distance(ours.training.statistics, exact.training.statistics) < 1e-5)
            #expect(distance(ours.statistics, exact.statistics) < 1e-5)
            #expect(abs(ours.evaluation.lossSum - exact.evaluation.lossSum) < 1e-4 * exact.evaluation.lossSum)
            // Of the reduction, edge 0 has a choice, edge 1 nothing, edge 2 a mixture; 3 and 4 have skips of stride 1 or none.
            for (edge, isThere) in [(0, false), (1, false), (2, true)] {
                let name = "cells.1.auxiliary_skips.\(edge).bn"
                let entry = try #require(reference.layout.statistics.first { $0.name == name })
                let own = ours.statistics[entry.meanOffset..<entry.varianceOffset]
                #expect(own.allSatisfy { $0 == 0 } != isThere, "edge \(edge)")
            }
        }
    }
}
