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
        order = run.images.order(epoch: job.epoch)
    }

    func compute(shard: Int) throws -> (report: ShardReport, payload: [Float]) {
        TorchRuntime.holdToOneThread()
        switch job.kind {
        case .update: return try update(shard)
        case .evaluate: return try evaluate(shard)
        case .recalibrate: return try recalibrate(shard)
        }
    }

    /// Alpha, or the mixture of a round that draws none.
    private var table: EdgeTable<Float> { EdgeTable(run.tableShape, job.table) }

    /// Forward and backward once: weight gradient and batch statistics to be summed; alpha's gradient from Z and credits.
    private func update(_ shard: Int) throws -> (report: ShardReport, payload: [Float]) {
        let seed = UInt64(run.configuration.run.seed)
        let batch = try run.images.trainingBatch(shard, of: job, order: order)
        let sample = GumbelSoftmax.stepSample(
            alpha: table, temperature: job.temperature, noise: run.configuration.architecture.noise, seed: seed,
            step: job.step, shard: shard, shardCount: job.shardCount)
        let dropout = OperationDropout(
            weightless: run.weightlessEntries, probability: job.operationDropProbability, seed: seed, step: job.step,
            shard: shard)
        let plan = run.network.plan
        let pass = try run.network.trainingPass(
            weights, mixture: dropout.mixture(of: sample), pixels: batch.pixels, labels: batch.labels,
            dropPath: run.images.dropPathMasks(
                shard, of: job, edges: plan.cells.count * plan.topology.edgeCount, imageCount: batch.count))
        let credits = dropout.credits(EdgeTable(run.tableShape, pass.credits))
        let alphaGradient = sample.alphaGradient(credits: credits)
        let payload = pass.payload
        let entry = VectorSum.firstNonFinite(payload)
        let isFinite = pass.loss.isFinite && entry == nil && alphaGradient.entries.allSatisfy(\.isFinite)
        let report = ShardReport(
            shard: shard, imageCount: batch.count, loss: Float(pass.loss), hits: pass.hits, finite: isFinite,
            nonFiniteEntry: entry, alphaGradient: alphaGradient.entries, credits: credits.entries)
        return (report, payload)
    }

    private func evaluate(_ shard: Int) throws -> (report: ShardReport, payload: [Float]) {
        guard let statistics, statistics.count == run.network.layout.statisticCount else {
            throw UserError(
                .protocolMismatch, "an evaluation without its \(run.network.layout.statisticCount) statistics")
        }
        let batch = try run.images.heldOutBatch(shard, of: job)
        let pass = try run.network.evaluationPass(
            weights, statistics: statistics, mixture: table, pixels: batch.pixels, labels: batch.labels)
        let report = ShardReport(
            shard: shard, imageCount: batch.count, loss: Float(pass.lossSum), hits: pass.hits,
            finite: pass.lossSum.isFinite)
        return (report, [])
    }

    /// The batch statistics times the shard's images: shards need not be equal, and whoever divides their sum by all images
    /// has the mean over images. The unbiased variances are weighed alike.
    private func recalibrate(_ shard: Int) throws -> (report: ShardReport, payload: [Float]) {
        let batch = try run.images.recalibrationBatch(shard, of: job)
        let statistics = try run.network.statisticsPass(
            weights, mixture: table, pixels: batch.pixels, imageCount: batch.count
        ).map { $0 * Float(batch.count) }
        let entry = VectorSum.firstNonFinite(statistics)
        let report = ShardReport(
            shard: shard, imageCount: batch.count, loss: 0, hits: 0, finite: entry == nil, nonFiniteEntry: entry)
        return (report, statistics)
    }
}
