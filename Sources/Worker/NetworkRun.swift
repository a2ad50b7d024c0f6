import Configuration
import Datasets
import Estimation
import Formats
import Host
import Network
import Randomness
import SearchSpace
import Tensors
import Wire

/// A run's own network on this worker's device.
protocol PreparedNetwork: RoundComputing {
    var layout: WeightLayout { get }

    /// One shard from the run's first weights: machines whose bits agree here are of one kind.
    func probe() throws -> Digest128
}

/// The super-network of a search, with its data.
final class NetworkRun: PreparedNetwork {
    let images: RunImages
    let network: SuperNetwork
    /// Of alpha, Z and credits.
    let tableShape: EdgeTableShape
    /// Operations that dropout may take.
    let weightlessEntries: EdgeTable<Bool>

    var configuration: SearchConfiguration { images.configuration }
    var set: ImageSet { images.set }
    var layout: WeightLayout { network.layout }

    init(configuration: SearchConfiguration, set: ImageSet, device text: String, path: CellPath) throws {
        let device = try ComputeDevice.ready(text)
        images = try RunImages(configuration: configuration, set: set)
        let shape = ImageShape(channels: set.channels, height: set.height, width: set.width)
        let plan = configuration.plan(image: shape, classes: set.classes)
        tableShape = plan.topology.tableShape
        weightlessEntries = plan.weightlessEntries
        network = SuperNetwork(plan: plan, layout: .superNetwork(plan), device: device, path: path)
    }

    func load(_ job: RoundJob, weights: GatheredBlob, statistics: GatheredBlob?) throws -> any LoadedRound {
        guard let floats = weights.floats, floats.count == network.layout.weightCount else {
            throw UserError(
                .protocolMismatch, "\(weights.byteCount) bytes of weights for \(network.layout.weightCount) weights")
        }
        return try load(job, weights: floats, statistics: statistics?.floats)
    }

    func load(_ job: RoundJob, weights: [Float], statistics: [Float]?) throws -> NetworkRound {
        guard job.table.count == tableShape.count else {
            throw UserError(.protocolMismatch, "a table of \(job.table.count) entries, \(tableShape.count) are due")
        }
        return NetworkRound(run: self, job: job, weights: try network.load(weights: weights), statistics: statistics)
    }

    /// Shard 0 of step 0 from the run's first weights and alpha: machines whose bits agree here are of one kind.
    func probe() throws -> Digest128 {
        TorchRuntime.holdToOneThread()
        let seed = UInt64(configuration.run.seed)
        let alpha = InitialValues.alpha(
            tableShape, mean: configuration.architecture.locMean, deviation: configuration.architecture.locStd,
            seed: seed)
        let job = RoundJob(
            kind: .update, step: 0, epoch: 0, stepInEpoch: 0, shardCount: configuration.training.shards,
            imageCount: configuration.training.batchSize, temperature: configuration.temperature.start,
            dropPathProbability: configuration.training.dropPathProb, table: alpha.entries)
        let round = try load(job, weights: InitialValues.weights(network.layout, seed: seed), statistics: nil)
        let (report, payload) = try round.compute(shard: 0)
        return XXH3.hash128(LittleEndian.bytes(of: payload + report.alphaGradient + [report.loss]))
    }
}
