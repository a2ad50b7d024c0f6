import Network
import Optimization
import Randomness
import SearchSpace
import Tensors
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// A group of shards as one batch, in Double on the processor, beside its shards one by one.
@Suite
struct GroupPassTests {
    private static let image = ImageShape(channels: 2, height: 8, width: 8)
    private static let images = 3
    private static let shardCount = 4

    // MARK: What is compared

    /// Mixtures of all shards, and whether operations of weight 0 are left out.
    enum Mixtures: String, CaseIterable, CustomTestStringConvertible {
        /// Each shard has its own weights for all operations (relaxed, straight-through in its backward).
        case relaxed
        /// All shards have the same (softmax, given).
        case shared
        /// Each shard has one operation an edge (one-hot, categorical).
        case oneHot
        /// Each shard leaves out some (a floor).
        case floored

        var testDescription: String { rawValue }
        var leavesOut: Bool { self == .oneHot || self == .floored }

        func table(_ shape: EdgeTableShape, shard: Int) -> EdgeTable<Float> {
            let phase = self == .shared ? 1 : Double(shard)
            let values = formula(shape.count, phase).map { exp(2 * $0) }
            let soft = EdgeTable(shape, values.map { Float($0) })
            switch self {
            case .relaxed, .shared: return soft
            case .oneHot: return EdgeTable(shape, values).oneHot()
            case .floored: return soft.map { $0 < 0.7 ? 0 : $0 }
            }
        }
    }

    /// A super-network, what its shards are given beside their images, and the space's name for people.
    enum Space: String, CaseIterable, CustomTestStringConvertible {
        case darts, nasBench201, noise, auxiliarySkip

        var testDescription: String { rawValue }

        var space: SearchSpace {
            switch self {
            case .darts: .darts(nodes: 2)
            case .nasBench201: NamedSpace.nasBench201.space(nodes: 4)
            case .noise: NamedSpace.s4.space(nodes: 2)
            case .auxiliarySkip: SearchSpace.darts(nodes: 2).withAuxiliarySkip(true)
            }
        }
    }

    private static func pixels(_ shard: Int) -> [Float] {
        formula(images * image.count, 3 + 5 * Double(shard)).map { Float(2 * $0) }
    }

    private static func labels(_ shard: Int) -> [Int32] { (0..<images).map { Int32((3 * $0 + shard + 1) % 10) } }

    private static func masks(_ edges: Int, shard: Int) -> [Float] {
        (0..<edges * images).map { (7 * $0 + 3 * shard) % 5 == 0 ? 0 : Float(1 / 0.8) }
    }

    private static func noise(_ shard: Int) -> PassNoise { PassNoise(.noiseOperation, seed: 2, step: 1, shard: shard) }

    private static func superNetwork(_ space: SearchSpace, _ precision: Precision) -> SuperNetwork {
        let plan = NetworkPlan(image: image, classes: 10, initChannels: 4, layers: 3, space: space)
        return SuperNetwork(plan: plan, layout: .superNetwork(plan), precision: precision)
    }

    private static func shards(of network: SuperNetwork, _ mixtures: Mixtures) -> [GroupedShard] {
        (0..<shardCount).map { shard in
            GroupedShard(
                mixture: mixtures.table(network.plan.space.shape, shard: shard), pixels: pixels(shard),
                labels: labels(shard), dropPath: masks(network.edgesOfAllCells, shard: shard), noise: noise(shard),
                lossFactor: mixtures == .relaxed ? 1 + Float(shard) / 4 : 1)
        }
    }

    private static func derivedNetwork(smoothing: Double, _ precision: Precision) throws -> DerivedNetwork {
        let genotype = try Genotype(
            parsing: """
                Genotype(normal=[('sep_conv_3x3', 0), ('max_pool_3x3', 1), ('skip_connect', 0), ('dil_conv_5x5', 2)],
                normal_concat=[2, 3], reduce=[('avg_pool_3x3', 0), ('conv_7x1_1x7', 1), ('skip_connect', 0),
                ('sep_conv_5x5', 2)], reduce_concat=[2, 3])
                """)
        let plan = DerivedPlan(
            genotype: genotype, image: ImageShape(channels: 2, height: 16, width: 16), classes: 10, initChannels: 4,
            layers: 4, hasAuxiliary: true, poolsHaveBatchNorm: true)
        return DerivedNetwork(
            plan: plan, layout: .derivedNetwork(plan), labelSmoothing: smoothing, precision: precision)
    }

    private static func shards(of network: DerivedNetwork) -> [GroupedShard] {
        (0..<shardCount).map { shard in
            GroupedShard(
                mixture: nil, pixels: formula(images * network.plan.image.count, Double(shard)).map { Float(2 * $0) },
                labels: labels(shard), dropPath: masks(network.edgesOfAllCells, shard: shard), noise: noise(shard))
        }
    }

    // MARK: How it is compared

    /// Euclidean distance, in the reference's norm.
    private func distance(_ ours: some Collection<Double>, _ theirs: some Collection<Double>) -> Double {
        guard ours.count == theirs.count else { return .infinity }
        let norm = theirs.reduce(0) { $0 + $1 * $1 }
        let difference = zip(ours, theirs).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        return (difference / max(norm, 1e-30)).squareRoot()
    }

    private func expect(
        _ group: ExactGroupPass, equals alone: [ExactGroupPass], factors: [Float], _ layout: WeightLayout
    ) {
        #expect(distance(group.losses, alone.flatMap(\.losses)) < 1e-10)
        var sum = [Double](repeating: 0, count: layout.weightCount)
        for pass in alone { for (place, value) in pass.weightGradient.enumerated() { sum[place] += value } }
        var compared = 0
        for entry in layout.entries {
            // Below this a gradient is the rounding of a sum that is zero.
            guard sum[entry.range].contains(where: { abs($0) > 1e-7 }) else { continue }
            compared += 1
            #expect(distance(group.weightGradient[entry.range], sum[entry.range]) < 1e-10, "\(entry.name)")
        }
        #expect(compared > layout.entries.count / 4)
        for (shard, pass) in alone.enumerated() {
            #expect(distance(group.statistics[shard], pass.statistics[0]) < 1e-10, "shard \(shard)")
            #expect(distance(group.credits[shard], pass.credits[0]) < 1e-10, "shard \(shard)")
            #expect(zip(group.credits[shard], pass.credits[0]).allSatisfy { ($0 == 0) == ($1 == 0) })
        }
    }

    @Test(
        "A super-network's group of four shards is its shards to 1e-10: losses, weights' gradient, credits, statistics",
        arguments: Space.allCases, Mixtures.allCases)
    func superNetwork(space: Space, mixtures: Mixtures) throws {
        let network = Self.superNetwork(space.space, .double)
        let weights = try network.load(weights: formulaWeights(network.layout))
        let shards = Self.shards(of: network, mixtures)
        let group = try network.exactGroupPass(weights, shards, leavesOut: mixtures.leavesOut)
        let alone = try shards.map { try network.exactGroupPass(weights, [$0], leavesOut: mixtures.leavesOut) }
        expect(group, equals: alone, factors: shards.map(\.lossFactor), network.layout)
        #expect(Set(group.losses).count == Self.shardCount)
        // Some operations are computed for a shard that does not have them.
        if mixtures.leavesOut { #expect(group.credits.contains { $0.contains(0) }) }
    }

    @Test(
        "A derived network's too, with auxiliary head, drop path and smoothed labels",
        arguments: [0, 0.1])
    func derivedNetwork(smoothing: Double) throws {
        let network = try Self.derivedNetwork(smoothing: smoothing, .double)
        let weights = try network.load(weights: formulaWeights(network.layout))
        let shards = Self.shards(of: network)
        let group = try network.exactGroupPass(weights, shards)
        let alone = try shards.map { try network.exactGroupPass(weights, [$0]) }
        expect(group, equals: alone, factors: shards.map(\.lossFactor), network.layout)
    }

    // MARK: What is handed on

    /// Both rounded from Double to Float.
    private func expect(
        _ group: GroupPass, equals alone: [TrainingPass], _ layout: WeightLayout, factors: [Float] = [1, 1, 1, 1]
    ) {
        let tree = ShardTree(shardCount: alone.count)
        var sum = TreeSum(tree: tree)
        for (shard, pass) in alone.enumerated() {
            let own = group.shards[shard]
            #expect(abs(own.loss - pass.loss) < 1e-12 * pass.loss && own.hits == pass.hits)
            #expect(NetworkTests.distance(own.logits, pass.logits) < 1e-7)
            #expect(NetworkTests.distance(own.auxiliaryLogits, pass.auxiliaryLogits) < 1e-7)
            #expect(own.credits.count == pass.credits.count)
            #expect(NetworkTests.distance(own.credits, pass.credits.map { factors[shard] * $0 }) < 1e-6)
            _ = sum.fill(tree.leaf(shard), with: pass.payload)
        }
        #expect(group.payload.parts == sum.addend?.parts)
        let (ours, theirs) = (group.payload.array, sum.total ?? [])
        for range in layout.entries.map(\.range) + layout.statistics.map({ shifted($0, layout) }) {
            guard theirs[range].contains(where: { abs($0) > 1e-6 }) else { continue }
            #expect(NetworkTests.distance(ours[range], theirs[range]) < 1e-6)
        }
    }

    private func shifted(_ entry: StatisticEntry, _ layout: WeightLayout) -> Range<Int> {
        layout.weightCount + entry.range.lowerBound..<layout.weightCount + entry.range.upperBound
    }

    @Test(
        "What a group hands on is what its shards' own passes sum to in the tree, in the same parts of the vector",
        arguments: [Mixtures.shared, .oneHot, .floored])
    func payload(mixtures: Mixtures) throws {
        let network = Self.superNetwork(.darts(nodes: 2), .double)
        let weights = try network.load(weights: formulaWeights(network.layout))
        let shards = Self.shards(of: network, mixtures)
        let alone = try shards.map {
            try network.trainingPass(
                weights, mixture: $0.mixture, pixels: $0.pixels, labels: $0.labels, dropPath: $0.dropPath,
                noise: $0.noise, leavesOut: mixtures.leavesOut)
        }
        let group = try network.groupPass(weights, shards, leavesOut: mixtures.leavesOut)
        #expect((group.payload.parts != nil) == mixtures.leavesOut)
        expect(group, equals: alone, network.layout)
    }

    @Test("So is a derived network's, whose shards also say what their auxiliary heads did")
    func derivedPayload() throws {
        let network = try Self.derivedNetwork(smoothing: 0.1, .double)
        let weights = try network.load(weights: formulaWeights(network.layout))
        let shards = Self.shards(of: network)
        let alone = try shards.map {
            try network.trainingPass(
                weights, pixels: $0.pixels, labels: $0.labels, dropPath: $0.dropPath, noise: $0.noise)
        }
        expect(try network.groupPass(weights, shards), equals: alone, network.layout)
        #expect(alone.allSatisfy { !$0.auxiliaryLogits.isEmpty })
    }

    @Test("A shard's loss factor is in the gradients and credits, not in the loss that is reported")
    func lossFactors() throws {
        let network = Self.superNetwork(.darts(nodes: 2), .double)
        let weights = try network.load(weights: formulaWeights(network.layout))
        func shards(_ factor: Float) -> [GroupedShard] {
            Self.shards(of: network, .shared).map {
                GroupedShard(
                    mixture: $0.mixture, pixels: $0.pixels, labels: $0.labels, dropPath: nil, noise: nil,
                    lossFactor: factor)
            }
        }
        let plain = try network.groupPass(weights, shards(1), leavesOut: false)
        let doubled = try network.groupPass(weights, shards(2), leavesOut: false)
        #expect(plain.shards.map(\.loss) == doubled.shards.map(\.loss))
        for (one, two) in zip(plain.shards, doubled.shards) { #expect(one.credits.map { 2 * $0 } == two.credits) }
        let count = network.layout.weightCount
        #expect(plain.payload.array[..<count].map { 2 * $0 } == Array(doubled.payload.array[..<count]))
        #expect(plain.payload.array[count...] == doubled.payload.array[count...])
    }
}
