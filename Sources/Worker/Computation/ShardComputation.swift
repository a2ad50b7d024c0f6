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

/// One round's shards on this worker, whatever the round is for: cut the images, make the mixture, pass through the network, give what
/// the job yields. Nothing here changes after it was made, so threads share it.
final class ShardComputation: LoadedRound {
    let run: PreparedRun
    let job: RoundJob
    let weights: NetworkWeights
    private let statistics: [Float]?
    let order: EpochOrder

    /// - Throws: `UserError` (protocolMismatch) for a job without what it reads.
    init(run: PreparedRun, job: RoundJob, weights: NetworkWeights, statistics: [Float]?) throws {
        self.run = run
        self.job = job
        self.weights = weights
        self.statistics = statistics
        order = run.images.order(of: job)
        if job.yields.contains(.policyGradient) {
            guard job.images == .rewardBatch, job.mixing == .categorical, run.choices != nil else {
                throw UserError(.protocolMismatch, "rewards without children, or without images that reward")
            }
        } else if job.yields.hasGradient {
            guard job.images.isBatch, !job.yields.contains(.predictions) else {
                throw UserError(.protocolMismatch, "a step's round over images that are no batch, or with predictions")
            }
        } else if !job.yields.contains(.statistics), statistics?.count != run.layout.statisticCount {
            throw UserError(
                .protocolMismatch, "an evaluation without its \(run.layout.statisticCount) statistics")
        }
    }

    /// Operators cut nothing.
    func parts(of shard: Int) -> Int {
        guard run.network.path == .kernels else { return 1 }
        let images = run.images.imageCount(shard, of: job)
        return max(1, min(run.configuration.training.shardParts, images))
    }

    func compute(shard: Int, threads: Int) throws -> (report: ShardReport, payload: Addend) {
        let work = try work(on: shard, threads: threads)
        return (work.report, work.payload)
    }

    /// The same, with all that the shard read on the way.
    func work(on shard: Int, threads: Int = 1) throws -> ShardWork {
        TorchRuntime.holdToOneThread()
        try TorchRuntime.useThreads(threads)
        let batch = try run.images.batch(shard, of: job, order: order)
        if job.yields.contains(.policyGradient) { return try judge(shard, batch) }
        if job.yields.hasGradient { return try train(shard, batch) }
        return try job.yields.contains(.statistics) ? measure(shard, batch) : evaluate(shard, batch)
    }

    /// The forward pass of `compute` alone, with its images: what a bench subtracts.
    func forward(shard: Int) throws {
        let batch = try run.images.batch(shard, of: job, order: order)
        _ = try run.network.statisticsPass(
            weights, mixture: draw(shard)?.mixture ?? givenMixture, pixels: batch.pixels, imageCount: batch.count,
            noise: noise(shard))
    }

    /// What weighs the operations of a round that draws nothing; nil of a derived network.
    private var givenMixture: EdgeTable<Float>? { run.choices.map { EdgeTable($0.shape, job.table) } }

    /// Forward and backward once: weight gradient and batch statistics to be summed, as far as they are asked for; alpha's gradient
    /// from the draw and the credits.
    private func train(_ shard: Int, _ batch: ImageBatch) throws -> ShardWork {
        let inputs = try trainingInputs(shard, batch)
        let draw = inputs.draw
        let pass = try run.network.trainingPass(
            weights, mixture: inputs.mixture, pixels: batch.pixels, labels: batch.labels, dropPath: inputs.dropPath,
            noise: inputs.noise, leavesOut: job.mixing.leavesOut)
        let factor = lossFactor(shard)
        var credits = job.yields.contains(.alphaGradient) ? draw?.credits(pass.credits) : nil
        if let factor { credits = credits?.map { factor * $0 } }
        let alphaGradient = credits.flatMap { draw?.sample.alphaGradient(credits: $0).entries } ?? []
        var payload = pass.payload.yielded(job.yields, weightCount: pass.weightCount)
        if let factor, job.yields.contains(.weightGradient) { payload = scaledWeights(payload, by: factor) }
        let entry = payload.firstNonFinite
        let isFinite = pass.loss.isFinite && entry == nil && alphaGradient.allSatisfy(\.isFinite)
        let report = ShardReport(
            shard: shard, imageCount: batch.count, loss: Float(pass.loss), hits: pass.hits, finite: isFinite,
            nonFiniteEntry: entry, alphaGradient: alphaGradient, credits: credits?.entries ?? [])
        return ShardWork(
            inputs, report: report, payload: payload, logits: pass.logits, auxiliaryLogits: pass.auxiliaryLogits)
    }

    /// What a training pass reads of a shard.
    func trainingInputs(_ shard: Int, _ batch: ImageBatch) throws -> ShardInputs {
        let draw = draw(shard)
        var inputs = ShardInputs(batch, draw: draw, mixture: draw?.mixture ?? givenMixture, noise: noise(shard))
        inputs.dropPath = run.images.dropPathMasks(
            shard, of: job, edges: run.network.edgesOfAllCells, imageCount: batch.count)
        return inputs
    }

    /// Nil where losses are taken as they are.
    func lossFactor(_ shard: Int) -> Float? { job.lossFactors.isEmpty ? nil : job.lossFactors[shard] }

    /// A loss with a factor is a relaxed network's, whose payload is whole.
    private func scaledWeights(_ payload: Addend, by factor: Float) -> Addend {
        guard case .whole(var floats) = payload else {
            preconditionFailure("a factor of a loss that leaves operations out")
        }
        for place in 0..<run.layout.weightCount { floats[place] *= factor }
        return .whole(floats)
    }

    /// How well the shard's child does, by forward alone, normalised with the shard's own images: hits, and their share times the
    /// child's score with the sign of a gradient that is descended.
    private func judge(_ shard: Int, _ batch: ImageBatch) throws -> ShardWork {
        let draw = draw(shard)
        guard let child = draw?.sample as? CategoricalSample else {
            preconditionFailure("a reward of what is no child")
        }
        let inputs = ShardInputs(batch, draw: draw, mixture: child.mixture, noise: noise(shard))
        let pass = try run.network.evaluationPass(
            weights, statistics: nil, mixture: inputs.mixture, pixels: batch.pixels, labels: batch.labels,
            noise: inputs.noise)
        let gradient = child.policyGradient(reward: Double(pass.hits) / Double(batch.count))
        // A child whose logits are not finite has few hits, and that is what it is rewarded for.
        let report = ShardReport(
            shard: shard, imageCount: batch.count, loss: 0, hits: pass.hits, finite: true,
            alphaGradient: gradient.entries.map { Float($0) })
        return ShardWork(inputs, report: report, payload: .whole([]), logits: pass.logits)
    }

    /// The batch statistics times the shard's images: shards need not be equal, and whoever divides their sum by all images
    /// has the mean over images. The unbiased variances are weighed alike.
    private func measure(_ shard: Int, _ batch: ImageBatch) throws -> ShardWork {
        let inputs = ShardInputs(batch, mixture: givenMixture, noise: noise(shard))
        let statistics = try run.network.statisticsPass(
            weights, mixture: inputs.mixture, pixels: batch.pixels, imageCount: batch.count, noise: inputs.noise
        ).map { $0 * Float(batch.count) }
        let entry = VectorSum.firstNonFinite(statistics)
        let report = ShardReport(
            shard: shard, imageCount: batch.count, loss: 0, hits: 0, finite: entry == nil, nonFiniteEntry: entry)
        return ShardWork(inputs, report: report, payload: .whole(statistics))
    }

    private func evaluate(_ shard: Int, _ batch: ImageBatch) throws -> ShardWork {
        let inputs = ShardInputs(batch, mixture: givenMixture, noise: noise(shard))
        let pass = try run.network.evaluationPass(
            weights, statistics: statistics ?? [], mixture: inputs.mixture, pixels: batch.pixels, labels: batch.labels,
            noise: inputs.noise)
        let report = ShardReport(
            shard: shard, imageCount: batch.count, loss: Float(pass.lossSum), hits: pass.hits,
            finite: pass.lossSum.isFinite)
        return ShardWork(
            inputs, report: report, payload: evaluationPayload(shard, batch, pass), logits: pass.logits)
    }

    /// The confusion matrix where it is asked for, and the shard's own rows of all images' logits.
    private func evaluationPayload(_ shard: Int, _ batch: ImageBatch, _ pass: Network.EvaluationPass) -> Addend {
        guard job.yields.contains(.predictions) else { return .whole([]) }
        let classes = run.network.classes
        let counts = EvaluationCount.payload(
            of: pass.predictions, batch.labels, topFiveHits: pass.topFiveHits, classes: classes)
        guard job.yields.contains(.logits) else { return .whole(counts) }
        let parts = LogitPayload.parts(
            images: job.imageCount, classes: classes, shardImages: run.configuration.evaluation.shardImages)
        return LogitPayload.payload(shard, counts: counts, logits: pass.logits, in: parts)
    }

    // MARK: The draw

    /// Rounds of one stream in a step have the same noise, as they have the same masks.
    private func noise(_ shard: Int) -> PassNoise {
        PassNoise(
            job.yields.hasGradient ? .noiseOperation : .evaluationNoise, seed: UInt64(run.configuration.run.seed),
            step: job.step, images: job.stream, shard: shard)
    }

    /// Nil where the job's table is the mixture, or there is none.
    private func draw(_ shard: Int) -> ShardDraw? {
        let seed = UInt64(run.configuration.run.seed)
        return run.choices.flatMap { choices in
            job.sample(shard, noise: choices.noise, shape: choices.shape, seed: seed).map { sample in
                ShardDraw(
                    sample: sample,
                    dropout: OperationDropout(
                        weightless: choices.weightless, probability: job.operationDropProbability, seed: seed,
                        step: job.step, images: job.stream, shard: shard))
            }
        }
    }
}
