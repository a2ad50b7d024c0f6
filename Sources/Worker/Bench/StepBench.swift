package import Configuration
import Host
package import Network
import SearchSpace
import Tensors

/// `snas-worker --bench step`: whole steps of a search or a retraining on made-up images, without coordinator or wire: forward,
/// backward and the optimisers, on as many threads as a worker has. What `snas bench step` and `snas bench retrain` start.
///
/// Between the steps all threads compute nothing but multiply-adds on registers, so that a step is compared with what the
/// machine could do at that moment, with all of its threads busy: processors lower their clock for wide registers and for many busy
/// cores, and other programs take their share of both alike.
package struct StepBench {
    /// As it is computed.
    package let configuration: SearchConfiguration
    let threads: Int
    /// That the clock counts.
    let steps: Int
    let path: CellPath

    /// Most that `--steps` takes.
    package static let stepsAtMost = 100_000
    /// Steps before the clock counts: pools fill and pages are touched.
    package static let warmUpSteps = 2
    /// Whole batches of made-up images.
    package static let stepsPerEpoch = StepRunner.stepsPerEpoch
    static let image = ImageShape(channels: 3, height: 32, width: 32)
    static let classes = 10

    /// - Parameter run: a search's configuration, or with a genotype a retraining's.
    package init(of run: SearchConfiguration, threads: Int, steps: Int, path: CellPath = .kernels) {
        precondition((1...Self.stepsAtMost).contains(steps) && threads > 0)
        configuration = run.benched(steps: steps + Self.warmUpSteps + 1)
        self.threads = threads
        self.steps = steps
        self.path = path
    }

    /// - Throws: `UserError` (configuration) for a run that its settings do not allow, and as a worker does.
    func run() throws -> StepBenchResult {
        let runner = try StepRunner(
            configuration, image: Self.image, classes: Self.classes, threads: threads, path: path)
        let work = PassWork(configuration, image: Self.image, classes: Self.classes)
        var times: [StepBenchResult.Times] = []
        var peakBytes = 0
        var peakBefore = try runner.peakGigaflops()
        for step in 0..<steps + Self.warmUpSteps {
            let taken = try runner.step()
            let peakBehind = try runner.peakGigaflops()
            if step >= Self.warmUpSteps {
                // What disturbs a measurement of the peak lowers it.
                let peak = max(peakBefore, peakBehind)
                times.append(
                    .init(
                        seconds: taken.seconds, optimiserSeconds: taken.optimiserSeconds, images: taken.images,
                        rounds: taken.rounds, peakGigaflops: peak))
            }
            if step == Self.warmUpSteps { peakBytes = HostInfo.peakResidentBytes() }
            peakBefore = peakBehind
        }
        // Of the peak: what is resident at one moment depends on where in its shard each thread is.
        let growth = HostInfo.peakResidentBytes() - peakBytes
        return StepBenchResult(
            bench: self, times: times, shard: try ShardTimes(of: runner.run, runner.training, path: path),
            peakBytes: HostInfo.peakResidentBytes(), growthBytes: growth, work: work,
            shared: try SharedShardTimes(of: runner.run, runner.training, cores: HostInfo.coreCount()))
    }
}
