import Configuration
import Datasets
import Estimation
import Host
import Network
import Optimization
import Randomness
import SearchSpace
import Tensors
import Training
import Wire

/// Whole steps of a search or a retraining on made-up images, forward, backward and optimisers, on as many threads as a worker has:
/// without coordinator or wire.
final class StepRunner {
    /// What one step took.
    struct Step {
        let seconds: Double
        /// Of it, what a coordinator does.
        let optimiserSeconds: Double
        /// Each a pass forward and backward over a batch.
        let rounds: Int
        /// That its rounds passed forward and backward.
        let images: Int
        /// Different weights that its rounds read.
        let weightSets: Int
        /// Rounds that gave a vector as long as the weights.
        let contributions: Int
    }

    let run: PreparedRun
    private(set) var training: TrainingRun
    private let threadCount: Int
    /// They part a step's shards as a worker's do.
    private let threads: AllottedThreads
    private let outcomes = WorkQueue<Outcome>()
    /// So that what is handed out later is another group.
    private var groups: UInt64 = 0

    private enum Outcome: Sendable {
        case done(shard: Int, ShardReport, Addend)
        case computed(operations: Double)
        case failed(String)
    }

    /// Whole batches of made-up images.
    static let stepsPerEpoch = 8

    /// - Parameter images: that there are at least for the weights' gradients.
    /// - Throws: `UserError` (configuration) for a search that does not fit such images, and as a worker does.
    init(
        _ configuration: SearchConfiguration, image: ImageShape, classes: Int, images: Int = 0, threads: Int,
        device: String = "cpu", path: CellPath
    ) throws {
        let count = max(
            Self.stepsPerEpoch * max(configuration.training.batchSize, configuration.searchBatch), images)
        try configuration.checkConsistency()
        try configuration.check(
            gradientImages: count, searchImages: configuration.method.isBilevel ? count : 0, image: image)
        // Alpha of a bilevel search has as many images as the weights have.
        let set = Self.images(count * (configuration.method.isBilevel ? 2 : 1), of: image, classes: classes)
        run = try PreparedRun(configuration: configuration, set: set, device: device, path: path)
        training = try TrainingRun(
            configuration, image: image, classes: classes, gradientImages: run.images.split.gradient.count,
            searchImages: run.images.split.search.count, heldOutImages: 0)
        threadCount = threads
        self.threads = try AllottedThreads(count: threads, name: "bench")
    }

    deinit { threads.end() }

    /// Hands out work whose outcomes come to `outcomes`.
    private func begin(_ work: [(parts: Int, outcome: @Sendable (_ threads: Int) -> Outcome)]) {
        groups += 1
        let outcomes = outcomes
        threads.add(
            work.map { piece in ({ outcomes.append([piece.outcome($0)]) }, piece.parts) }, group: groups)
    }

    /// Pixels of no meaning.
    private static func images(_ count: Int, of image: ImageShape, classes: Int) -> ImageSet {
        let stream = RandomStream(seed: 1, purpose: .split, minor: 999)
        let pixels = (0..<UInt64(count * image.count)).map { UInt8(truncatingIfNeeded: stream.below(256, $0)) }
        let labels = (0..<count).map { UInt8($0 % classes) }
        return ImageSet(
            name: "bench", channels: image.channels, height: image.height, width: image.width, classes: classes,
            images: ImagePart(pixels: pixels, labels: labels), mean: [Float](repeating: 0.5, count: image.channels),
            deviation: [Float](repeating: 0.25, count: image.channels), cropPadding: 4, flips: true)
    }

    /// All rounds of one step.
    ///
    /// Precondition: the search has one more.
    func step() throws -> Step {
        let start = Clock.monotonic()
        var optimisers: Duration = .zero
        var (rounds, images, trials, contributions) = (0, 0, 0, 0)
        repeat {
            guard let planned = training.nextRound() else {
                preconditionFailure("a bench of more steps than a search has")
            }
            let (total, reports) = try sum(of: planned.job, planned.weights)
            let summed = Clock.monotonic()
            _ = training.absorb(planned.job, total: total, reports: reports)
            optimisers += Clock.monotonic() - summed
            rounds += 1
            images += planned.job.imageCount
            if case .trial = planned.weights { trials += 1 }
            if planned.job.yields.contains(.weightGradient) { contributions += 1 }
        } while training.isInsideStep
        return Step(
            seconds: (Clock.monotonic() - start).seconds, optimiserSeconds: optimisers.seconds, rounds: rounds,
            images: images, weightSets: 1 + trials, contributions: contributions)
    }

    /// What all threads together reach now in nothing but fused multiply-adds from registers, in GFLOP/s: the floor of any kernel.
    /// Some 20 ms.
    func peakGigaflops() throws -> Double {
        let start = Clock.monotonic()
        begin(
            (0..<threadCount).map { _ in (1, { _ in .computed(operations: CellKernels.multiplyAdds(rounds: 1 << 24)) })
            })
        var operations = 0.0
        for _ in 0..<threadCount {
            guard case .computed(let own)? = outcomes.next() else {
                throw UserError(.internalFault, "the bench's threads gave no peak")
            }
            operations += own
        }
        return operations / (Clock.monotonic() - start).seconds * 1e-9
    }

    /// Both rounds of an evaluation, with as many shards as threads: its shards may have more images than a step's. Every operation counts.
    func look() throws {
        let size = run.configuration.evaluation.shardImages
        let count = min(threadCount * size, run.images.split.gradient.count)
        func job(_ yields: RoundYields) -> RoundJob {
            RoundJob(
                .gradientSample, mixing: .given, yields: yields, step: 0, epoch: 0, stepInEpoch: 0,
                shardCount: (count + size - 1) / size, imageCount: count,
                table: [Float](repeating: 0.125, count: run.choices?.shape.count ?? 0))
        }
        let measured = try sum(of: job(.statistics), .current).total.map { $0 / Float(count) }
        _ = try sum(of: job([]), .current, statistics: measured)
    }

    private func sum(
        of job: RoundJob, _ planned: RoundWeights, statistics: [Float]? = nil
    ) throws -> (total: [Float], reports: [ShardReport]) {
        let weights: [Float]
        switch planned {
        case .current: weights = training.state.weights
        case .trial(let trial): weights = trial
        }
        let round = try run.load(job, weights: weights, statistics: statistics)
        let shards = job.shardCount
        begin(
            (0..<shards).map { shard in
                (
                    round.parts(of: shard),
                    { threads in
                        do {
                            let (report, payload) = try round.compute(shard: shard, threads: threads)
                            return .done(shard: shard, report, payload)
                        } catch { return .failed("\(error)") }
                    }
                )
            })
        let tree = ShardTree(shardCount: shards)
        var sum = TreeSum(tree: tree)
        var reports = [ShardReport?](repeating: nil, count: shards)
        for _ in 0..<shards {
            guard let outcome = outcomes.next() else { throw UserError(.internalFault, "the bench's queue was closed") }
            switch outcome {
            case .failed(let reason): throw UserError(.internalFault, reason)
            case .computed: preconditionFailure("nobody asked for arithmetic")
            case .done(let shard, let report, let payload):
                _ = sum.fill(tree.leaf(shard), with: payload)
                reports[shard] = report
            }
        }
        return (sum.total ?? [], reports.compactMap { $0 })
    }
}
