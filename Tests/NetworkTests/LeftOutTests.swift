import Configuration
import Formats
import Host
import Network
import Optimization
import SearchSpace
import Tensors
import Testing
import Training

#if canImport(Glibc)
    import Glibc
#endif

/// What shards leave out is neither stepped nor counted: two steps of two shards against PyTorch in Double (generate_left_out.py).
@Suite
struct LeftOutTests {
    private static let plan = NetworkPlan(
        image: ImageShape(channels: 1, height: 8, width: 8), classes: 10, initChannels: 4, layers: 3, space: .darts())
    private static let layout = WeightLayout.superNetwork(plan)
    private static let images = 6

    private let golden: JSONValue

    init() throws {
        let folder = FileSystem.parent(of: try #require(HostInfo.executablePath()))
        let path = "\(folder)/snas_NetworkTests.resources/Fixtures/left_out.json"
        golden = try JSONValue.parse(try FileSystem.readFile(path, limitBytes: 1 << 20), source: path)
    }

    /// One on the column that each edge keeps.
    private func mixture(step: Int, shard: Int) -> EdgeTable<Float> {
        var entries = [Float](repeating: 0, count: Self.plan.space.shape.count)
        for (kind, (factor, offset)) in [(3, 0), (5, 1)].enumerated() {
            for edge in 0..<14 {
                let column = (factor * edge + 2 * shard + step + offset) % 8
                entries[(14 * kind + edge) * 8 + column] = 1
            }
        }
        return EdgeTable(Self.plan.space.shape, entries)
    }

    private func training() -> TrainingPlan {
        var configuration = SearchConfiguration()
        configuration.space.initChannels = 4
        configuration.space.layers = 3
        configuration.training.batchSize = 2 * Self.images
        configuration.training.shards = 2
        configuration.training.learningRate = 0.05
        configuration.training.learningRateMin = 0.05
        return TrainingPlan(
            configuration, layout: Self.layout, classes: 10, gradientImages: 2 * Self.images, heldOutImages: 0)
    }

    /// The state after both steps.
    ///
    /// - Parameter knowsUsage: false steps and counts everything, as if zeros were gradients.
    private func stepped(_ path: CellPath, knowsUsage: Bool) throws -> RunState {
        let plan = training()
        let phase = try #require(golden["phase"]?.number)
        let network = SuperNetwork(
            plan: Self.plan, layout: Self.layout, precision: path == .operators ? .double : .float, path: path)
        var state = RunState(plan.configuration, layout: Self.layout, Self.plan.space.shape)
        state.weights = formulaWeights(Self.layout)
        for step in 0..<2 {
            var sum = [Float](repeating: 0, count: Self.layout.weightCount + Self.layout.statisticCount)
            var used = [Int](repeating: 0, count: Self.plan.space.shape.count)
            for shard in 0..<2 {
                let mixture = mixture(step: step, shard: shard)
                for (entry, weight) in mixture.entries.enumerated() where weight != 0 { used[entry] += 1 }
                let pass = try network.trainingPass(
                    try network.load(weights: state.weights), mixture: mixture,
                    pixels: formula(Self.images * 64, phase + Double(7 * shard + step)).map { Float(2 * $0) },
                    labels: (0..<Self.images).map { Int32((3 * $0 + 1 + shard) % 10) }, dropPath: nil, leavesOut: true)
                for (place, value) in pass.payload.array.enumerated() { sum[place] += value }
            }
            let gradient = MeanGradient(of: sum[..<Self.layout.weightCount], shards: 2, maximumNorm: 1e9)
            let isFinite = state.step(
                gradient, statistics: Array(sum[Self.layout.weightCount...]), shards: 2,
                usage: knowsUsage ? RoundUsage(shards: used, of: 2) : nil, plan)
            #expect(isFinite)
            state.step += 1
        }
        return state
    }

    private func expect(_ state: RunState, equals key: String, tolerance: Double) throws {
        for entry in Self.layout.entries {
            let own = state.weights[entry.range].map(Double.init)
            let pair = try #require(golden[key]?[entry.name]?.elements).compactMap(\.number)
            let norm = own.reduce(0) { $0 + $1 * $1 }.squareRoot()
            let product = zip(own, formula(own.count, 3)).reduce(0) { $0 + $1.0 * $1.1 }
            #expect(abs(norm - pair[0]) < tolerance * pair[0], "\(entry.name)")
            #expect(abs(product - pair[1]) < tolerance * pair[0], "\(entry.name)")
        }
    }

    @Test(
        "Weights that no shard used stay, as PyTorch's do without a gradient; with zeros for gradients they would decay, as PyTorch's do then",
        arguments: [CellPath.operators, .kernels])
    func weights(path: CellPath) throws {
        let tolerance = path == .operators ? 2e-6 : 1e-4
        let state = try stepped(path, knowsUsage: true)
        try expect(state, equals: "weights", tolerance: tolerance)
        try expect(try stepped(path, knowsUsage: false), equals: "weights_by_zeros", tolerance: tolerance)
        let unused = try #require(golden["unused"]?.elements).map { Set($0.elements?.compactMap(\.text) ?? []) }
        let always = unused[0].intersection(unused[1])
        #expect(always.count > 50 && unused[0] != unused[1])
        let first = formulaWeights(Self.layout)
        for entry in Self.layout.entries where always.contains(entry.name) {
            #expect(state.weights[entry.range] == first[entry.range], "\(entry.name)")
            #expect(state.velocity[entry.range].allSatisfy { $0 == 0 }, "\(entry.name)")
        }
    }

    @Test("Running statistics are the mean over the shards that computed them; those of nobody stay 0 and 1")
    func statistics() throws {
        let state = try stepped(.operators, knowsUsage: true)
        let never = Set(golden["never_computed"]?.elements?.compactMap(\.text) ?? [])
        #expect(never.count > 50)
        for entry in Self.layout.statistics {
            let own = Array(state.statistics[entry.range])
            guard !never.contains(entry.name) else {
                #expect(
                    own == [Float](repeating: 0, count: entry.channels) + [Float](repeating: 1, count: entry.channels))
                continue
            }
            let theirs = try #require(golden["statistics"]?[entry.name]?.elements).compactMap(\.number).map {
                Float($0)
            }
            #expect(distance(own, theirs) < 1e-5, "\(entry.name)")
        }
    }
}
