import Host
package import Wire

/// A run's folder: who it is, which generation writes it, its checkpoints.
package struct RunDirectory: Sendable {
    /// The folder, as the command was given it: relative to the process's own, or from the root.
    package let path: String
    /// Drawn when the folder was made and kept by every resume; it feeds no draw of the run.
    package let identity: RunIdentity
    /// This incarnation of the coordinator.
    package let generation: UInt64
    /// Held by whoever writes the run.
    package let lease: RunLease?
    /// Whether this process made the folder itself, and not only what is in it.
    private let isOwnFolder: Bool

    /// Of the largest file that is read: a checkpoint's tensors.
    static let fileLimitBytes = 8 << 30

    /// Takes a place for a new run, and generation 1: where nothing is, in an empty folder, or over what a crash left of a run that
    /// was being made.
    ///
    /// - Throws: `UserError` (cannotCreate) where something else is, or another process makes a run there at this moment.
    package static func create(_ path: String) throws -> RunDirectory {
        try refuseRun(at: path)
        let isOwnFolder = !FileSystem.exists(path)
        try FileSystem.createDirectory(path)
        // From here on nobody else of this machine makes a run there; somebody may just have.
        let lease = try RunLease(claiming: path)
        try refuseRun(at: path)
        try lease.hold(generation: 1)
        for name in try FileSystem.listOwn(path) where name != RunLease.name {
            try FileSystem.removeTree("\(path)/\(name)")
        }
        try FileSystem.createDirectory("\(path)/checkpoints")
        try FileSystem.createDirectory("\(path)/generations")
        try take(generation: 1, of: path)
        try RunFormat.write(to: path)
        let identity = RunIdentity(high: Entropy.word(), low: Entropy.word())
        try FileSystem.writeAtomically("\(path)/identity", Array("\(identity)\n".utf8))
        return RunDirectory(path: path, identity: identity, generation: 1, lease: lease, isOwnFolder: isOwnFolder)
    }

    /// Looks whether a run is at a path or could be made there, and changes nothing.
    ///
    /// - Throws: `UserError` (cannotCreate) where something else is.
    package static func checkPlace(_ path: String) throws { _ = try RunPlace(at: path) }

    private static func refuseRun(at path: String) throws {
        guard try RunPlace(at: path) == .run else { return }
        throw UserError(
            .cannotCreate,
            "run directory '\(path)' exists; choose another, or continue it with: snas resume \(ShellWord.quoted(path))"
        )
    }

    /// The same folder, to be opened by whoever comes; generation 0, which writes nothing.
    func leftInPeace() -> RunDirectory {
        lease?.release()
        return RunDirectory(path: path, identity: identity, isOwnFolder: isOwnFolder)
    }

    /// Removes a run that this process has just made, and in which nothing was computed: a mistake that is found only then leaves
    /// nothing behind. A folder that was there before stays, as empty as it was.
    package func discard() {
        // Its lease last: as long as it stands nobody else makes a run there.
        for name in (try? FileSystem.listOwn(path)) ?? [] where name != RunLease.name {
            try? FileSystem.removeTree("\(path)/\(name)")
        }
        lease?.release()
        try? FileSystem.removeTree("\(path)/\(RunLease.name)")
        if isOwnFolder { try? FileSystem.removeTree(path) }
    }

    /// Opens a run that has begun and takes the next generation.
    ///
    /// - Parameter check: reads of it what has to be in order, while nobody else can take the run. Where it throws, the folder stays
    ///   as it was: another program may be able to go on with it.
    /// - Throws: `UserError` where there is no run, or another coordinator holds it (cannotCreate).
    package static func open<Checked>(
        _ path: String, checking check: (RunDirectory) throws -> Checked
    ) throws -> (directory: RunDirectory, checked: Checked) {
        let run = try toRead(path)
        let lease = try RunLease(claiming: path)
        do {
            let checked = try check(run)
            return (try run.raised(lease), checked)
        } catch {
            lease.release()
            throw error
        }
    }

    /// A run that has begun, to be read only: it may be running. Its generation is 0, which writes nothing.
    ///
    /// - Throws: `UserError` where there is no run, or one of a newer program's format.
    package static func toRead(_ path: String) throws -> RunDirectory {
        guard isThere(path) else { throw UserError(.noInput, noRun(at: path)) }
        _ = try RunFormat.read(of: path)
        let text = String(decoding: try FileSystem.readFile("\(path)/identity", limitBytes: 4096), as: UTF8.self)
        guard let identity = RunIdentity(String(text.filter { !$0.isWhitespace })) else {
            throw UserError(.data, "\(path)/identity does not hold a run's identity: '\(text.prefix(40))'")
        }
        return RunDirectory(path: path, identity: identity)
    }

    private static func noRun(at path: String) -> String {
        if FileSystem.isDirectory(path) { return "no run in '\(path)'" }
        if let target = FileSystem.linkTarget(path), !FileSystem.exists(path) {
            return "no run in '\(path)': it is a link to '\(target)', which is not there"
        }
        return FileSystem.exists(path)
            ? "'\(path)' is a file, not a run's folder" : "no run in '\(path)': nothing is there"
    }

    /// Whether a run's folder is there, whoever wrote it and however far it is.
    package static func isThere(_ path: String) -> Bool { FileSystem.exists("\(path)/identity") }

    private init(
        path: String, identity: RunIdentity, generation: UInt64 = 0, lease: RunLease? = nil, isOwnFolder: Bool = false
    ) {
        self.lease = lease
        self.isOwnFolder = isOwnFolder
        self.path = path
        self.identity = identity
        self.generation = generation
    }

    /// The next generation, taken by exclusive creation: of two coordinators that try, one gets it.
    private func raised(_ lease: RunLease) throws -> RunDirectory {
        let next = try Self.newestGeneration(of: path) + 1
        try Self.take(generation: next, of: path)
        try lease.hold(generation: next)
        return RunDirectory(path: path, identity: identity, generation: next, lease: lease)
    }

    private static func take(generation: UInt64, of path: String) throws {
        guard try FileSystem.createExclusively("\(path)/generations/\(padded(generation))", []) else {
            throw UserError(.cannotCreate, "another coordinator has just taken generation \(generation) of '\(path)'")
        }
        try FileSystem.sync("\(path)/generations")
    }

    /// By the files' names; what no run comes to in its life is none of them, and one more than the newest is always a number.
    static func newestGeneration(of path: String) throws -> UInt64 {
        let mostGenerations: UInt64 = 9_999_999_999
        return try FileSystem.list("\(path)/generations").compactMap { UInt64($0) }.filter { $0 <= mostGenerations }
            .max() ?? 0
    }

    /// Whether the next generation has been taken: one look, cheap enough to precede every write.
    ///
    /// - Throws: `SystemError` where that cannot be seen.
    package var isSuperseded: Bool { get throws { try Self.isTaken(generation + 1, in: path) } }

    /// Asks for a name: that needs no descriptor, so a process that has none left can still look.
    static func isTaken(_ generation: UInt64, in path: String) throws -> Bool {
        try FileSystem.isThere("\(path)/generations/\(padded(generation))")
    }

    static func padded(_ number: UInt64) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 10 - digits.count)) + digits
    }

    // MARK: Files

    /// The last result that is written: where it stands the run is over.
    package static let lastResultName = "weights.safetensors"

    /// Whether all results stand. A run that was stopped early, or is running, is not finished.
    package var isFinished: Bool { FileSystem.exists("\(path)/\(Self.lastResultName)") }

    /// Whole or not at all, and on the disk when this returns.
    ///
    /// - Throws: `SystemError`.
    package func write(_ name: String, _ bytes: [UInt8]) throws {
        try FileSystem.writeAtomically("\(path)/\(name)", bytes)
    }

    /// The same of text.
    package func write(_ name: String, _ text: String) throws { try write(name, Array(text.utf8)) }

    /// - Returns: nil where there is no such file.
    /// - Throws: `SystemError`.
    package func read(_ name: String) throws -> [UInt8]? {
        let file = "\(path)/\(name)"
        return FileSystem.exists(file) ? try FileSystem.readFile(file, limitBytes: Self.fileLimitBytes) : nil
    }
}
