import Configuration
import Datasets
import Estimation
import Host
import Network
import Optimization
import Randomness
import SearchSpace
import Tensors
import Wire

/// One round's shards on this worker. Nothing here changes after it was made, so threads share it.
final class NetworkRound: LoadedRound {
    private let run: NetworkRun
    private let job: RoundJob
    private let weights: NetworkWeights
    private let statistics: [Float]?
    private let order: EpochOrder

    init(run: NetworkRun, job: RoundJob, weights: NetworkWeights, statistics: [Float]?) {
        self.run = run
        self.job = job
        self.weights = weights
        self.statistics = statistics
        order = EpochOrder(
            indices: run.split.gradient, seed: UInt64(run.configuration.run.seed), epoch: UInt64(job.epoch))
    }

    func compute(shard: Int) throws -> (report: ShardReport, payload: [Float]) {
        TorchRuntime.holdToOneThread()
        switch job.kind {
        case .update: return try update(shard)
        case .evaluate: return try evaluate(shard)
        case .recalibrate: return try recalibrate(shard)
        }
    }

    private var edgeCount: Int { run.network.plan.topology.edgeCount }

    /// Forward and backward once: weight gradient and batch statistics to be summed; alpha's gradient from Z and credits.
    private func update(_ shard: Int) throws -> (report: ShardReport, payload: [Float]) {
        let configuration = run.configuration
        guard (Int(job.stepInEpoch) + 1) * job.imageCount <= run.split.gradient.count else {
            throw UserError(.protocolMismatch, "step \(job.stepInEpoch) of the epoch lies beyond its images")
        }
        let images = order.shard(
            shard, of: job.shardCount, stepInEpoch: Int(job.stepInEpoch), batchSize: job.imageCount)
        let seed = UInt64(configuration.run.seed)
        let augmentation = Augmentation(
            padding: configuration.data.cropPadding < 0 ? run.set.cropPadding : configuration.data.cropPadding,
            flips: configuration.data.flip < 0 ? run.set.flips : configuration.data.flip == 1, seed: seed,
            step: job.step,
            shard: UInt32(shard))
        let batch = BatchAssembler.assemble(run.set, indices: images, augmentation: augmentation)
        let sample = GumbelSoftmax.sample(
            alpha: Alpha(flat: job.table, edgeCount: edgeCount), temperature: job.temperature, seed: seed,
            purpose: .gumbel, step: job.step, shard: UInt32(shard))
        let pass = try run.network.trainingPass(
            weights, mixture: sample.mixture, pixels: batch.pixels, labels: batch.labels,
            dropPath: dropPathMasks(shard, imageCount: batch.count))
        let alphaGradient = sample.alphaGradient(credits: pass.credits)
        let payload = pass.weightGradient + pass.statistics
        let isFinite =
            pass.loss.isFinite && VectorSum.isFinite(payload) && alphaGradient.allSatisfy(\.isFinite)
        let report = ShardReport(
            shard: shard, imageCount: batch.count, loss: Float(pass.loss), hits: pass.hits, finite: isFinite,
            alphaGradient: alphaGradient, credits: pass.credits)
        return (report, payload)
    }

    /// One mask for each cell, edge and image: 0, or 1 over the kept share.
    private func dropPathMasks(_ shard: Int, imageCount: Int) -> [Float]? {
        guard job.dropPathProbability > 0 else { return nil }
        let keep = 1 - job.dropPathProbability
        let stream = RandomStream(
            seed: UInt64(run.configuration.run.seed), purpose: .dropPath, major: job.step, minor: UInt32(shard))
        let count = run.network.plan.cells.count * edgeCount * imageCount
        return (0..<UInt64(count)).map { stream.uniform($0) < keep ? Float(1 / keep) : 0 }
    }

    private func evaluate(_ shard: Int) throws -> (report: ShardReport, payload: [Float]) {
        guard let statistics, statistics.count == run.network.layout.statisticCount else {
            throw UserError(
                .protocolMismatch, "an evaluation without its \(run.network.layout.statisticCount) statistics")
        }
        let batch = try fixedBatch(shard, of: run.split.heldOut)
        let pass = try run.network.evaluationPass(
            weights, statistics: statistics, mixture: Mixture(flat: job.table, edgeCount: edgeCount),
            pixels: batch.pixels, labels: batch.labels)
        let report = ShardReport(
            shard: shard, imageCount: batch.count, loss: Float(pass.lossSum), hits: pass.hits,
            finite: pass.lossSum.isFinite)
        return (report, [])
    }

    private func recalibrate(_ shard: Int) throws -> (report: ShardReport, payload: [Float]) {
        let batch = try fixedBatch(shard, of: run.split.gradient)
        let statistics = try run.network.statisticsPass(
            weights, mixture: Mixture(flat: job.table, edgeCount: edgeCount), pixels: batch.pixels,
            imageCount: batch.count)
        let report = ShardReport(
            shard: shard, imageCount: batch.count, loss: 0, hits: 0, finite: statistics.allSatisfy(\.isFinite))
        return (report, statistics)
    }

    /// The first `imageCount` of the images in index order, cut into equal shards.
    private func fixedBatch(_ shard: Int, of images: [Int]) throws -> ImageBatch {
        let size = run.configuration.evaluation.shardImages
        guard job.imageCount <= images.count, shard * size < job.imageCount else {
            throw UserError(.protocolMismatch, "shard \(shard) of \(job.imageCount) images, \(images.count) are there")
        }
        let range = FixedShards.range(shard, size: size, count: job.imageCount)
        return BatchAssembler.assemble(run.set, indices: Array(images[range]))
    }
}
