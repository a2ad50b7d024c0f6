import SearchSpace
import Tensors
import Testing

import Network

#if canImport(Glibc)
    import Glibc
#endif

/// The ImageNet form, and what stands behind the cells.
extension DerivedNetworkTests {
    @Test("The ImageNet form takes a step on 224 x 224 random images: finite, every weight that is read has a gradient")
    func imageNet() throws {
        let genotype = try #require(KnownGenotypes.named("DARTS_V2"))
        let plan = DerivedPlan(
            genotype: genotype, image: ImageShape(channels: 3, height: 224, width: 224), classes: 1000,
            initChannels: 4, layers: 14, form: .imageNet, hasAuxiliary: true)
        let layout = WeightLayout.derivedNetwork(plan)
        let network = DerivedNetwork(plan: plan, layout: layout, labelSmoothing: 0.1)
        var weights = formulaWeights(layout)
        func pass() throws -> TrainingPass {
            try network.trainingPass(
                try network.load(weights: weights), pixels: Self.pixels(plan, images: 2, phase: 1),
                labels: [17, 803], dropPath: nil)
        }
        let before = try pass()
        #expect(before.loss.isFinite && before.weightGradient.allSatisfy(\.isFinite))
        #expect(before.statistics.allSatisfy { $0.isFinite })
        for entry in layout.entries {
            #expect(before.weightGradient[entry.range].contains { $0 != 0 }, "\(entry.name)")
        }
        for place in weights.indices { weights[place] -= 0.02 * before.weightGradient[place] }
        let after = try pass()
        #expect(after.loss < before.loss)
    }

    @Test("Smoothing and top five by hand: of equal logits the first stands before the others")
    func losses() throws {
        let logits = try Tensor([1, 0, 0, 0, 0, 0, 5, 1, 2, 3, 4, 0], shape: [2, 6])
        let labels = try Tensor(labels: [5, 0])
        #expect(try logits.hits(labels: labels, amongTop: 5) == 1)
        #expect(try logits.hits(labels: try Tensor(labels: [4, 5]), amongTop: 5) == 1)
        #expect(try logits.hits(labels: labels, amongTop: 1) == 1)
        #expect(try logits.predictions(imageCount: 2) == [0, 0])
        let row: [Double] = [2, -1, 0.5]
        let total = row.map(exp).reduce(0, +)
        let expected = zip(row, [0.1 / 3, 0.9 + 0.1 / 3, 0.1 / 3]).reduce(0.0) { $0 - $1.1 * ($1.0 - log(total)) }
        let smoothed = try Tensor(row.map(Float.init), shape: [1, 3])
            .crossEntropy(labels: try Tensor(labels: [1]), smoothing: 0.1).scalar()
        #expect(abs(smoothed - expected) < 1e-6)
    }

    @Test("The auxiliary head's published means: 5 x 5 with stride 3 of 8 x 8, with stride 2 of 7 x 7")
    func windows() throws {
        for (side, step) in [(8, 3), (7, 2)] {
            let values = (0..<side * side).map { Float($0 * $0 % 31) }
            let pool = DerivedPlan.auxiliaryPool(side: side)
            let means = try Tensor(values, shape: [1, 1, side, side]).windowMeans(rows: pool, columns: pool).floats()
            let expected = [(0, 0), (0, step), (step, 0), (step, step)].map { row, column in
                (0..<25).reduce(Float(0)) { $0 + values[(row + $1 / 5) * side + column + $1 % 5] } / 25
            }
            #expect(zip(means, expected).allSatisfy { abs($0 - $1) < 1e-4 } && means.count == 4)
        }
    }
}
