import Host

/// What stands at the path where a new run is to be kept.
enum RunPlace: Equatable {
    /// Nothing, or an empty folder: a volume that was mounted there may hold the file system's own `lost+found`.
    case free
    /// What a crash left of a run that was being made: nothing was computed in it.
    case unrecorded
    /// A run, however far it is.
    case run

    /// The file system's own, not anybody's.
    private static let ignored: Set = ["lost+found"]

    /// What there may be before a new run's record is complete (`RunRecord.isThere`).
    private static let unrecordedNames: Set = [
        "checkpoints", "generations", "format", "identity", "lease.json", "configuration.yaml", "configuration.sha256",
        "configuration.txt", "data.json", "data.txt", "network.json", RunLog.textName, RunLog.eventsName,
    ]

    /// - Throws: `UserError` (cannotCreate) where a run cannot be kept, each with its reason; `SystemError` where the system does
    ///   not let us look.
    init(at path: String) throws {
        guard FileSystem.isDirectory(path) else {
            if let target = FileSystem.linkTarget(path), !FileSystem.exists(path) {
                throw UserError(
                    .cannotCreate, "'\(path)' is a link to '\(target)', which is not there; a run cannot be kept in it")
            }
            guard try !FileSystem.isThere(path) else {
                throw UserError(
                    .cannotCreate, "'\(path)' is a file; a run needs a folder of its own: choose another name")
            }
            self = .free
            return
        }
        let names = try Self.entries(of: path)
        guard !names.isEmpty else {
            self = .free
            return
        }
        if names.allSatisfy({ Self.unrecordedNames.contains($0) || $0.hasPrefix("lease.json.") || $0.hasSuffix(".tmp") }
        ) {
            self = RunRecord.isThere(inFolder: path) ? .run : .unrecorded
            return
        }
        guard names.contains("identity") else {
            let some = names.prefix(3).joined(separator: ", ") + (names.count > 3 ? ", ..." : "")
            throw UserError(
                .cannotCreate,
                "'\(path)' exists and is no run (it holds \(some)); a run needs a folder of its own: choose another")
        }
        self = .run
    }

    /// What the folder holds but for the file system's own.
    static func entries(of path: String) throws -> [String] {
        try FileSystem.list(path).filter { !ignored.contains($0) }
    }
}
