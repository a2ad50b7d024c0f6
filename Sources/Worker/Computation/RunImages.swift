import Configuration
import Datasets
import Host
import Randomness
import Training
import Wire

/// The images of a run on this worker, and everything about them that a shard's number decides.
struct RunImages: Sendable {
    let configuration: SearchConfiguration
    let set: ImageSet
    let split: DataSplit
    /// Gradient images, in the order in which an evaluation's batch statistics are measured.
    private let recalibrationOrder: [Int]
    /// Held-out images, in the order in which they are evaluated.
    private let evaluationOrder: [Int]
    /// Images that candidates are compared on, in the order in which they are seen.
    private let choosingOrder: [Int]

    private var seed: UInt64 { UInt64(configuration.run.seed) }

    /// - Throws: `UserError` where the configuration does not fit the data.
    init(configuration: SearchConfiguration, set: ImageSet) throws {
        self.configuration = configuration
        self.set = set
        split = try DataSplit(set, configuration)
        evaluationOrder = ImageOrders.evaluation(of: split.heldOut, in: set, configuration)
        choosingOrder = ImageOrders.evaluation(of: split.choosing, in: set, configuration)
        recalibrationOrder = ImageOrders.recalibration(of: split.gradient, seed: UInt64(configuration.run.seed))
    }

    /// In which order the job's epoch goes through its stream.
    func order(of job: RoundJob) -> EpochOrder {
        EpochOrder(indices: stream(of: job), seed: seed, epoch: UInt64(job.epoch), images: job.stream)
    }

    private func stream(of job: RoundJob) -> [Int] { job.stream == .search ? split.search : split.gradient }

    /// One shard's images.
    ///
    /// - Throws: `UserError` (protocolMismatch) for a step beyond its epoch, a batch that is not cut into equal shards, or images that
    ///   are not there.
    func batch(_ shard: Int, of job: RoundJob, order: EpochOrder) throws -> ImageBatch {
        switch job.images {
        case .gradientBatch, .searchBatch: try stepBatch(shard, of: job, order: order)
        case .rewardBatch: BatchAssembler.assemble(set, indices: try stepIndices(shard, of: job, order: order))
        case .choosing: try fixedBatch(shard, of: job, from: choosingOrder)
        case .gradientSample: try fixedBatch(shard, of: job, from: recalibrationOrder)
        case .heldOut: try fixedBatch(shard, of: job, from: evaluationOrder)
        }
    }

    /// Of a shard; what `batch` refuses has any number.
    func imageCount(_ shard: Int, of job: RoundJob) -> Int {
        switch job.images {
        case .gradientBatch, .searchBatch, .rewardBatch: return job.imageCount / job.shardCount
        case .choosing, .gradientSample, .heldOut:
            let size = configuration.evaluation.shardImages
            return min(size, job.imageCount - shard * size)
        }
    }

    private func stepIndices(_ shard: Int, of job: RoundJob, order: EpochOrder) throws -> [Int] {
        guard job.imageCount % job.shardCount == 0 else {
            throw UserError(.protocolMismatch, "\(job.imageCount) images in \(job.shardCount) equal shards")
        }
        guard (Int(job.stepInEpoch) + 1) * job.imageCount <= stream(of: job).count else {
            throw UserError(.protocolMismatch, "step \(job.stepInEpoch) of the epoch lies beyond its images")
        }
        return order.shard(
            shard, of: job.shardCount, stepInEpoch: Int(job.stepInEpoch), batchSize: job.imageCount)
    }

    private func stepBatch(_ shard: Int, of job: RoundJob, order: EpochOrder) throws -> ImageBatch {
        let data = configuration.data
        let augmentation = Augmentation(
            padding: data.cropPadding < 0 ? set.cropPadding : data.cropPadding,
            flips: data.flip < 0 ? set.flips : data.flip == 1, cutoutLength: data.cutout ? data.cutoutLength : 0,
            seed: seed, step: job.step, images: job.stream, shard: UInt32(shard))
        return BatchAssembler.assemble(
            set, indices: try stepIndices(shard, of: job, order: order), augmentation: augmentation)
    }

    /// One mask for each edge of each cell and image: 0, or 1 over the kept share.
    /// - Parameter edges: of all cells together.
    func dropPathMasks(_ shard: Int, of job: RoundJob, edges: Int, imageCount: Int) -> [Float]? {
        guard job.dropPathProbability > 0 else { return nil }
        let keep = 1 - job.dropPathProbability
        let stream = RandomStream(
            seed: seed, purpose: .dropPath, major: job.step, images: job.stream, minor: UInt32(shard))
        return (0..<UInt64(edges * imageCount)).map { stream.uniform($0) < keep ? Float(1 / keep) : 0 }
    }

    /// The first `imageCount` of the images, cut into equal shards; the last may be smaller.
    private func fixedBatch(_ shard: Int, of job: RoundJob, from images: [Int]) throws -> ImageBatch {
        let size = configuration.evaluation.shardImages
        guard job.imageCount <= images.count, shard * size < job.imageCount else {
            throw UserError(.protocolMismatch, "shard \(shard) of \(job.imageCount) images, \(images.count) are there")
        }
        let range = FixedShards.range(shard, size: size, count: job.imageCount)
        return BatchAssembler.assemble(set, indices: Array(images[range]))
    }
}
