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
    /// Decides how shards mix operations, and how many rounds a step has.
    package var search = SearchConfiguration.Method.Search.snas
    package var level = SearchConfiguration.Method.LevelChoice.auto
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
        case done(shard: Int, ShardReport, Addend)
        case failed(String)
    }

    /// As a worker has it where no flag says otherwise.
    package init() {}

    /// - Throws: `UserError` (configuration) for a search that its flags do not allow, and as a worker does.
    func run() throws -> StepBenchResult {
        let count = Self.stepsPerEpoch * batchSize
        try configuration.checkConsistency()
        try configuration.check(
            gradientImages: count, searchImages: configuration.method.isBilevel ? count : 0,
            image: ImageShape(channels: 3, height: Self.side, width: Self.side))
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
            searchImages: run.images.split.search.count, heldOutImages: 0)
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
            multiplyAdds: Self.multiplyAdds(plan, share: share), planeBytes: Self.planeBytes(plan, share: share))
    }

    /// Whether a shard computes the operations that it draws alone.
    var isOneHot: Bool { configuration.method.isOneHot }

    private func share(_ candidates: Int) -> Double { isOneHot ? 1 / Double(candidates) : 1 }

    /// The default search's; of more epochs where the bench takes more steps than that search has.
    package var configuration: SearchConfiguration {
        var configuration = SearchConfiguration()
        let epochs = (steps + Self.warmUpSteps + Self.stepsPerEpoch - 1) / Self.stepsPerEpoch
        configuration.training.epochs = max(configuration.training.epochs, epochs)
        configuration.space.initChannels = channels
        configuration.space.layers = layers
        configuration.training.batchSize = batchSize
        configuration.training.shards = shards
        configuration.architecture.warmup = 0
        configuration.method.search = search
        configuration.method.level = level
        // A bench ends before any cell is chosen.
        configuration.method.derive = .argmax
        // Alpha of a bilevel search has as many images as the weights have.
        configuration.data.trainPortion = configuration.method.isBilevel ? 0.5 : 1
        return configuration
    }

    /// Images of CIFAR's form with pixels of no meaning: one epoch, and as many for alpha where it has its own.
    private func images() -> ImageSet {
        let count = Self.stepsPerEpoch * batchSize * (configuration.method.isBilevel ? 2 : 1)
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

    /// All rounds of one step.
    private func step(
        _ run: PreparedRun, _ search: inout TrainingRun, _ work: WorkQueue<Work>, _ outcomes: WorkQueue<Outcome>
    ) throws -> StepBenchResult.Times {
        let start = Clock.monotonic()
        var optimisers: Duration = .zero
        var rounds = 0
        repeat {
            guard let planned = search.nextRound() else {
                preconditionFailure("a bench of more steps than a search has")
            }
            let (total, reports) = try sum(of: planned, run, search.state, work, outcomes)
            let summed = Clock.monotonic()
            _ = search.absorb(planned.job, total: total, reports: reports)
            optimisers += Clock.monotonic() - summed
            rounds += 1
        } while search.isInsideStep
        return .init(
            seconds: (Clock.monotonic() - start).seconds, optimiserSeconds: optimisers.seconds, rounds: rounds)
    }

    private func sum(
        of planned: PlannedRound, _ run: PreparedRun, _ state: RunState, _ work: WorkQueue<Work>,
        _ outcomes: WorkQueue<Outcome>
    ) throws -> (total: [Float], reports: [ShardReport]) {
        let weights: [Float]
        switch planned.weights {
        case .current: weights = state.weights
        case .trial(let trial): weights = trial
        }
        let round = try run.load(planned.job, weights: weights, statistics: nil)
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
        return (sum.total ?? [], reports.compactMap { $0 })
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
        let mixture = isOneHot ? sample.hardMixture : sample.mixture
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
                weights, mixture: mixture, pixels: batch.pixels, imageCount: batch.count, noise: nil)
        }
        let whole = try median {
            _ = try run.network.trainingPass(
                weights, mixture: mixture, pixels: batch.pixels, labels: batch.labels, dropPath: nil, noise: nil,
                leavesOut: isOneHot)
        }
        var timedPass = 0.0
        let (kernels, clocks) =
            path == .operators
            ? ([], 0)
            : try CellKernels.timed {
                let start = Clock.monotonic()
                _ = try run.network.trainingPass(
                    weights, mixture: mixture, pixels: batch.pixels, labels: batch.labels, dropPath: nil,
                    noise: nil,
                    leavesOut: isOneHot)
                timedPass = (Clock.monotonic() - start).seconds
            }
        return .init(
            assembly: assembly, forward: forward, backward: whole - forward, kernels: kernels,
            timedPass: timedPass - clocks)
    }

    /// Bytes that one image's pass cannot help moving: every raw output of a batch norm is written once, and read by the
    /// mixed operation, by the credits and by its own gradient; the first halves of separable convolutions once more. Skips that
    /// halve a map are left out, as if they were identities.
    ///
    /// - Parameter share: of its candidates that an edge computes, all being equally likely.
    static func planeBytes(_ plan: NetworkPlan, share: (_ candidates: Int) -> Double) -> Int {
        plan.cells.reduce(0) { sum, cell in
            let plane = cell.outputHeight * cell.outputWidth * cell.channels * MemoryLayout<Float>.size
            let passes = plan.space.topology(cell.kind).edges.reduce(0.0) { sum, edge in
                let candidates = plan.space.candidates(cell.kind, edge)
                let all = candidates.reduce(0) { sum, operation in
                    let chain = operation.chain(channels: cell.channels, stride: 1, in: .mixedOperation)
                    let norms = chain?.batchNormNames.count ?? 0
                    return sum + (norms == 0 ? 0 : 3 + norms)
                }
                return sum + Double(all) * share(candidates.count)
            }
            return sum + Int(passes * Double(plane))
        }
    }

    /// Multiply-adds of one image's forward pass: the convolutions of the cells.
    ///
    /// - Parameter share: as of `planeBytes`.
    static func multiplyAdds(_ plan: NetworkPlan, share: (_ candidates: Int) -> Double) -> Int {
        plan.cells.reduce(0) { sum, cell in
            var own = Double(plan.layers(of: cell).reduce(0) { $0 + $1.cost.multiplyAdds })
            for edge in plan.space.topology(cell.kind).edges {
                let candidates = plan.space.candidates(cell.kind, edge)
                let all = candidates.reduce(0) { sum, operation in
                    let layers = cell.layers(of: operation, from: edge.from, in: cell.candidateSetting, named: "")
                    return sum + layers.reduce(0) { $0 + $1.cost.multiplyAdds }
                }
                own -= Double(all) * (1 - share(candidates.count))
            }
            return sum + Int(own)
        }
    }
}
