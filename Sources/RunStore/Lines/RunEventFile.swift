package import Exchange
import Host

/// The run's curves for TensorBoard: one event file in the folder `tensorboard`, with a record a step and two an epoch. It is opened
/// with the first event that is to be written.
///
/// A run that goes on appends to the file that is there, without what it computes again: every point stands once.
package final class RunEventFile {
    private let directory: RunDirectory
    private let firstStep: Int
    private let firstEpoch: Int
    private var open: (path: String, byteCount: Int)?
    /// Whether what is computed again was taken back: from then on all that stands there is to stay.
    private var hasBegun = false

    static let folderName = "tensorboard"
    /// By which TensorBoard knows an event file; seconds since 1970 and a host's name stand between them.
    private static let prefix = "events.out.tfevents."
    private static let suffix = ".snas"
    /// A file that is larger than this is none of ours: see `EventPace`.
    private static let limitBytes = 1 << 30

    /// With which the tags of events begin whose steps are epochs.
    package static let epochTagPrefix = "epoch_"

    /// - Parameters:
    ///   - firstStep: steps that are done: these and later ones are computed, perhaps again.
    ///   - firstEpoch: epochs whose evaluation is done.
    package init(_ directory: RunDirectory, firstStep: Int, firstEpoch: Int) {
        self.directory = directory
        self.firstStep = firstStep
        self.firstEpoch = firstEpoch
    }

    /// Without a sync. What could not be written whole leaves no trace.
    ///
    /// - Throws: `SystemError`.
    package func append(_ events: [SummaryEvent]) throws {
        let now = Clock.unixSeconds()
        let bytes = events.flatMap { EventRecord.bytes($0.bytes(unixSeconds: now)) }
        let (path, byteCount) = try openFile(at: now)
        do { try FileSystem.appendFile(path, bytes) } catch {
            try? FileSystem.truncate(path, toBytes: byteCount)
            throw error
        }
        open = (path, byteCount + bytes.count)
    }

    /// The file to append to, as it was left; somebody may have removed it.
    private func openFile(at now: Double) throws -> (path: String, byteCount: Int) {
        if let open, FileSystem.size(open.path) == open.byteCount { return open }
        open = nil
        let folder = "\(directory.path)/\(Self.folderName)"
        try FileSystem.createDirectory(folder)
        let name = try Self.name(in: folder) ?? "\(Self.prefix)\(Int(now)).\(Self.hostName)\(Self.suffix)"
        let path = "\(folder)/\(name)"
        var byteCount = try hasBegun ? cut(path, where: { _, _ in true }) : cut(path)
        if byteCount == 0 {
            let version = EventRecord.bytes(SummaryEvent.version(unixSeconds: now))
            try FileSystem.writeFile(path, version)
            byteCount = version.count
        }
        hasBegun = true
        open = (path, byteCount)
        return (path, byteCount)
    }

    private func cut(_ path: String) throws -> Int {
        try cut(path) { step, tag in
            guard let tag else { return true }
            return step < (tag.hasPrefix(Self.epochTagPrefix) ? firstEpoch : firstStep)
        }
    }

    /// - Returns: bytes that stay.
    private func cut(_ path: String, where isWanted: (Int, String?) -> Bool) throws -> Int {
        guard let size = FileSystem.size(path) else { return 0 }
        let kept = EventRecord.lengthKept(
            of: try FileSystem.readFile(path, limitBytes: Self.limitBytes), where: isWanted)
        if kept < size { try FileSystem.truncate(path, toBytes: kept) }
        return kept
    }

    /// The newest of ours; nil where there is none.
    private static func name(in folder: String) throws -> String? {
        try FileSystem.list(folder).last { $0.hasPrefix(prefix) && $0.hasSuffix(suffix) }
    }

    /// As a part of a file's name.
    private static var hostName: String {
        HostInfo.hostName().replacing(/[^A-Za-z0-9_-]/, with: "-")
    }

    /// What another run has, for one that goes on from it.
    ///
    /// - Throws: `SystemError`.
    static func copy(from source: RunDirectory, to new: RunDirectory) throws {
        let folder = "\(source.path)/\(folderName)"
        guard FileSystem.isDirectory(folder), let name = try name(in: folder) else { return }
        try FileSystem.createDirectory("\(new.path)/\(folderName)")
        try FileSystem.writeFile(
            "\(new.path)/\(folderName)/\(name)", try FileSystem.readFile("\(folder)/\(name)", limitBytes: limitBytes))
    }
}
