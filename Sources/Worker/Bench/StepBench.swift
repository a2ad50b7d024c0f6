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
    package static let stepsPerEpoch = StepRunner.stepsPerEpoch
    private static let side = 32
    private static let classes = 10

    /// As a worker has it where no flag says otherwise.
    package init() {}

    /// - Throws: `UserError` (configuration) for a search that its flags do not allow, and as a worker does.
    func run() throws -> StepBenchResult {
        let image = ImageShape(channels: 3, height: Self.side, width: Self.side)
        let runner = try StepRunner(configuration, image: image, classes: Self.classes, threads: threads, path: path)
        let plan = configuration.plan(image: image, classes: Self.classes)
        var times: [StepBenchResult.Times] = []
        var peakBytes = 0
        for step in 0..<steps + Self.warmUpSteps {
            let taken = try runner.step()
            if step >= Self.warmUpSteps {
                times.append(
                    .init(seconds: taken.seconds, optimiserSeconds: taken.optimiserSeconds, rounds: taken.rounds))
            }
            if step == Self.warmUpSteps { peakBytes = HostInfo.peakResidentBytes() }
        }
        // Of the peak: what is resident at one moment depends on where in its shard each thread is.
        let growth = HostInfo.peakResidentBytes() - peakBytes
        return StepBenchResult(
            bench: self, times: times, stages: try stages(runner.run, runner.search.state),
            peakBytes: HostInfo.peakResidentBytes(), growthBytes: growth,
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
