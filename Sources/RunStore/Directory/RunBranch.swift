package import Configuration
package import Datasets
import Formats
import Host
import Wire

/// Going back: a new run that goes on from an epoch's checkpoint of another one, with other settings. The first run is read
/// only and stays as it is. With the same settings the same cell would come out again, bit for bit.
package struct RunBranch {
    private let source: RunDirectory
    private let checkpoint: String
    private let epochsDone: Int
    /// The first run's settings, which the new run's begin as.
    package let configuration: SearchConfiguration

    private static let recordName = "branch.json"

    /// Settings by which the state has its shape, or the meaning of its step number: they stay.
    private static let fixedSections = ["space.", "data."]
    private static let fixedSettings = ["run.seed", "training.batch_size"]

    /// - Parameter epochsDone: as the log counts them, from 1.
    /// - Throws: `UserError` (noInput) where no such run or checkpoint is.
    package init(of path: String, epochsDone: Int) throws {
        source = try RunDirectory.toRead(path)
        let kept = try source.checkpoints().compactMap { name in
            RunDirectory.epochsDone(inName: name).map { (epochs: $0, name: name) }
        }
        guard let found = kept.first(where: { $0.epochs == epochsDone }) else {
            let words = kept.map { String($0.epochs) }.joined(separator: ", ")
            throw UserError(
                .noInput,
                "no checkpoint of epoch \(epochsDone) is kept in '\(path)'; there are "
                    + (words.isEmpty ? "none of any epoch" : "those of epochs \(words)"))
        }
        checkpoint = found.name
        self.epochsDone = epochsDone
        configuration = try RunRecord.configurationToContinue(source)
    }

    /// Which run a branch goes on from and which of its steps was the first of its own; nil of a run that began by itself.
    ///
    /// - Throws: `UserError` (data) where the folder says that it is a branch, and not of which step.
    package static func beginning(of directory: RunDirectory) throws -> (run: String, step: Int)? {
        guard let bytes = try directory.read(recordName) else { return nil }
        guard let value = try? JSONValue.parse(bytes, source: recordName), let step = value["step"]?.integer, step >= 0
        else { throw UserError(.data, "\(directory.path)/\(recordName) does not say at which step the run begins") }
        return (value["path"]?.text ?? "another run", step)
    }

    /// Where a value came from that nobody changed.
    package var origin: Origin { .run(source.path, epoch: epochsDone) }

    /// The first run's data set, from where the user says that it is, or from where it lay.
    ///
    /// - Throws: `UserError` where it is not there, or another one.
    package func data(from place: String?) throws -> (data: ImageSet, record: DataRecord) {
        try DataRecord(of: source).load(
            from: place, compactsLabels: configuration.data.labels == .compact)
    }

    /// Makes the new run's folder, to be opened like any run that has begun: what the first had when the epoch ended, and the
    /// new settings.
    ///
    /// - Parameter data: the first run's, with the place where it was found.
    /// - Returns: the folder, which nobody holds.
    /// - Throws: `UserError` where a setting is changed that must stay.
    package func create(_ resolved: ResolvedConfiguration, data: DataRecord, at path: String) throws -> RunDirectory {
        try checkChanges(resolved.configuration)
        let state = try JSONValue.parse(
            try source.readCheckpoint(checkpoint, file: "state.json"), source: "checkpoint \(checkpoint)")
        guard let step = state["step"]?.integer else { throw UserError(.data, "checkpoint \(checkpoint) has no step") }
        let new = try RunDirectory.create(path)
        do { try fill(new, resolved, data, state, step) } catch {
            new.discard()
            throw error
        }
        return new.leftInPeace()
    }

    private func fill(
        _ new: RunDirectory, _ resolved: ResolvedConfiguration, _ data: DataRecord, _ state: JSONValue, _ step: Int
    ) throws {
        for name in ["kind.json", "coordinator_kind.json", RunJournal.name] + RunMetrics.names {
            if let bytes = try source.read(name) { try new.write(name, bytes) }
        }
        try RunMetrics(new).forget(stepsFrom: step, epochsFrom: epochsDone)
        try RunEventFile.copy(from: source, to: new)
        try RunJournal.forget(stepsFrom: step, in: new)
        try data.write(to: new)
        if let bytes = try source.read(LatencyFile.keptName) { try new.write(LatencyFile.keptName, bytes) }
        try RunRecord.writeSources(resolved, to: new)
        try RunRecord.writeConfiguration(resolved.configuration, to: new)
        try new.write(
            Self.recordName,
            JSONValue.object([
                "run": .string(source.identity.description), "path": .string(try FileSystem.absolutePath(source.path)),
                "epochs_done": .integer(epochsDone), "step": .integer(step),
                "fingerprint": state["fingerprint"] ?? .null,
            ]).serialized(pretty: true) + "\n")
        let folder = "checkpoints/\(checkpoint)"
        try FileSystem.createDirectory("\(new.path)/\(folder)")
        for file in try FileSystem.list("\(source.path)/\(folder)") {
            try new.write("\(folder)/\(file)", try source.readCheckpoint(checkpoint, file: file))
        }
    }

    private func checkChanges(_ changed: SearchConfiguration) throws {
        let before = configuration.canonicalText.split(separator: "\n")
        let after = changed.canonicalText.split(separator: "\n")
        for (old, new) in zip(before, after) where old != new {
            let key = String(new.prefix { $0 != " " })
            guard !Self.fixedSections.contains(where: key.hasPrefix), !Self.fixedSettings.contains(key) else {
                throw UserError(
                    .configuration,
                    "\(new), the run has \(old): space, data, seed and batch_size stay when a run goes on from an epoch"
                )
            }
        }
    }
}
