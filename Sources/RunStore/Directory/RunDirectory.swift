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

    /// Of the largest file that is read: a checkpoint's tensors.
    static let fileLimitBytes = 8 << 30

    /// Makes a new run's folder and takes generation 1.
    ///
    /// - Throws: `UserError` (cannotCreate) where the folder exists.
    package static func create(_ path: String) throws -> RunDirectory {
        do {
            try FileSystem.createDirectory(path, exclusive: true)
        } catch let error as SystemError where error.exitCode == .cannotCreate {
            throw UserError(
                .cannotCreate,
                "run directory '\(path)' exists; choose another, or continue it with: snas resume \(path)")
        }
        let identity = RunIdentity(high: Entropy.word(), low: Entropy.word())
        try FileSystem.createDirectory("\(path)/checkpoints")
        try FileSystem.createDirectory("\(path)/generations")
        try RunFormat.write(to: path)
        try FileSystem.writeAtomically("\(path)/identity", Array("\(identity)\n".utf8))
        return try RunDirectory(path: path, identity: identity).raised()
    }

    /// Opens a run that has begun and takes the next generation.
    ///
    /// - Throws: `UserError` where there is no run.
    package static func open(_ path: String) throws -> RunDirectory { try toRead(path).raised() }

    /// A run that has begun, to be read only: it may be running. Its generation is 0, which writes nothing.
    ///
    /// - Throws: `UserError` where there is no run, or one of a newer program's format.
    package static func toRead(_ path: String) throws -> RunDirectory {
        guard isThere(path) else { throw UserError(.noInput, "no run in '\(path)'") }
        _ = try RunFormat.read(of: path)
        let text = String(decoding: try FileSystem.readFile("\(path)/identity", limitBytes: 4096), as: UTF8.self)
        guard let identity = RunIdentity(String(text.filter { !$0.isWhitespace })) else {
            throw UserError(.data, "\(path)/identity does not hold a run's identity: '\(text.prefix(40))'")
        }
        return RunDirectory(path: path, identity: identity)
    }

    /// Whether a run's folder is there, whoever wrote it and however far it is.
    package static func isThere(_ path: String) -> Bool { FileSystem.exists("\(path)/identity") }

    /// What there may be before a new run's record is complete (`RunRecord.isThere`).
    private static let unrecordedNames: Set = [
        "checkpoints", "generations", "format", "identity", "lease.json", "configuration.yaml", "configuration.sha256",
        "configuration.txt", "data.txt",
    ]

    /// Removes what a crash left of a run that was being made; nothing there is fine.
    ///
    /// - Throws: `UserError` (cannotCreate) where something else is there: that is somebody's.
    package static func removeUnrecorded(_ path: String) throws {
        guard FileSystem.exists(path) else { return }
        let names = FileSystem.isDirectory(path) ? try FileSystem.list(path) : [""]
        guard names.allSatisfy({ unrecordedNames.contains($0) || $0.hasSuffix(".tmp") }) else {
            throw UserError(.cannotCreate, "'\(path)' exists and is no run; move it away, or choose another folder")
        }
        try FileSystem.removeTree(path)
    }

    private init(path: String, identity: RunIdentity, generation: UInt64 = 0, lease: RunLease? = nil) {
        self.lease = lease
        self.path = path
        self.identity = identity
        self.generation = generation
    }

    /// The next generation, taken by exclusive creation: of two coordinators that try, one gets it.
    ///
    /// - Throws: `UserError` (cannotCreate) while another coordinator holds the run.
    private func raised() throws -> RunDirectory {
        let lease = try RunLease(claiming: path)
        let next = try Self.newestGeneration(of: path) + 1
        guard try FileSystem.createExclusively("\(path)/generations/\(Self.padded(next))", []) else {
            throw UserError(.cannotCreate, "another coordinator has just taken generation \(next) of '\(path)'")
        }
        try FileSystem.sync("\(path)/generations")
        try lease.hold(generation: next)
        // Whoever writes the folder from now on writes this format.
        if try RunFormat.read(of: path) < RunFormat.current { try RunFormat.write(to: path) }
        return RunDirectory(path: path, identity: identity, generation: next, lease: lease)
    }

    static func newestGeneration(of path: String) throws -> UInt64 {
        try FileSystem.list("\(path)/generations").compactMap { UInt64($0) }.max() ?? 0
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
