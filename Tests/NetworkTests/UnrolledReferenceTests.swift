import Estimation
import Formats
import Host
import Network
import SearchSpace
import Tensors
import Testing
import Training

#if canImport(Glibc)
    import Glibc
#endif

/// Alpha's gradient by DARTS' second order against PyTorch in Double (generate_unrolled.py), which takes it as the official code does:
/// by a difference of two gradients.
@Suite
struct UnrolledReferenceTests {
    private static let plan = NetworkPlan(
        image: ImageShape(channels: 1, height: 8, width: 8), classes: 10, initChannels: 4, layers: 3,
        space: .darts())
    private static let layout = WeightLayout.superNetwork(plan)
    private static let images = 6

    private static var alpha: EdgeTable<Float> {
        let tables = [5.0, 9.0].flatMap { phase in formula(14 * Operation.papers.count, phase).map { Float(2 * $0) } }
        return EdgeTable(SearchSpace.darts().shape, tables)
    }

    private struct Golden {
        let phase: Double
        let loss: Double
        let first: [Double]
        let gradient: [Double]

        init() throws {
            let folder = FileSystem.parent(of: try #require(HostInfo.executablePath()))
            let path = "\(folder)/snas_NetworkTests.resources/Fixtures/unrolled.json"
            let value = try JSONValue.parse(try FileSystem.readFile(path, limitBytes: 1 << 20), source: path)
            func numbers(_ name: String) throws -> [Double] {
                try #require(value[name]?.elements).compactMap(\.number)
            }
            phase = try #require(value["phase"]?.number)
            loss = try #require(value["loss"]?.number)
            (first, gradient) = (try numbers("first"), try numbers("gradient"))
        }
    }

    /// The five rounds by one shard; the floats are those that the weights are kept in.
    private func unrolled<Scalar: BinaryFloatingPoint>(
        _ golden: Golden, as scalar: Scalar.Type,
        pass: (_ weights: [Scalar], _ pixels: [Float], _ labels: [Int32]) throws -> TrainingPass
    ) throws -> (first: [Scalar], gradient: [Scalar], loss: Double) {
        func pixels(_ phase: Double) -> [Float] { formula(Self.images * 64, phase).map { Float(2 * $0) } }
        func labels(_ shift: Int) -> [Int32] { (0..<Self.images).map { Int32((3 * $0 + shift) % 10) } }
        func alphaGradient(_ pass: TrainingPass) -> [Scalar] {
            let credits = EdgeTable(SearchSpace.darts().shape, pass.credits.map { Double($0) })
            return Softmax.sample(alpha: Self.alpha).alphaGradient(credits: credits).entries.map { Scalar($0) }
        }
        let (train, search) = (pixels(golden.phase), pixels(golden.phase + 50))
        let weights = formulaWeights(Self.layout).map { Scalar($0) }
        let velocity = formula(weights.count, 77).map { Scalar(Float(0.1 * $0)) }
        let slopes = try pass(weights, train, labels(1)).weightGradient.map { Scalar($0) }
        let ahead = UnrolledDescent.ahead(
            weights, velocity: velocity, gradient: slopes, rate: 0.025, momentum: 0.9, weightDecay: 3e-4)
        let look = try pass(ahead, search, labels(2))
        let direction = look.weightGradient.map { Scalar($0) }
        let length = direction.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
        let reach = try #require(UnrolledDescent.reach(along: length))
        let up = try pass(UnrolledDescent.moved(weights, along: direction, by: reach), train, labels(1))
        let down = try pass(UnrolledDescent.moved(weights, along: direction, by: -reach), train, labels(1))
        let first = alphaGradient(look)
        let gradient = UnrolledDescent.gradient(
            search: first, up: alphaGradient(up), down: alphaGradient(down), rate: 0.025, reach: reach)
        return (first, gradient, look.loss)
    }

    private func distance(_ left: [Double], _ right: [Double]) -> Double {
        let norm = right.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return zip(left, right).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot() / norm
    }

    private func cosine(_ left: [Double], _ right: [Double]) -> Double {
        func product(_ left: [Double], _ right: [Double]) -> Double { zip(left, right).reduce(0) { $0 + $1.0 * $1.1 } }
        return product(left, right) / (product(left, left) * product(right, right)).squareRoot()
    }

    private func mixture() -> EdgeTable<Float> { Softmax.sample(alpha: Self.alpha).mixture }

    @Test("In Double it is PyTorch's to 1e-6 of its norm")
    func doubles() throws {
        let golden = try Golden()
        let network = SuperNetwork(plan: Self.plan, layout: Self.layout, precision: .double)
        let (first, gradient, loss) = try unrolled(golden, as: Double.self) { weights, pixels, labels in
            try network.trainingPass(
                try network.load(weights: weights), mixture: mixture(), pixels: pixels, labels: labels, dropPath: nil)
        }
        #expect(abs(loss - golden.loss) < 1e-6 * golden.loss)
        #expect(distance(first, golden.first) < 1e-6)
        #expect(distance(gradient, golden.gradient) < 1e-6, "\(distance(gradient, golden.gradient))")
        #expect(distance(golden.first, golden.gradient) > 0.01, "the second term is there")
    }

    /// What a search does: Float weights, kernels, gradients that came in Float.
    @Test("In Float by the kernels it points where PyTorch's in Double does, to a cosine of 0.9999")
    func floats() throws {
        let golden = try Golden()
        let network = SuperNetwork(plan: Self.plan, layout: Self.layout, path: .kernels)
        let (_, gradient, _) = try unrolled(golden, as: Float.self) { weights, pixels, labels in
            try network.trainingPass(
                try network.load(weights: weights), mixture: mixture(), pixels: pixels, labels: labels, dropPath: nil)
        }
        let cosine = cosine(gradient.map { Double($0) }, golden.gradient)
        #expect(cosine > 0.9999, "\(cosine)")
        // Of the second term alone, which is a small difference of large numbers.
        let term = zip(gradient, golden.first).map { Double($0) - $1 }
        let exact = zip(golden.gradient, golden.first).map { $0 - $1 }
        #expect(self.cosine(term, exact) > 0.99, "\(self.cosine(term, exact))")
    }
}
