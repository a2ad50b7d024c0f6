import Configuration
import Coordinator
import Datasets
import Formats
import Host
import RunStore
import SearchSpace

/// The folder of a retraining on the digits that is over, though nothing was ever computed in it.
final class RetrainedFolder {
    let folder: String
    let session: TrainingSession

    var path: String { "\(folder)/digits-retrain" }

    init(_ cell: Genotype = SearchSpace.darts(nodes: 1).uniform(.sepConv3x3), isOver: Bool = true) throws {
        folder = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
        var builder = ConfigurationBuilder(from: .retraining, origin: .standard)
        for (name, value) in [
            ("genotype", cell.compactText), ("init_channels", "2"), ("layers", "3"), ("cutout", "false"), ("seed", "5"),
        ] { try builder.apply(name: name, value: value, origin: .flag) }
        let path = "\(folder)/digits-retrain"
        session = try TrainingSession(
            new: try builder.finished(), data: try RecognisedDataset(at: "digits").loadTraining(),
            dataLocation: "digits"
        ) { try RunDirectory.create(path) }
        if isOver, case .over(let ending)? = session.finish().event {
            try ResultFiles(session.directory).write(ending)
        }
    }

    deinit { try? FileSystem.removeTree(folder) }

    func bytes(_ name: String) throws -> [UInt8] { try FileSystem.readFile("\(path)/\(name)", limitBytes: 1 << 24) }

    /// Puts words in the place of others in one of the run's files.
    func change(_ name: String, _ old: String, _ new: String) throws {
        let text = String(decoding: try bytes(name), as: UTF8.self)
        precondition(text.contains(old))
        try FileSystem.writeFile("\(path)/\(name)", Array(text.replacing(old, with: new).utf8))
    }
}
