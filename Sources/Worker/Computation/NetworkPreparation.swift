import Configuration
import Datasets
import Formats
import Host
package import Network
import Randomness
import SearchSpace
import Tensors
package import Wire

/// Prepares the real computation: data set, split, network, probe.
package struct NetworkPreparation: RunPreparing {
    /// A local copy of the data set; one whose digest is not the run's is refused.
    let dataFolder: String?
    /// Where data sets that came over the wire are kept; nothing else is ever written by a worker.
    let cacheFolder: String?
    let device: String
    let path: CellPath
    let isGrouped: Bool

    /// From the command line; nothing is opened before a run is known.
    ///
    /// - Parameter isGrouped: computes a group of shards as one batch on the processor too.
    package init(dataFolder: String?, cacheFolder: String?, device: String, path: CellPath, isGrouped: Bool = false) {
        self.isGrouped = isGrouped
        self.dataFolder = dataFolder
        self.cacheFolder = cacheFolder
        self.device = device
        self.path = path
    }

    /// Takes the data set from the wire, else from `dataFolder`, else from `cacheFolder`; asks for it where none has it.
    /// A cached one of another digest is passed over.
    ///
    /// - Throws: `UserError` or `FormatError` for data of another digest from wire or folder, a configuration of another
    ///   version, or a device that is not there.
    package func prepare(_ welcome: Welcome, data: [UInt8]?) throws -> Preparation {
        let configuration = try SearchConfiguration(canonicalText: welcome.configuration)
        guard let set = try findData(welcome, configuration, data: data) else { return .dataWanted }
        let run = try PreparedRun(
            configuration: configuration, set: set, device: device, path: path, isGrouped: isGrouped)
        let readiness = Readiness(
            layoutDigest: XXH3.hash128(Array(run.layout.canonicalText.utf8)), dataDigest: welcome.dataDigest,
            probe: try run.probe(), mathTable: XXH3.hash128(MathTable.bytes()))
        return .ready(run, readiness)
    }

    private func findData(
        _ welcome: Welcome, _ configuration: SearchConfiguration, data: [UInt8]?
    ) throws -> ImageSet? {
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
            let set = try RecognisedDataset(at: dataFolder).loadTraining(
                compactsLabels: configuration.data.labels == .compact)
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
