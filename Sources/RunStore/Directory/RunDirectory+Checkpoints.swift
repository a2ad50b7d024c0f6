import Formats
import Host
package import SearchProtocol

/// The checkpoints in a run's folder: a sub-folder each, under names that sort by age.
extension RunDirectory {
    private static let epochWord = "-epoch-"

    /// The name holds the step, padded with zeros, so that names sort by age.
    /// - Parameter epochsDone: for the checkpoint that ends an epoch, which comes after one that the clock asked for.
    package static func checkpointName(step: Int, epochsDone: Int? = nil) -> String {
        "step-\(padded(UInt64(step)))" + (epochsDone.map { epochWord + padded(UInt64($0)) } ?? "")
    }

    /// Steps that were done at a checkpoint of that name; nil where the name says none.
    package static func step(inName name: String) -> Int? {
        guard isCheckpointName(name) else { return nil }
        return Int(name.dropFirst(5).prefix { $0 != "-" })
    }

    /// Epochs that were done at a checkpoint that ends one; nil for another's name.
    package static func epochsDone(inName name: String) -> Int? {
        guard let word = name.ranges(of: epochWord).first else { return nil }
        return Int(name[word.upperBound...])
    }

    /// Tells checkpoints from folders that a crash left unfinished (`.tmp-`), and from the journal's lines where both are
    /// persisted.
    package static func isCheckpointName(_ name: String) -> Bool { name.hasPrefix("step-") }

    /// Names of the checkpoints that stand, oldest first. None where their folder is not there: what copies a run through an object
    /// store leaves empty folders out.
    package func checkpoints() throws -> [String] {
        let folder = "\(path)/checkpoints"
        guard try FileSystem.isThere(folder) else { return [] }
        return try FileSystem.list(folder).filter(Self.isCheckpointName)
    }

    /// What a crash left of a checkpoint that was being written.
    package func removeUnfinishedCheckpoints() throws {
        try FileSystem.createDirectory("\(path)/checkpoints")
        for name in try FileSystem.list("\(path)/checkpoints") where name.hasPrefix(".tmp-") {
            try FileSystem.removeTree("\(path)/checkpoints/\(name)")
        }
    }

    /// What stands, with what retention must know of it.
    package func checkpointMarks() throws -> [CheckpointMark] {
        try checkpoints().map { name in
            guard Self.epochsDone(inName: name) != nil else { return CheckpointMark(name: name) }
            let record = try? EpochRecord(
                try readCheckpoint(name, file: EpochRecord.fileName), source: "checkpoint \(name)")
            // Without its record it still is an epoch's, but nobody knows how good.
            return record?.mark(name) ?? CheckpointMark(name: name, endsEpoch: true)
        }
    }

    /// One file of a checkpoint, whole: `state.safetensors`, `state.json` or `epoch.json`.
    ///
    /// - Throws: `SystemError` where it cannot be read.
    package func readCheckpoint(_ name: String, file: String) throws -> [UInt8] {
        try FileSystem.readFile("\(path)/checkpoints/\(name)/\(file)", limitBytes: Self.fileLimitBytes)
    }
}
