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
        "configuration.txt", "data.json", "data.txt", "network.json", RunLog.textName, RunLog.eventsName,
    ]

    /// - Throws: `UserError` (cannotCreate) where a run cannot be kept, each with its reason; `SystemError` where the system does
    ///   not let us look.
    init(at path: String) throws {
        guard FileSystem.isDirectory(path) else {
            if let file = Self.fileOnTheWay(to: path) {
                throw UserError(
                    .cannotCreate,
                    "'\(file)' is a file, so no folder '\(path)' can be made below it: choose another name")
            }
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

    /// The part of the path that would have to be a folder and is none.
    private static func fileOnTheWay(to path: String) -> String? {
        var above = FileSystem.parent(of: path)
        while !FileSystem.exists(above), FileSystem.parent(of: above) != above { above = FileSystem.parent(of: above) }
        return FileSystem.exists(above) && !FileSystem.isDirectory(above) ? above : nil
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
