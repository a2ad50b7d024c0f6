import Configuration
import Datasets
import Formats
import Host
import Network
import Optimization
import Randomness
import SearchSpace
import Tensors
import Training
import Wire

/// One derived network trained from scratch on the calling thread, then judged: the very steps of a retraining, without a
/// coordinator, a wire or a file between them. Weights and statistics come out with the bits that `snas retrain` gives.
struct CellTraining {
    private let run: PreparedRun
    private var retraining: TrainingRun
    private let judgedBy: TrainingConstants.Judges

    /// - Parameters:
    ///   - recipe: the configuration but for its genotype; its seed is the training's.
    ///   - judgedBy: which images say what came out.
    /// - Throws: `UserError` where it does not fit the images.
    init(
        _ recipe: SearchConfiguration, _ genotype: Genotype, set: ImageSet, path: CellPath,
        judgedBy: TrainingConstants.Judges
    ) throws {
        self.judgedBy = judgedBy
        var configuration = recipe
        configuration.retrain.genotype = genotype
        let shape = ImageShape(channels: set.channels, height: set.height, width: set.width)
        run = try PreparedRun(configuration: configuration, set: set, device: "cpu", path: path)
        let images = run.images.split.gradient.count
        try configuration.check(gradientImages: images, image: shape)
        // Nobody looks at a training before it is over.
        retraining = try TrainingRun(
            configuration, image: shape, classes: set.classes, gradientImages: images, heldOutImages: 0)
    }

    /// What a machine of another kind computes otherwise.
    func probe() throws -> Digest128 {
        TorchRuntime.holdToOneThread()
        return try run.probe()
    }

    mutating func outcome(of job: TrainingJob) throws -> TrainingOutcome {
        TorchRuntime.holdToOneThread()
        let begun = Clock.threadProcessorSeconds()
        let isFinite = try train()
        let judged = try isFinite ? judge() : nil
        return TrainingOutcome(
            number: job.number, loss: judged.flatMap { $0.loss.isFinite ? $0.loss : nil }, hits: judged?.hits ?? 0,
            fingerprint: retraining.state.fingerprint, processorSeconds: Clock.threadProcessorSeconds() - begun)
    }

    /// - Returns: false where a retraining would have given up, since something was not finite.
    private mutating func train() throws -> Bool {
        let limit = run.images.configuration.training.skipLimit
        while let planned = retraining.nextRound() {
            let round = try run.load(planned.job, weights: retraining.state.weights, statistics: planned.statistics)
            let tree = ShardTree(shardCount: planned.job.shardCount)
            var sum = TreeSum(tree: tree)
            var reports: [ShardReport] = []
            for shard in 0..<planned.job.shardCount {
                let (report, payload) = try round.compute(shard: shard)
                reports.append(report)
                _ = sum.fill(tree.leaf(shard), with: payload)
            }
            guard let total = sum.total else { preconditionFailure("every shard was filled") }
            for case .step(let step) in retraining.absorb(planned.job, total: total, reports: reports)
            where !step.isFinite || step.skippedInRow >= limit { return false }
        }
        return retraining.state.isFinite
    }

    /// Summed as an evaluation round sums: a Float for each shard of images, then in Double.
    private func judge() throws -> (loss: Double, hits: Int) {
        let images = run.images.split.judges(judgedBy)
        let size = run.images.configuration.evaluation.shardImages
        let weights = try run.network.load(weights: retraining.state.weights)
        var (loss, hits) = (0.0, 0)
        for shard in 0..<FixedShards.shardCount(size: size, count: images.count) {
            let range = FixedShards.range(shard, size: size, count: images.count)
            let batch = BatchAssembler.assemble(run.images.set, indices: Array(images[range]))
            let pass = try run.network.evaluationPass(
                weights, statistics: retraining.state.statistics, mixture: nil, pixels: batch.pixels,
                labels: batch.labels,
                noise: PassNoise(
                    .evaluationNoise, seed: UInt64(run.images.configuration.run.seed),
                    step: UInt64(retraining.state.step), shard: shard))
            loss += Double(Float(pass.lossSum))
            hits += pass.hits
        }
        return (loss / Double(max(1, images.count)), hits)
    }
}

extension DataSplit {
    func judges(_ judgedBy: TrainingConstants.Judges) -> [Int] {
        switch judgedBy {
        case .judge: judge
        case .heldOut: heldOut
        }
    }
}
