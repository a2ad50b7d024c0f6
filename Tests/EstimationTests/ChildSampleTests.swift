import Estimation
import Randomness
import SearchSpace
import Testing

/// Children that are drawn from softmax(alpha), and what is learned from them, against all children of a small space.
@Suite
struct ChildSampleTests {
    /// Two edges of three operations each: nine children.
    private static let shape = EdgeTableShape(
        candidates: [[[.none, .skipConnect, .sepConv3x3], [.none, .skipConnect, .sepConv3x3]], []])
    private static let alpha = EdgeTable<Float>(shape, [0.3, -0.8, 1.1, 0.6, 0.2, -0.5])

    private struct Child {
        let columns: [Int]
        let sample: CategoricalSample
        let probability: Double
    }

    /// Every child once, with its probability.
    private static let children: [Child] = {
        let probabilities = alpha.probabilities().entries
        return (0..<3).flatMap { first in
            (0..<3).map { second in
                var noise = [Double](repeating: 0, count: 6)
                noise[first] = 100
                noise[3 + second] = 100
                return Child(
                    columns: [first, second], sample: CategoricalSample(alpha: alpha, noise: noise),
                    probability: probabilities[first] * probabilities[3 + second])
            }
        }
    }()

    /// Of a function of the child, exactly.
    private static func expectation(_ value: (Child) -> [Double]) -> [Double] {
        children.reduce([Double](repeating: 0, count: 6)) { sum, child in
            zip(sum, value(child)).map { $0 + child.probability * $1 }
        }
    }

    /// The gradient of an expected value by alpha, by central differences of the exact expectation.
    private static func slopes(_ value: ([Int]) -> Double) -> [Double] {
        func expected(_ logits: [Double]) -> Double {
            let probabilities = EdgeTable(shape, logits).softmax().entries
            return children.reduce(0) {
                $0 + probabilities[$1.columns[0]] * probabilities[3 + $1.columns[1]] * value($1.columns)
            }
        }
        let logits = alpha.entries.map(Double.init)
        return logits.indices.map { entry in
            var (up, down) = (logits, logits)
            up[entry] += 1e-5
            down[entry] -= 1e-5
            return (expected(up) - expected(down)) / 2e-5
        }
    }

    private static func distance(_ left: [Double], _ right: [Double]) -> Double {
        zip(left, right).map { abs($0 - $1) }.max() ?? 0
    }

    @Test(
        "A child has each operation as often as softmax(alpha) says, whatever hangs the shards' noise together",
        arguments: ShardNoise.allCases)
    func frequencies(noise: ShardNoise) {
        var counts = [Int](repeating: 0, count: 6)
        let steps = 5000
        for step in 0..<steps {
            for shard in 0..<4 {
                let noise = GumbelSoftmax.stepNoise(
                    count: 6, noise: noise, seed: 5, step: UInt64(step), shard: shard, shardCount: 4)
                for entry in CategoricalSample(alpha: Self.alpha, noise: noise).chosen.chosenEntries {
                    counts[entry] += 1
                }
            }
        }
        let expected = Self.alpha.probabilities().entries.map { $0 * Double(4 * steps) }
        let chiSquare = zip(counts, expected).reduce(0.0) { $0 + (Double($1.0) - $1.1) * (Double($1.0) - $1.1) / $1.1 }
        // Twice 2 degrees of freedom: 18.5 is passed once in a thousand; the seed is fixed.
        #expect(chiSquare < 18.5, "\(counts)")
    }

    /// A loss that is affine in each edge's Z: a constant, a term an edge, and a product of both.
    private static func affine(_ z: [Double]) -> (value: Double, credits: [Double]) {
        let own = [0.4, -1.3, 0.9, 2.0, 0.1, -0.7]
        let pairs = [[1.5, -0.2, 0.3], [0.8, 0.6, -2.0], [-0.4, 1.1, 0.5]]
        var value = 3.0
        var credits = own
        for first in 0..<3 {
            value += own[first] * z[first] + own[3 + first] * z[3 + first]
            for second in 0..<3 {
                value += pairs[first][second] * z[first] * z[3 + second]
                credits[first] += pairs[first][second] * z[3 + second]
                credits[3 + second] += pairs[first][second] * z[first]
            }
        }
        return (value, credits)
    }

    private static func table(_ columns: [Int]) -> [Double] {
        (0..<6).map { $0 == columns[0] || $0 == 3 + columns[1] ? 1 : 0 }
    }

    @Test("DSNAS' gradient is exact in the mean where the loss is affine in each edge's Z, and biased where it is not")
    func firstOrder() {
        let exact = Self.slopes { Self.affine(Self.table($0)).value }
        let estimated = Self.expectation { child in
            let credits = EdgeTable(Self.shape, Self.affine(child.sample.chosen.entries).credits)
            return child.sample.alphaGradient(credits: credits).entries
        }
        #expect(exact.contains { abs($0) > 0.1 } && Self.distance(exact, estimated) < 1e-9)
        // The square of the same loss: its credits are 2 L times these.
        let squared = Self.slopes { Self.affine(Self.table($0)).value * Self.affine(Self.table($0)).value }
        let biased = Self.expectation { child in
            let (value, credits) = Self.affine(child.sample.chosen.entries)
            return child.sample.alphaGradient(credits: EdgeTable(Self.shape, credits.map { 2 * value * $0 })).entries
        }
        #expect(Self.distance(squared, biased) > 0.1)
    }

    /// Any reward at all of the nine children.
    private static func reward(_ columns: [Int]) -> Double {
        [[0.9, 0.4, 0.7], [0.1, 0.85, 0.3], [0.6, 0.2, 0.95]][columns[0]][columns[1]]
    }

    @Test("REINFORCE is unbiased: its mean over all children is the gradient of the negative expected reward")
    func unbiased() {
        let exact = Self.slopes { -Self.reward($0) }
        let estimated = Self.expectation { $0.sample.policyGradient(reward: Self.reward($0.columns)).entries }
        #expect(exact.contains { abs($0) > 0.02 } && Self.distance(exact, estimated) < 1e-9)
    }

    /// The mean and the variance of two children's mean gradient with baselines, over all pairs of children.
    private static func pairs(_ baseline: RewardBaseline, running: Double?) -> (mean: [Double], variance: Double) {
        var mean = [Double](repeating: 0, count: 6)
        var square = 0.0
        for left in children {
            for right in children {
                let rewards = [left, right].map { reward($0.columns) }
                var memory = running
                let baselines = baseline.values(for: rewards, decay: 0.99, running: &memory)
                let gradients = zip([left, right], zip(rewards, baselines)).map {
                    $0.sample.policyGradient(reward: $1.0 - $1.1).entries
                }
                let gradient = zip(gradients[0], gradients[1]).map { ($0 + $1) / 2 }
                let probability = left.probability * right.probability
                for entry in mean.indices { mean[entry] += probability * gradient[entry] }
                square += probability * gradient.reduce(0) { $0 + $1 * $1 }
            }
        }
        return (mean, square - mean.reduce(0) { $0 + $1 * $1 })
    }

    @Test("A baseline moves no mean of the policy gradient and lowers its variance, be it the others' or the past's")
    func baselines() {
        let exact = Self.slopes { -Self.reward($0) }
        let none = Self.pairs(.movingAverage, running: 0)
        let past = Self.pairs(.movingAverage, running: 0.6)
        let others = Self.pairs(.leaveOneOut, running: nil)
        for outcome in [none, past, others] { #expect(Self.distance(exact, outcome.mean) < 1e-9) }
        #expect(past.variance < 0.5 * none.variance && others.variance < none.variance)
        // A first step's own mean takes half of two children's gradient away: the one step that is short.
        #expect(Self.distance(exact.map { $0 / 2 }, Self.pairs(.movingAverage, running: nil).mean) < 1e-9)
    }

    @Test("The moving average starts at the first mean and then follows by what it does not keep")
    func movingAverage() {
        var running: Double?
        let average = RewardBaseline.movingAverage
        let first = average.values(for: [0.25, 0.75], decay: 0.9, running: &running)
        #expect(first == [0.5, 0.5] && running == 0.5)
        let second = average.values(for: [0.75, 0.5, 0.625], decay: 0.5, running: &running)
        #expect(second == [0.5, 0.5, 0.5] && running == 0.5 * 0.5 + 0.5 * 0.625)
        var untouched: Double? = 0.5
        let others = RewardBaseline.leaveOneOut.values(for: [0.2, 0.4, 0.9], decay: 0.9, running: &untouched)
        #expect(zip(others, [0.65, 0.55, 0.3]).allSatisfy { abs($0 - $1) < 1e-12 } && untouched == 0.5)
    }

    @Test("The entropy's bonus is the exact gradient of what is paid for each nat")
    func entropy() {
        let logits = Self.alpha.entries.map(Double.init)
        func paid(_ logits: [Double]) -> Double {
            EdgeTable(Self.shape, logits.map { Float($0) }).entropy()
        }
        let gradient = EntropyBonus.gradient(Self.alpha, coefficient: 0.7).entries
        for entry in logits.indices {
            var (up, down) = (logits, logits)
            up[entry] += 0.01
            down[entry] -= 0.01
            #expect(abs(gradient[entry] + 0.7 * (paid(up) - paid(down)) / 0.02) < 1e-4)
        }
        let certain = EntropyBonus.gradient(EdgeTable(Self.shape, [0, -1000, -1000, 0, -1000, -1000]), coefficient: 1)
        #expect(certain.entries.allSatisfy { $0 == 0 }, "what cannot be drawn has no share in it")
    }
}
