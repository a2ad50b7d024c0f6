package import Configuration
import Datasets
import Estimation
import Formats
import Host
import Network
import Optimization
import Randomness
import SearchSpace
import Tensors
import Training
import Wire

/// `snas-worker --bench step`: whole steps of a search on made-up images, without coordinator or wire: forward, backward and
/// both optimisers, on as many threads as a worker has. What `snas bench step` starts.
package struct StepBench {
    var threads = HostInfo.coreCount()
    var batchSize = 64
    var shards = 8
    var channels = 16
    var layers = 8
    /// That the clock counts.
    package var steps = 12
    var path = CellPath.kernels

    /// Most that `--steps` takes.
    package static let stepsAtMost = 100_000
    /// Steps before the clock counts: pools fill and pages are touched.
    package static let warmUpSteps = 2
    /// Whole batches of made-up images.
    package static let stepsPerEpoch = 8
    private static let side = 32
    private static let classes = 10

    /// A step's shards are taken from a queue by the threads and come back here.
    private struct Work: Sendable {
        let round: ShardComputation
        let shard: Int
    }

    private enum Outcome: Sendable {
        case done(shard: Int, ShardReport, [Float])
        case failed(String)
    }

    /// As a worker has it where no flag says otherwise.
    package init() {}

    func run() throws -> StepBenchResult {
        let run = try PreparedRun(configuration: configuration, set: images(), device: "cpu", path: path)
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
        let image = ImageShape(channels: 3, height: Self.side, width: Self.side)
        let plan = configuration.plan(image: image, classes: Self.classes)
        var search = try TrainingRun(
            configuration, image: image, classes: Self.classes, gradientImages: run.images.split.gradient.count,
            heldOutImages: 0)
        var times: [StepBenchResult.Times] = []
        var peakBytes = 0
        for step in 0..<steps + Self.warmUpSteps {
            let taken = try self.step(run, &search, work, outcomes)
            if step >= Self.warmUpSteps { times.append(taken) }
            if step == Self.warmUpSteps { peakBytes = HostInfo.peakResidentBytes() }
        }
        // Of the peak: what is resident at one moment depends on where in its shard each thread is.
        let growth = HostInfo.peakResidentBytes() - peakBytes
        return StepBenchResult(
            bench: self, times: times, stages: try stages(run, search.state), peakBytes: HostInfo.peakResidentBytes(),
            growthBytes: growth,
            multiplyAdds: Self.multiplyAdds(plan), planeBytes: Self.planeBytes(plan))
    }

    /// The default search's; of more epochs where the bench takes more steps than that search has.
    package var configuration: SearchConfiguration {
        var configuration = SearchConfiguration()
        let epochs = (steps + Self.warmUpSteps + Self.stepsPerEpoch - 1) / Self.stepsPerEpoch
        configuration.training.epochs = max(configuration.training.epochs, epochs)
        configuration.space.initChannels = channels
        configuration.space.layers = layers
        configuration.training.batchSize = batchSize
        configuration.training.shards = shards
        configuration.data.trainPortion = 1
        configuration.architecture.warmup = 0
        return configuration
    }

    /// Images of CIFAR's form with pixels of no meaning: one epoch.
    private func images() -> ImageSet {
        let count = Self.stepsPerEpoch * batchSize
        let pixelCount = count * 3 * Self.side * Self.side
        let stream = RandomStream(seed: 1, purpose: .split, minor: 999)
        let pixels = (0..<UInt64(pixelCount)).map { UInt8(truncatingIfNeeded: stream.below(256, $0)) }
        let labels = (0..<count).map { UInt8($0 % Self.classes) }
        return ImageSet(
            name: "bench", channels: 3, height: Self.side, width: Self.side, classes: Self.classes,
            images: ImagePart(pixels: pixels, labels: labels), mean: [0.5, 0.5, 0.5], deviation: [0.25, 0.25, 0.25],
            cropPadding: 4, flips: true)
    }

    // MARK: One step

    private func step(
        _ run: PreparedRun, _ search: inout TrainingRun, _ work: WorkQueue<Work>, _ outcomes: WorkQueue<Outcome>
    ) throws -> StepBenchResult.Times {
        guard let planned = search.nextRound() else { preconditionFailure("a bench of more steps than a search has") }
        let start = Clock.monotonic()
        let round = try run.load(planned.job, weights: search.state.weights, statistics: nil)
        work.append((0..<shards).map { Work(round: round, shard: $0) })
        let tree = ShardTree(shardCount: shards)
        var sum = TreeSum(tree: tree)
        var reports = [ShardReport?](repeating: nil, count: shards)
        for _ in 0..<shards {
            guard let outcome = outcomes.next() else { throw UserError(.internalFault, "the bench's queue was closed") }
            switch outcome {
            case .failed(let reason): throw UserError(.internalFault, reason)
            case .done(let shard, let report, let payload):
                _ = sum.fill(tree.leaf(shard), with: payload)
                reports[shard] = report
            }
        }
        let summed = Clock.monotonic()
        _ = search.absorb(planned.job, total: sum.total ?? [], reports: reports.compactMap { $0 })
        let end = Clock.monotonic()
        return .init(seconds: (end - start).seconds, optimiserSeconds: (end - summed).seconds)
    }

    // MARK: Where the time goes

    /// Seconds of one shard's parts on one thread, the median of five. Forward alone is measured as a pass of its own.
    private func stages(_ run: PreparedRun, _ state: RunState) throws -> StepBenchResult.Stages {
        TorchRuntime.holdToOneThread()
        let indices = Array(0..<batchSize / shards)
        guard let alpha = state.architecture?.alpha else { preconditionFailure("a search without alpha") }
        let weights = try run.network.load(weights: state.weights)
        let sample = GumbelSoftmax.sample(
            alpha: alpha, temperature: 1, seed: 1, purpose: .gumbel, step: 0, shard: 0)
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
        var batch = BatchAssembler.assemble(run.images.set, indices: indices, augmentation: augmentation)
        let assembly = median {
            batch = BatchAssembler.assemble(run.images.set, indices: indices, augmentation: augmentation)
        }
        let forward = try median {
            _ = try run.network.statisticsPass(
                weights, mixture: sample.mixture, pixels: batch.pixels, imageCount: batch.count, noise: nil)
        }
        let whole = try median {
            _ = try run.network.trainingPass(
                weights, mixture: sample.mixture, pixels: batch.pixels, labels: batch.labels, dropPath: nil, noise: nil,
                leavesOut: false)
        }
        var timedPass = 0.0
        let (kernels, clocks) =
            path == .operators
            ? ([], 0)
            : try CellKernels.timed {
                let start = Clock.monotonic()
                _ = try run.network.trainingPass(
                    weights, mixture: sample.mixture, pixels: batch.pixels, labels: batch.labels, dropPath: nil,
                    noise: nil,
                    leavesOut: false)
                timedPass = (Clock.monotonic() - start).seconds
            }
        return .init(
            assembly: assembly, forward: forward, backward: whole - forward, kernels: kernels,
            timedPass: timedPass - clocks)
    }

    /// Bytes that one image's pass cannot help moving: every raw output of a batch norm is written once, and read by the
    /// mixed operation, by the credits and by its own gradient; the first halves of separable convolutions once more. Skips that
    /// halve a map are left out, as if they were identities.
    static func planeBytes(_ plan: NetworkPlan) -> Int {
        plan.cells.reduce(0) { sum, cell in
            let plane = cell.outputHeight * cell.outputWidth * cell.channels * MemoryLayout<Float>.size
            let passes = plan.space.topology(cell.kind).edges.flatMap { plan.space.candidates(cell.kind, $0) }.reduce(0)
            {
                sum, operation in
                let norms = operation.chain(channels: cell.channels, stride: 1, in: .mixedOperation)?.batchNormNames
                    .count
                return sum + (norms.map { $0 == 0 ? 0 : 3 + $0 } ?? 0)
            }
            return sum + passes * plane
        }
    }

    /// Multiply-adds of one image's forward pass: the convolutions of the cells.
    static func multiplyAdds(_ plan: NetworkPlan) -> Int {
        plan.cells.flatMap(plan.layers(of:)).reduce(0) { $0 + $1.cost.multiplyAdds }
    }
}
