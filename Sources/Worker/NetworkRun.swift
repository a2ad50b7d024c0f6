import Configuration
import Datasets
import Estimation
import Formats
import Host
package import Network
import Randomness
import SearchSpace
import Tensors
package import Wire

/// Prepares the real computation: data set, split, network, probe.
package struct NetworkPreparation: RunPreparing {
    /// A local copy of the data set; it counts only if its digest is the run's.
    let dataFolder: String?
    /// Where data sets that came over the wire are kept; nothing else is ever written by a worker.
    let cacheFolder: String?
    let device: String
    let path: CellPath

    package init(dataFolder: String?, cacheFolder: String?, device: String, path: CellPath) {
        self.dataFolder = dataFolder
        self.cacheFolder = cacheFolder
        self.device = device
        self.path = path
    }

    package func prepare(_ welcome: Welcome, data: [UInt8]?) throws -> Preparation {
        guard let set = try findData(welcome, data: data) else { return .dataWanted }
        let configuration = try SearchConfiguration(canonicalText: welcome.configuration)
        let run = try NetworkRun(configuration: configuration, set: set, device: device, path: path)
        let readiness = Readiness(
            layoutDigest: XXH3.hash128(Array(run.network.layout.canonicalText.utf8)), dataDigest: welcome.dataDigest,
            probe: try run.probe(), mathTable: XXH3.hash128(MathTable.bytes()))
        return .ready(run, readiness)
    }

    private func findData(_ welcome: Welcome, data: [UInt8]?) throws -> ImageSet? {
        let wanted = Hexadecimal.string(welcome.dataDigest)
        if let data {
            guard SHA256.digest(data) == welcome.dataDigest else {
                throw UserError(.data, "the data set that came over the wire has another digest than \(wanted)")
            }
            let set = try ImageSet(canonicalBytes: data, source: "data set from the coordinator")
            if let cacheFolder {
                try FileSystem.createDirectory(cacheFolder)
                try FileSystem.writeAtomically("\(cacheFolder)/\(wanted).images", data)
            }
            return set
        }
        if let dataFolder {
            let set = try RecognisedDataset(at: dataFolder).loadTraining()
            let digest = set.digest()
            guard digest == welcome.dataDigest else {
                throw UserError(
                    .data,
                    "the data set in \(dataFolder) has digest \(Hexadecimal.string(digest)), the run's has \(wanted)")
            }
            return set
        }
        guard let cacheFolder, FileSystem.exists("\(cacheFolder)/\(wanted).images") else { return nil }
        let bytes = try FileSystem.readFile("\(cacheFolder)/\(wanted).images", limitBytes: 4 << 30)
        guard SHA256.digest(bytes) == welcome.dataDigest else { return nil }
        return try ImageSet(canonicalBytes: bytes, source: "\(cacheFolder)/\(wanted).images")
    }
}

/// The run's own network on this worker's device, with its data.
final class NetworkRun: RoundComputing {
    let configuration: SearchConfiguration
    let set: ImageSet
    let split: DataSplit
    let network: SuperNetwork

    init(configuration: SearchConfiguration, set: ImageSet, device text: String, path: CellPath) throws {
        guard let device = ComputeDevice(text) else {
            throw UserError(.usage, "--device is '\(text)'; it takes cpu, cuda or cuda:<number>")
        }
        guard device.isAvailable else { throw UserError(.unavailable, "this libtorch has no device '\(text)'") }
        if device != .cpu { try TorchRuntime.requireDeterminism() }
        self.configuration = configuration
        self.set = set
        split = DataSplit(
            labels: set.images.labels, classes: set.classes, portion: configuration.data.trainPortion,
            seed: UInt64(configuration.run.seed))
        let shape = ImageShape(channels: set.channels, height: set.height, width: set.width)
        let plan = configuration.plan(image: shape, classes: set.classes)
        network = SuperNetwork(plan: plan, layout: .superNetwork(plan), device: device, path: path)
    }

    func load(_ job: RoundJob, weights: [UInt8], statistics: [UInt8]?) throws -> any LoadedRound {
        guard let floats = LittleEndian.floats(from: weights), floats.count == network.layout.weightCount else {
            throw UserError(
                .protocolMismatch, "\(weights.count) bytes of weights for \(network.layout.weightCount) weights")
        }
        return try load(job, weights: floats, statistics: statistics.flatMap(LittleEndian.floats(from:)))
    }

    func load(_ job: RoundJob, weights: [Float], statistics: [Float]?) throws -> NetworkRound {
        let entries = 2 * network.plan.topology.edgeCount * Operation.count
        guard job.table.count == entries else {
            throw UserError(.protocolMismatch, "a table of \(job.table.count) entries, \(entries) are due")
        }
        return NetworkRound(run: self, job: job, weights: try network.load(weights: weights), statistics: statistics)
    }

    /// Shard 0 of step 0 from the run's first weights and alpha: machines whose bits agree here are of one kind.
    func probe() throws -> Digest128 {
        TorchRuntime.holdToOneThread()
        let seed = UInt64(configuration.run.seed)
        let alpha = InitialValues.alpha(
            edgeCount: network.plan.topology.edgeCount, mean: configuration.architecture.locMean,
            deviation: configuration.architecture.locStd, seed: seed)
        let job = RoundJob(
            kind: .update, step: 0, epoch: 0, stepInEpoch: 0, shardCount: configuration.training.shards,
            imageCount: configuration.training.batchSize, temperature: configuration.temperature.start,
            dropPathProbability: configuration.training.dropPathProb, table: alpha.flat)
        let round = try load(job, weights: InitialValues.weights(network.layout, seed: seed), statistics: nil)
        let (report, payload) = try round.compute(shard: 0)
        return XXH3.hash128(LittleEndian.bytes(of: payload + report.alphaGradient + [report.loss]))
    }
}
