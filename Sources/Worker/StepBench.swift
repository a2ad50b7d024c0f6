import Configuration
import Datasets
import Estimation
import Formats
import Host
import Network
import Optimization
import Randomness
import SearchSpace
import Tensors
import Wire

/// `snas-worker --bench step`: whole steps of a search on made-up images, without coordinator or wire: forward, backward and
/// both optimisers, on as many threads as a worker has. What `snas bench step` starts.
struct StepBench {
    var threads = HostInfo.coreCount()
    var batchSize = 64
    var shards = 8
    var channels = 16
    var layers = 8
    var steps = 12
    var path = CellPath.kernels

    /// Steps before the clock counts: pools fill and pages are touched.
    private static let warmUpSteps = 2
    private static let side = 32

    /// A step's shards are taken from a queue by the threads and come back here.
    private struct Work: Sendable {
        let round: NetworkRound
        let shard: Int
    }

    private enum Outcome: Sendable {
        case done(shard: Int, ShardReport, [Float])
        case failed(String)
    }

    func run() throws -> StepBenchResult {
        let run = try NetworkRun(configuration: configuration, set: images(), device: "cpu", path: path)
        let work = WorkQueue<Work>()
        let outcomes = WorkQueue<Outcome>()
        let pool = try (0..<threads).map { number in
            try NativeThread(name: "bench \(number)") {
                while let item = work.next() {
                    do {
                        let (report, payload) = try item.round.compute(shard: item.shard)
                        outcomes.append([.done(shard: item.shard, report, payload)])
                    } catch { outcomes.append([.failed("\(error)")]) }
                }
            }
        }
        defer {
            work.close()
            for thread in pool { thread.join() }
        }
        var state = BenchState(run)
        var times: [StepBenchResult.Times] = []
        var peakBytes = 0
        for step in 0..<steps + Self.warmUpSteps {
            let taken = try self.step(step, run, &state, work, outcomes)
            if step >= Self.warmUpSteps { times.append(taken) }
            if step == Self.warmUpSteps { peakBytes = HostInfo.peakResidentBytes() }
        }
        // Of the peak: what is resident at one moment depends on where in its shard each thread is.
        let growth = HostInfo.peakResidentBytes() - peakBytes
        return StepBenchResult(
            bench: self, times: times, stages: try stages(run, state), peakBytes: HostInfo.peakResidentBytes(),
            growthBytes: growth,
            multiplyAdds: Self.multiplyAdds(run.network.plan), planeBytes: Self.planeBytes(run.network.plan))
    }

    private var configuration: SearchConfiguration {
        var configuration = SearchConfiguration()
        configuration.space.initChannels = channels
        configuration.space.layers = layers
        configuration.training.batchSize = batchSize
        configuration.training.shards = shards
        configuration.data.trainPortion = 1
        return configuration
    }

    /// Images of CIFAR's form with pixels of no meaning: an epoch of eight steps.
    private func images() -> ImageSet {
        let count = 8 * batchSize
        let pixelCount = count * 3 * Self.side * Self.side
        let stream = RandomStream(seed: 1, purpose: .split, minor: 999)
        let pixels = (0..<UInt64(pixelCount)).map { UInt8(truncatingIfNeeded: stream.below(256, $0)) }
        let labels = (0..<count).map { UInt8($0 % 10) }
        return ImageSet(
            name: "bench", channels: 3, height: Self.side, width: Self.side, classes: 10,
            images: ImagePart(pixels: pixels, labels: labels), mean: [0.5, 0.5, 0.5], deviation: [0.25, 0.25, 0.25],
            cropPadding: 4, flips: true)
    }

    // MARK: One step

    private struct BenchState {
        var weights: [Float]
        var velocity: [Float]
        var alpha: [Float]
        var first: [Float]
        var second: [Float]

        init(_ run: NetworkRun) {
            weights = InitialValues.weights(run.network.layout, seed: 2)
            velocity = [Float](repeating: 0, count: weights.count)
            alpha =
                InitialValues.alpha(run.tableShape, mean: 1, deviation: 0.01, seed: 2).entries
            first = [Float](repeating: 0, count: alpha.count)
            second = first
        }
    }

    private func job(_ step: Int, alpha: [Float]) -> RoundJob {
        RoundJob(
            kind: .update, step: UInt64(step), epoch: UInt32(step / 8), stepInEpoch: UInt32(step % 8),
            shardCount: shards, imageCount: batchSize, temperature: 1, dropPathProbability: 0.3, table: alpha)
    }

    private func step(
        _ step: Int, _ run: NetworkRun, _ state: inout BenchState, _ work: WorkQueue<Work>,
        _ outcomes: WorkQueue<Outcome>
    ) throws -> StepBenchResult.Times {
        let start = Clock.monotonic()
        let round = try run.load(job(step, alpha: state.alpha), weights: state.weights, statistics: nil)
        work.append((0..<shards).map { Work(round: round, shard: $0) })
        let tree = ShardTree(shardCount: shards)
        var sum = TreeSum(tree: tree)
        var alphaSum = TreeSum(tree: tree)
        for _ in 0..<shards {
            guard let outcome = outcomes.next() else { throw UserError(.internalFault, "the bench's queue was closed") }
            switch outcome {
            case .failed(let reason): throw UserError(.internalFault, reason)
            case .done(let shard, let report, let payload):
                _ = sum.fill(tree.leaf(shard), with: payload)
                _ = alphaSum.fill(tree.leaf(shard), with: report.alphaGradient)
            }
        }
        let summed = Clock.monotonic()
        let gradient = MeanGradient(
            of: (sum.total ?? [])[..<state.weights.count], shards: shards, maximumNorm: 5)
        var alphaGradient = (alphaSum.total ?? []).map { $0 / Float(shards) }
        _ = GradientClipping.clip(&alphaGradient, maximumNorm: 10)
        SGD(momentum: 0.9, weightDecay: 3e-4).step(
            weights: &state.weights, velocity: &state.velocity, gradient: gradient, learningRate: 0.025)
        Adam(beta1: 0.5, beta2: 0.999, weightDecay: 1e-3).step(
            parameters: &state.alpha, first: &state.first, second: &state.second, stepNumber: step + 1,
            gradient: alphaGradient, learningRate: 3e-4)
        let end = Clock.monotonic()
        return .init(seconds: (end - start).seconds, optimiserSeconds: (end - summed).seconds)
    }

    // MARK: Where the time goes

    /// Seconds of one shard's parts on one thread, the median of five. Forward alone is measured as a pass of its own.
    private func stages(_ run: NetworkRun, _ state: BenchState) throws -> StepBenchResult.Stages {
        TorchRuntime.holdToOneThread()
        let indices = Array(0..<batchSize / shards)
        let weights = try run.network.load(weights: state.weights)
        let sample = GumbelSoftmax.sample(
            alpha: EdgeTable(run.tableShape, state.alpha), temperature: 1, seed: 1, purpose: .gumbel, step: 0, shard: 0)
        func median(_ body: () throws -> Void) rethrows -> Double {
            var seconds: [Double] = []
            for _ in 0..<5 {
                let start = Clock.monotonic()
                try body()
                seconds.append((Clock.monotonic() - start).seconds)
            }
            return seconds.sorted()[2]
        }
        let augmentation = Augmentation(padding: 4, flips: true, seed: 1, step: 0, shard: 0)
        var batch = BatchAssembler.assemble(run.set, indices: indices, augmentation: augmentation)
        let assembly = median { batch = BatchAssembler.assemble(run.set, indices: indices, augmentation: augmentation) }
        let forward = try median {
            _ = try run.network.statisticsPass(
                weights, mixture: sample.mixture, pixels: batch.pixels, imageCount: batch.count)
        }
        let whole = try median {
            _ = try run.network.trainingPass(
                weights, mixture: sample.mixture, pixels: batch.pixels, labels: batch.labels, dropPath: nil)
        }
        var timedPass = 0.0
        let (kernels, clocks) =
            path == .operators
            ? ([], 0)
            : try CellKernels.timed {
                let start = Clock.monotonic()
                _ = try run.network.trainingPass(
                    weights, mixture: sample.mixture, pixels: batch.pixels, labels: batch.labels, dropPath: nil)
                timedPass = (Clock.monotonic() - start).seconds
            }
        return .init(
            assembly: assembly, forward: forward, backward: whole - forward, kernels: kernels,
            timedPass: timedPass - clocks)
    }

    /// Bytes that one image's pass cannot help moving: every raw output of a batch norm is written once, and read by the
    /// mixed operation, by the credits and by its own gradient; the first halves of separable convolutions once more.
    static func planeBytes(_ plan: NetworkPlan) -> Int {
        let outputs = 6 * 4 + 2
        return plan.cells.reduce(0) { sum, cell in
            let plane = cell.outputHeight * cell.outputWidth * cell.channels * MemoryLayout<Float>.size
            return sum + plan.topology.edgeCount * outputs * plane
        }
    }

    /// Multiply-adds of one image's forward pass: the convolutions of the cells.
    static func multiplyAdds(_ plan: NetworkPlan) -> Int {
        var total = 0
        for cell in plan.cells {
            let outputs = cell.outputHeight * cell.outputWidth
            let inputs = cell.inputHeight * cell.inputWidth
            total += inputs * cell.channels * (cell.inputChannels0 + cell.inputChannels1)
            for edge in plan.topology.edges {
                let reads = edge.from < 2 && cell.kind == .reduce ? cell.channels : 0
                let depthwise = 2 * 9 + 2 * 25 + 9 + 25
                total += outputs * cell.channels * (depthwise + 6 * cell.channels + reads)
            }
        }
        return total
    }
}
