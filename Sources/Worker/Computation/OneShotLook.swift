import Configuration
import Datasets
import Formats
import Host
import Network
import Optimization
import Randomness
import RunStore
import SearchSpace
import Tensors
import Training
import Wire

/// What a search's own weights say of any cell: the cell's network with the weights that it inherits from the super-network,
/// with batch statistics measured for it, on the images that the search held out. No gradient is taken.
struct OneShotLook: Sendable {
    private let run: PreparedRun
    private let space: CellSpace
    private let weights: NetworkWeights
    /// Gradient images, drawn by key, so that data sorted by class give mixed shards.
    private let measured: [ImageBatch]
    private let heldOut: [ImageBatch]

    /// - Parameter folder: of a search that has ended.
    /// - Throws: `UserError` where the folder lacks something, or no image was held out.
    init(of folder: String, set: ImageSet, path: CellPath) throws {
        let search = try FrozenSearch(of: folder, asFor: "one-shot accuracy", path: path) { _, _ in set }
        run = search.run
        weights = search.weights
        space = CellSpace(search.plan)
        let configuration = search.configuration
        let split = run.images.split
        guard !split.heldOut.isEmpty else {
            throw UserError(.usage, "'\(folder)' held no images out (train_portion 1): nothing tells one-shot accuracy")
        }
        let stream = RandomStream(seed: UInt64(configuration.run.seed), purpose: .resampling, minor: 2)
        let order = Permutation.shuffled(split.gradient.count, stream: stream).map { split.gradient[$0] }
        let size = configuration.evaluation.shardImages
        measured = Self.batches(Array(order.prefix(configuration.evaluation.recalibrationImages)), set, size: size)
        heldOut = Self.batches(split.heldOut, set, size: size)
    }

    private static func batches(_ indices: [Int], _ set: ImageSet, size: Int) -> [ImageBatch] {
        (0..<FixedShards.shardCount(size: size, count: indices.count)).map { shard in
            let range = FixedShards.range(shard, size: size, count: indices.count)
            return BatchAssembler.assemble(set, indices: Array(indices[range]))
        }
    }

    /// Mean loss and hits on the held-out images, of the cell's network with inherited weights.
    ///
    /// - Throws: `UserError` (usage) for a cell of another space.
    func look(at job: TrainingJob) throws -> TrainingOutcome {
        TorchRuntime.holdToOneThread()
        let begun = Clock.threadProcessorSeconds()
        guard space.contains(job.genotype) else {
            throw UserError(.usage, "the search's space does not hold the table's cells")
        }
        let mixture = EdgeTable.oneHot(job.genotype, in: space.searchSpace)
        var statistics = [Float](repeating: 0, count: run.network.layout.statisticCount)
        func noise(_ shard: Int) -> PassNoise {
            PassNoise(.evaluationNoise, seed: UInt64(run.configuration.run.seed), step: 0, shard: shard)
        }
        for (shard, batch) in measured.enumerated() {
            let own = try run.network.statisticsPass(
                weights, mixture: mixture, pixels: batch.pixels, imageCount: batch.count, noise: noise(shard))
            VectorSum.add(own, into: &statistics)
        }
        VectorSum.divide(&statistics, by: Float(measured.count))
        var (loss, hits, images) = (0.0, 0, 0)
        for (shard, batch) in heldOut.enumerated() {
            let pass = try run.network.evaluationPass(
                weights, statistics: statistics, mixture: mixture, pixels: batch.pixels, labels: batch.labels,
                noise: noise(shard))
            loss += Double(Float(pass.lossSum))
            hits += pass.hits
            images += batch.count
        }
        let mean = loss / Double(images)
        return TrainingOutcome(
            number: job.number, loss: mean.isFinite ? mean : nil, hits: hits, fingerprint: "",
            processorSeconds: Clock.threadProcessorSeconds() - begun)
    }
}
