import Configuration
import Datasets
import Estimation
import Formats
import Host
import Network
import Optimization
import SearchSpace
import Tensors
import Wire

/// The derived network of a retraining or of an evaluation, with its data.
final class DerivedRun: PreparedNetwork {
    let images: RunImages
    let network: DerivedNetwork

    var layout: WeightLayout { network.layout }

    /// - Throws: `UserError` where the device is not there.
    init(
        configuration: SearchConfiguration, set: ImageSet, plan: DerivedPlan, device text: String, path: CellPath
    ) throws {
        let device = try ComputeDevice.ready(text)
        images = try RunImages(configuration: configuration, set: set)
        network = DerivedNetwork(plan: plan, layout: .derivedNetwork(plan), device: device, path: path)
    }

    func load(_ job: RoundJob, weights: GatheredBlob, statistics: GatheredBlob?) throws -> any LoadedRound {
        guard let floats = weights.floats, floats.count == layout.weightCount else {
            throw UserError(
                .protocolMismatch, "\(weights.byteCount) bytes of weights for \(layout.weightCount) weights")
        }
        return try load(job, weights: floats, statistics: statistics?.floats)
    }

    func load(_ job: RoundJob, weights: [Float], statistics: [Float]?) throws -> DerivedRound {
        DerivedRound(run: self, job: job, weights: try network.load(weights: weights), statistics: statistics)
    }

    /// Shard 0 of step 0, with the largest drop path; of a test part, which has no steps, shard 0 of its evaluation.
    func probe() throws -> Digest128 {
        let configuration = images.configuration
        let weights = InitialValues.weights(layout, seed: UInt64(configuration.run.seed))
        let isTest = images.split.gradient.isEmpty
        let size = min(configuration.evaluation.shardImages, images.split.heldOut.count)
        let job = RoundJob(
            kind: isTest ? .evaluate : .update, step: 0, epoch: 0, stepInEpoch: 0,
            shardCount: isTest ? 1 : configuration.training.shards,
            imageCount: isTest ? size : configuration.training.batchSize, temperature: 1,
            dropPathProbability: isTest ? 0 : configuration.training.dropPathProb, table: [])
        let round = try load(job, weights: weights, statistics: isTest ? InitialValues.statistics(layout) : nil)
        let (report, payload) = try round.compute(shard: 0)
        return XXH3.hash128(LittleEndian.bytes(of: payload + [report.loss]))
    }
}

/// One round's shards of a derived network. Nothing here changes after it was made, so threads share it.
final class DerivedRound: LoadedRound {
    private let run: DerivedRun
    private let job: RoundJob
    private let weights: NetworkWeights
    private let statistics: [Float]?
    private let order: EpochOrder

    init(run: DerivedRun, job: RoundJob, weights: NetworkWeights, statistics: [Float]?) {
        self.run = run
        self.job = job
        self.weights = weights
        self.statistics = statistics
        order = run.images.order(epoch: job.epoch)
    }

    func compute(shard: Int) throws -> (report: ShardReport, payload: [Float]) {
        TorchRuntime.holdToOneThread()
        switch job.kind {
        case .update: return try update(shard)
        case .evaluate: return try evaluate(shard)
        case .recalibrate:
            throw UserError(.protocolMismatch, "a derived network is evaluated with its running statistics")
        }
    }

    /// Forward and backward once: weight gradient and batch statistics to be summed. There is no alpha to report on.
    private func update(_ shard: Int) throws -> (report: ShardReport, payload: [Float]) {
        let batch = try run.images.trainingBatch(shard, of: job, order: order)
        let plan = run.network.plan
        let retrain = run.images.configuration.retrain
        let pass = try run.network.trainingPass(
            weights, pixels: batch.pixels, labels: batch.labels,
            dropPath: run.images.dropPathMasks(
                shard, of: job, edges: plan.cells.count * plan.edgeCount, imageCount: batch.count),
            auxiliaryWeight: retrain.auxiliaryWeight, labelSmoothing: retrain.labelSmoothing)
        let payload = pass.payload
        let report = ShardReport(
            shard: shard, imageCount: batch.count, loss: Float(pass.loss), hits: pass.hits,
            finite: pass.loss.isFinite && VectorSum.isFinite(payload))
        return (report, payload)
    }

    /// The payload is what `EvaluationCount` reads: the confusion matrix, label by prediction, and the top-5 hits.
    private func evaluate(_ shard: Int) throws -> (report: ShardReport, payload: [Float]) {
        guard let statistics, statistics.count == run.layout.statisticCount else {
            throw UserError(.protocolMismatch, "an evaluation without its \(run.layout.statisticCount) statistics")
        }
        let batch = try run.images.heldOutBatch(shard, of: job)
        let pass = try run.network.evaluationPass(
            weights, statistics: statistics, pixels: batch.pixels, labels: batch.labels)
        let classes = run.network.plan.classes
        var payload = [Float](repeating: 0, count: classes * classes + 1)
        for (label, prediction) in zip(batch.labels, pass.predictions) {
            payload[Int(label) * classes + Int(prediction)] += 1
        }
        payload[classes * classes] = Float(pass.topFiveHits)
        let report = ShardReport(
            shard: shard, imageCount: batch.count, loss: Float(pass.lossSum), hits: pass.hits,
            finite: pass.lossSum.isFinite)
        return (report, payload)
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
        guard device.isAvailable else { throw UserError(.unavailable, "this libtorch has no device '\(text)'") }
        if device != .cpu { try TorchRuntime.requireDeterminism() }
        return device
    }
}
