import Network
import Randomness
import SearchSpace
import Tensors
import Testing

/// RobustDARTS' S4: an operation that is noise.
@Suite
struct NoiseOperationTests {
    private static let image = ImageShape(channels: 1, height: 8, width: 8)
    private static let plan = NetworkPlan(
        image: image, classes: 10, initChannels: 4, layers: 3, space: NamedSpace.s4.space(nodes: 2))
    private static let layout = WeightLayout.superNetwork(plan)
    private static let labels = (0..<6).map { Int32($0) }

    private func pass(_ noise: PassNoise, noiseShare: Float) throws -> TrainingPass {
        let network = SuperNetwork(plan: Self.plan, layout: Self.layout, precision: .double, path: .operators)
        let mixture = EdgeTable(
            Self.plan.space.shape, (0..<Self.plan.space.shape.count).map { $0 % 2 == 0 ? noiseShare : 1 - noiseShare })
        return try network.trainingPass(
            try network.load(weights: formulaWeights(Self.layout)), mixture: mixture,
            pixels: formula(6 * 64, 3).map { Float($0) }, labels: Self.labels, dropPath: nil, noise: noise)
    }

    private func key(_ step: UInt64, shard: Int = 0) -> PassNoise {
        PassNoise(.noiseOperation, seed: 2, step: step, shard: shard)
    }

    @Test("Noise is the key's alone: the same step and shard give the same pass, others another")
    func keyed() throws {
        let first = try pass(key(1), noiseShare: 0.5)
        #expect(try pass(key(1), noiseShare: 0.5) == first)
        #expect(try pass(key(2), noiseShare: 0.5) != first && pass(key(1, shard: 1), noiseShare: 0.5) != first)
        let look = PassNoise(.evaluationNoise, seed: 2, step: 1, shard: 0)
        #expect(try pass(look, noiseShare: 0.5) != first)
    }

    @Test("Where its Z is 0 noise changes nothing, and its credit is its inner product with the node's gradient")
    func credits() throws {
        let none = try pass(key(1), noiseShare: 0)
        let other = try pass(key(7), noiseShare: 0)
        #expect(none.loss == other.loss && none.weightGradient == other.weightGradient)
        // Finite differences of the loss by one Z: edge 0 of the normal cell, whose first candidate is noise.
        let step: Float = 1.0 / 1024
        func loss(_ change: Float) throws -> Double {
            let network = SuperNetwork(plan: Self.plan, layout: Self.layout, precision: .double, path: .operators)
            var mixture = EdgeTable(Self.plan.space.shape, [Float](repeating: 0.5, count: Self.plan.space.shape.count))
            mixture[.normal, 0, .noise] += change
            return try network.trainingPass(
                try network.load(weights: formulaWeights(Self.layout)), mixture: mixture,
                pixels: formula(6 * 64, 3).map { Float($0) }, labels: Self.labels, dropPath: nil, noise: key(1)
            ).loss
        }
        let slope = try (loss(step) - loss(-step)) / Double(2 * step)
        let credit = Double(try pass(key(1), noiseShare: 0.5).credits[0])
        #expect(abs(slope - credit) < 1e-3 * max(1, abs(credit)), "\(slope) and \(credit)")
        #expect(credit != 0)
    }

    @Test("A derived network with noise learns around it, and every other pixel of the noise is left at stride 2")
    func derived() throws {
        let cell = NamedSpace.s4.space(nodes: 1).genotype(operations: [.noise, .sepConv3x3, .noise, .sepConv3x3])
        let plan = DerivedPlan(genotype: cell, image: Self.image, classes: 10, initChannels: 4, layers: 3)
        let layout = WeightLayout.derivedNetwork(plan)
        let network = DerivedNetwork(plan: plan, layout: layout, path: .kernels)
        let weights = try network.load(weights: formulaWeights(layout))
        func loss(_ noise: PassNoise) throws -> Double {
            try network.trainingPass(
                weights, pixels: formula(6 * 64, 3).map { Float($0) }, labels: Self.labels, dropPath: nil, noise: noise
            ).loss
        }
        #expect(network.kernelCellCount == 0)
        #expect(try loss(key(1)) == loss(key(1)) && loss(key(1)) != loss(key(2)))
    }
}
