import Testing

import Optimization

@Suite
struct OptimizationTests {
    @Test("Any order and any grouping of the contributions gives the same bits, each shard once", arguments: 1...17)
    func treeSum(shards: Int) {
        let tree = ShardTree(shardCount: shards)
        let values = (0..<shards).map { shard in (0..<7).map { Float(1) / Float(1 + shard * 7 + $0) * 1e3 } }
        /// The definition, straight: the left child takes the largest power of two below the count.
        func reference(_ range: Range<Int>) -> [Float] {
            guard range.count > 1 else { return values[range.lowerBound] }
            var left = 1
            while left * 2 < range.count { left *= 2 }
            let (a, b) = (
                reference(range.lowerBound..<range.lowerBound + left),
                reference(range.lowerBound + left..<range.upperBound)
            )
            return zip(a, b).map { $0 + $1 }
        }
        let expected = reference(0..<shards)
        var generator = SplitMix(state: UInt64(shards))
        for _ in 0..<50 {
            var sum = TreeSum(tree: tree)
            // Random cuts into runs, each a few whole nodes, answered twice and in random order.
            var nodes: [TreeNode] = []
            var start = 0
            while start < shards {
                let end = start + 1 + Int(generator.next() % UInt64(shards - start))
                nodes += tree.nodes(covering: start..<end)
                start = end
            }
            for node in (nodes + nodes).shuffled(using: &generator) {
                _ = sum.fill(node, with: reference(tree.shards(of: node)))
            }
            #expect(sum.total == expected)
            #expect(sum.unfilledShards.isEmpty)
            #expect(sum.fill(tree.leaf(0), with: values[0]) == .alreadyCovered)
        }
        // A larger answer after a part of it: the part is dropped, not added.
        var sum = TreeSum(tree: tree)
        _ = sum.fill(tree.leaf(0), with: values[0])
        _ = sum.fill(tree.root, with: expected)
        #expect(sum.total == expected)
        #expect(sum.heldVectors == 1)
    }

    @Test("The fewest nodes cover a run, and canonical nodes have parents and children that fit")
    func nodes() {
        let tree = ShardTree(shardCount: 6)
        #expect(tree.nodes(covering: 0..<6) == [tree.root])
        #expect(tree.nodes(covering: 1..<5).map { tree.shards(of: $0) } == [1..<2, 2..<4, 4..<5])
        #expect(
            tree.children(of: tree.root).map { [tree.shards(of: $0.left), tree.shards(of: $0.right)] } == [
                0..<4, 4..<6,
            ])
        #expect(tree.canonical(TreeNode(level: 2, index: 1)) == TreeNode(level: 1, index: 2))
        #expect(tree.parent(of: TreeNode(level: 1, index: 2)) == tree.root)
        #expect(!tree.isValid(TreeNode(level: 0, index: 6)) && !tree.isValid(TreeNode(level: 9, index: 0)))
    }

    /// A gradient of one shard, too short to be clipped.
    private static func mean(_ gradient: [Float]) -> MeanGradient {
        MeanGradient(of: gradient[...], shards: 1, maximumNorm: 100)
    }

    @Test("SGD and Adam take PyTorch's steps")
    func optimisers() {
        // torch.optim.SGD(lr 0.1, momentum 0.9, weight_decay 0.01) on w = [1, -2], gradients [0.5, 1] then [-1, 0.25].
        var weights: [Float] = [1, -2]
        var velocity: [Float] = [0, 0]
        let sgd = SGD(momentum: 0.9, weightDecay: 0.01)
        sgd.step(weights: &weights, velocity: &velocity, gradient: Self.mean([0.5, 1]), learningRate: 0.1)
        #expect(abs(weights[0] - 0.949) < 1e-6 && abs(weights[1] + 2.098) < 1e-6)
        sgd.step(weights: &weights, velocity: &velocity, gradient: Self.mean([-1, 0.25]), learningRate: 0.1)
        // v = 0.9 * [0.51, 0.98] + [-1 + 0.00949, 0.25 - 0.02098] = [-0.53151, 1.11102]
        #expect(abs(weights[0] - 1.002151) < 1e-6 && abs(weights[1] + 2.209102) < 1e-6)
        // Adam's first step is the learning rate against the gradient's sign.
        var alpha: [Float] = [1, 1]
        var (first, second): ([Float], [Float]) = ([0, 0], [0, 0])
        let adam = Adam(beta1: 0.5, beta2: 0.999, weightDecay: 1e-3)
        adam.step(
            parameters: &alpha, first: &first, second: &second, stepNumber: 1, gradient: [0.3, -20], learningRate: 3e-4)
        #expect(abs(alpha[0] - 0.9997) < 1e-7 && abs(alpha[1] - 1.0003) < 1e-7)
        adam.step(
            parameters: &alpha, first: &first, second: &second, stepNumber: 2, gradient: [0.3, -20], learningRate: 3e-4)
        #expect(abs(alpha[0] - 0.9994) < 1e-6 && abs(alpha[1] - 1.0006) < 1e-6)
    }

    @Test("SGD says whether what it wrote is finite, wherever a weight or a velocity overflows")
    func overflow() {
        let sgd = SGD(momentum: 0.9, weightDecay: 0)
        for count in [1, 16, 37] {
            for place in 0..<count {
                var (weights, velocity) = ([Float](repeating: 1, count: count), [Float](repeating: 0, count: count))
                let gradient = Self.mean([Float](repeating: 0.5, count: count))
                #expect(sgd.step(weights: &weights, velocity: &velocity, gradient: gradient, learningRate: 0.1))
                var heavy = weights
                heavy[place] = -.greatestFiniteMagnitude
                velocity[place] = .greatestFiniteMagnitude
                #expect(!sgd.step(weights: &heavy, velocity: &velocity, gradient: gradient, learningRate: 10))
                // 0.9 of the largest is finite again; a velocity that is not stays so, with a rate of 0 too.
                velocity[place] = .infinity
                #expect(!sgd.step(weights: &weights, velocity: &velocity, gradient: gradient, learningRate: 0))
            }
        }
    }

    @Test("Schedules start and end where they should")
    func schedules() {
        for shape in [ScheduleShape.linear, .exponential, .cosine] {
            let schedule = Schedule(shape: shape, start: 5, end: 1e-3)
            #expect(abs(schedule.temperature(at: 0, of: 150) - 5) < 1e-12)
            #expect(abs(schedule.temperature(at: 149, of: 150) - 1e-3) < 1e-12)
            #expect(schedule.temperature(at: 0, of: 1) == 5)
        }
        #expect(abs(Schedule(shape: .linear, start: 1, end: 0.03).temperature(at: 10, of: 21) - 0.515) < 1e-12)
        #expect(abs(Schedule.cosineLearningRate(at: 75, of: 150, maximum: 0.025, minimum: 0.001) - 0.013) < 1e-12)
    }

    @Test("A gradient longer than the limit is cut to it, a shorter one is left alone")
    func clipping() {
        var gradient: [Float] = [3, 4]
        #expect(GradientClipping.clip(&gradient, maximumNorm: 10) == 5)
        #expect(gradient == [3, 4])
        #expect(GradientClipping.clip(&gradient, maximumNorm: 1) == 5)
        #expect(abs(gradient[0] - 0.6) < 1e-6 && abs(gradient[1] - 0.8) < 1e-6)
    }
}

/// A small generator for shuffles that a seed repeats.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
