import Configuration
import Host

/// What stands at the path where a new run is to be kept.
enum RunPlace: Equatable {
    /// Nothing, or an empty folder: a volume that was mounted there may hold the file system's own `lost+found`.
    case free
    /// What a crash left of a run that was being made: nothing was computed in it.
    case unrecorded
    /// A run, however far it is.
    case run

    /// What there may be before a new run's record is complete (`RunRecord.isThere`).
    private static let unrecordedNames: Set = [
        "checkpoints", "generations", "format", "identity", RunLease.name, "configuration.yaml", "configuration.sha256",
        "configuration.txt", LatencyFile.keptName, "data.json", "data.txt", "network.json", RunLog.textName,
        RunLog.eventsName,
    ]

    /// - Throws: `UserError` (cannotCreate) where a run cannot be kept, each with its reason; `SystemError` where the system does
    ///   not let us look.
    init(at path: String) throws {
        guard FileSystem.isDirectory(path) else {
            if let obstacle = try FolderObstacle(at: path) { throw Self.error(obstacle, path) }
            self = .free
            return
        }
        let names = try FileSystem.listOwn(path)
        guard !names.isEmpty else {
            self = .free
            return
        }
        if try Self.areUnrecorded(names, in: path) {
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

    private static func error(_ obstacle: FolderObstacle, _ path: String) -> UserError {
        let rest =
            switch obstacle {
            case .fileAbove: ": choose another name"
            case .danglingLink: "; a run cannot be kept in it"
            case .file: "; a run needs a folder of its own: choose another name"
            }
        return UserError(.cannotCreate, obstacle.words(path) + rest)
    }

    /// Whether all of it is what the making of a run leaves. The lease is made first, and checkpoints only by a run that steps: a
    /// folder of somebody's own, which may have such names in it too, is none of ours.
    private static func areUnrecorded(_ names: [String], in path: String) throws -> Bool {
        guard names.contains(RunLease.name) else { return false }
        let isOurs = names.allSatisfy {
            unrecordedNames.contains($0) || $0.hasPrefix("\(RunLease.name).") || $0.hasSuffix(".tmp")
        }
        guard isOurs, names.contains("checkpoints") else { return isOurs }
        return try FileSystem.list("\(path)/checkpoints").isEmpty
    }
}
