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

/// A run on this worker's device: its images and its network, a super-network's or a derived one's.
final class PreparedRun: RoundComputing {
    let images: RunImages
    let network: any TrainableNetwork
    /// What a search chooses from; nil of a derived network.
    let choices: Choices?

    /// Whether a group of shards is one batch (`training.device_shards`).
    let computesGroups: Bool

    /// What shards make of alpha rests on this.
    struct Choices: Sendable {
        let shape: EdgeTableShape
        /// Operations that dropout may take.
        let weightless: EdgeTable<Bool>
        let noise: ShardNoise
    }

    var configuration: SearchConfiguration { images.configuration }
    var layout: WeightLayout { network.layout }

    /// What the configuration asks for: with a genotype its derived network, without one the super-network.
    ///
    /// - Parameter isGrouped: computes groups on the processor too, by operators; a device always does.
    /// - Throws: `UserError` where the device is not there, or the images do not fit the configuration.
    init(
        configuration: SearchConfiguration, set: ImageSet, device text: String, path: CellPath, isGrouped: Bool = false
    ) throws {
        let device = try ComputeDevice.ready(text)
        computesGroups = isGrouped || device != .cpu
        images = try RunImages(configuration: configuration, set: set)
        let shape = ImageShape(channels: set.channels, height: set.height, width: set.width)
        if let plan = configuration.derivedPlan(image: shape, classes: set.classes) {
            network = DerivedNetwork(
                plan: plan, layout: .derivedNetwork(plan), auxiliaryWeight: configuration.retrain.auxiliaryWeight,
                labelSmoothing: configuration.retrain.labelSmoothing, device: device, path: path,
                parts: configuration.training.shardParts)
            choices = nil
        } else {
            let plan = configuration.plan(image: shape, classes: set.classes)
            network = SuperNetwork(
                plan: plan, layout: .superNetwork(plan), device: device, path: path,
                parts: configuration.training.shardParts)
            choices = Choices(
                shape: plan.space.shape, weightless: plan.weightlessEntries,
                noise: configuration.architecture.noise)
        }
    }

    func load(_ job: RoundJob, weights: GatheredBlob, statistics: GatheredBlob?) throws -> any LoadedRound {
        guard let floats = weights.floats, floats.count == layout.weightCount else {
            throw UserError(
                .protocolMismatch, "\(weights.byteCount) bytes of weights for \(layout.weightCount) weights")
        }
        return try load(job, weights: floats, statistics: statistics?.floats)
    }

    /// - Throws: `UserError` (protocolMismatch) for a job that this network cannot do.
    func load(_ job: RoundJob, weights: [Float], statistics: [Float]?) throws -> ShardComputation {
        let entries = choices?.shape.count ?? 0
        guard job.table.count == entries else {
            throw UserError(.protocolMismatch, "a table of \(job.table.count) entries, \(entries) are due")
        }
        return try ShardComputation(
            run: self, job: job, weights: try network.load(weights: weights), statistics: statistics)
    }

    // MARK: Probe

    /// One shard from the run's first weights and alpha: machines whose bits agree here are of one kind. It is shard 0 of
    /// the first batch under relaxed mixtures with the full drop path, whatever method and schedule the run has; of a test part, which has
    /// no steps, shard 0 of its evaluation. Where groups are computed it is shard 0's group: they have other bits than their shards.
    func probe() throws -> Digest128 {
        TorchRuntime.holdToOneThread()
        let isTest = images.split.gradient.isEmpty
        let round = try load(
            isTest ? evaluationProbe : trainingProbe,
            weights: InitialValues.weights(layout, seed: UInt64(configuration.run.seed)),
            statistics: isTest ? InitialValues.statistics(layout) : nil)
        let (reports, payload) = try round.compute(group: 0..<round.groupShards, threads: 1)
        let figures = reports.flatMap { $0.alphaGradient + [$0.loss] }
        return XXH3.hash128(LittleEndian.bytes(of: payload.array + figures))
    }

    private var trainingProbe: RoundJob {
        let alpha = choices.map {
            InitialValues.alpha(
                $0.shape, mean: configuration.architecture.locMean, deviation: configuration.architecture.locStd,
                seed: UInt64(configuration.run.seed))
        }
        return RoundJob(
            .gradientBatch, mixing: alpha == nil ? .none : .relaxed(temperature: configuration.temperature.start),
            yields: alpha == nil ? [.weightGradient, .statistics] : [.weightGradient, .alphaGradient, .statistics],
            step: 0, epoch: 0, stepInEpoch: 0, shardCount: configuration.training.shards,
            imageCount: configuration.training.batchSize,
            dropPathProbability: configuration.training.dropPathProb, table: alpha?.entries ?? [])
    }

    private var evaluationProbe: RoundJob {
        RoundJob(
            .heldOut, mixing: .none, yields: .predictions, step: 0, epoch: 0, stepInEpoch: 0, shardCount: 1,
            imageCount: min(configuration.evaluation.shardImages, images.split.heldOut.count))
    }
}

extension ComputeDevice {
    /// The device that a person named, made ready for the promise.
    ///
    /// - Throws: `UserError` where there is none.
    static func ready(_ text: String) throws -> ComputeDevice {
        guard let device = ComputeDevice(text) else {
            throw UserError(.usage, "--device is '\(text)'; it takes cpu, cuda or cuda:<number>")
        }
        guard device.isAvailable else {
            let survey = CUDASurvey.now()
            let reason =
                survey.objection ?? "there are \(survey.devices.count), from cuda:0 to cuda:\(survey.devices.count - 1)"
            throw UserError(.unavailable, "no CUDA device '\(text)' found: \(reason)")
        }
        if device != .cpu { try TorchRuntime.requireDeterminism() }
        return device
    }
}
