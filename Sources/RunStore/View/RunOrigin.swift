package import Configuration
import Formats
import Host
import Reporting
package import SearchProtocol

/// How a run began and on what it was computed, as far as its folder says it: what two runs are compared by before their steps are.
package struct RunOrigin: Sendable {
    /// The folder, as the command was given it.
    package let path: String
    /// 32 hexadecimal digits; a copy of a folder has the same.
    package let identity: String
    /// Of the folder (`RunFormat`).
    package let format: Int
    /// Settings that its version did not have count as what that version did.
    package let configuration: SearchConfiguration
    /// By `section.key`, where the value came from; without what the folder does not say.
    package let origins: [String: String]
    package let data: DataRecord
    /// Versions, libraries and processor of its workers, each kind once, in the order in which they came.
    package let workers: [String]
    /// What the first worker's probe gave; nil where none has come.
    package let workerKind: MachineKind?
    /// Nil where no coordinator has begun.
    package let coordinator: MachineKindRecord.Coordinator?
    /// The run, and the epoch of it, that this one went on from; nil where it began at its own beginning.
    package let beginning: String?
    /// Whether all results stand.
    package let isFinished: Bool

    /// Whether it trains a fixed cell.
    package var isRetraining: Bool { configuration.retrain.genotype != nil }

    /// - Throws: `UserError` where a file that a run rests on is missing (data), damaged (data) or another version's
    ///   (protocolMismatch); `SystemError`.
    package init(of directory: RunDirectory) throws {
        guard RunRecord.isThere(in: directory) else {
            throw UserError(
                .data,
                "'\(directory.path)' does not say how it began: a random cell's folder, or one that a crash left unfinished"
            )
        }
        path = directory.path
        identity = "\(directory.identity)"
        format = try RunFormat.read(of: directory.path)
        configuration = try RunRecord.configuration(of: directory)
        origins = Dictionary(
            try KeptSettings.read(directory).filter { !$0.origin.isEmpty }.map { ($0.key, $0.origin) },
            uniquingKeysWith: { first, _ in first })
        data = try DataRecord(of: directory)
        workers = try ViewedEvents(directory).workers
        do { workerKind = try MachineKindRecord.read(directory) } catch let error as FormatError {
            throw UserError(.data, "\(directory.path): \(error.description)")
        }
        coordinator = try MachineKindRecord.readCoordinator(directory)
        var remarks: [String] = []
        beginning = try RunView.document("branch.json", of: directory, &remarks).map { document in
            "epoch \(document["epochs_done"]?.integer.map(String.init) ?? "?") of \(document["path"]?.text ?? "another run")"
        }
        isFinished = directory.isFinished
    }
}
