import Configuration
import Datasets
import Exchange
import Formats
import Host
import SearchSpace

/// A retraining's network as a file of ONNX, with where it came from.
package struct ONNXFile: Sendable {
    private let network: RetrainedNetwork
    private let metadata: [(key: String, text: String)]

    /// - Parameters:
    ///   - path: the retraining's folder.
    ///   - weightsPath: nil are the weights that the run left.
    /// - Throws: what `RetrainedNetwork` throws; `UserError` (data) for a network that ONNX cannot give, or whose origin is damaged.
    package init(ofRun path: String, weightsAt weightsPath: String?) throws {
        network = try RetrainedNetwork(of: path, weightsAt: weightsPath)
        if let objection = NetworkGraph.objection(to: network.plan) {
            throw UserError(.data, "'\(path)' cannot be written as ONNX: \(objection)")
        }
        metadata = try Self.metadata(network, weightsPath)
    }

    /// The same for the same run, weights and program.
    package var bytes: [UInt8] {
        let graph = NetworkGraph(
            plan: network.plan, weights: network.weights, statistics: network.statistics, mean: network.form.mean,
            deviation: network.form.deviation
        ).graph
        let plan = network.plan
        return ONNXModel(
            graph, producerVersion: ProgramVersion.number,
            explanation:
                "A network of \(plan.cellCount) cells from \(plan.initChannels) channels on, trained on \(network.form.name): "
                + "\(NetworkGraph.inputName) to \(NetworkGraph.outputName) of \(plan.classes) classes. \(NetworkGraph.inputName): "
                + "\(NetworkGraph.inputRule).", metadata: metadata
        ).bytes
    }

    private static func folderName(_ path: String) throws -> String {
        String(try FileSystem.absolutePath(path).split(separator: "/").last ?? "/")
    }

    /// The fingerprint is of the weights that the run left: other weights have the digest of their file in its place.
    private static func metadata(
        _ network: RetrainedNetwork, _ weightsPath: String?
    ) throws -> [(key: String, text: String)] {
        let directory = network.directory
        var texts = [
            ("genotype", network.plan.genotype.text), ("run", try folderName(directory.path)),
            ("run_identity", "\(directory.identity)"), ("seed", "\(network.configuration.run.seed)"),
        ]
        if let weightsPath {
            let bytes = try FileSystem.readFile(weightsPath, limitBytes: RunDirectory.fileLimitBytes)
            texts.append(("weights_sha256", Hexadecimal.string(SHA256.digest(bytes))))
        } else {
            let result = try RunResult(of: directory)
            if let steps = result.steps { texts.append(("steps", "\(steps)")) }
            texts.append(("fingerprint", result.fingerprint))
        }
        texts += [
            ("data", network.form.name), ("data_sha256", try DataRecord(of: directory).digest),
            ("classes", "\(network.form.classes)"),
        ]
        if let labels = network.form.fileLabels {
            texts.append(("file_labels", "[\(labels.map(String.init).joined(separator: ", "))]"))
        }
        texts += [("input", NetworkGraph.inputRule), ("snas_version", ProgramVersion.number)]
        return texts.map { (key: $0.0, text: $0.1) }
    }
}
