import Host

/// What may be removed of runs that nobody works on, by a rule that its user names.
package enum RunPruning: String, Sendable, CaseIterable {
    /// Runs without a step that is safe: whole folders.
    case empty
    /// Of runs that are over all checkpoints but the newest one: what they came to stays, `--from_epoch` has nothing to go back to.
    case checkpoints

    /// What the rule would remove of a run: paths, and their bytes.
    ///
    /// - Throws: `SystemError`, `UserError` where the run cannot be read.
    package func candidates(in path: String) throws -> (paths: [String], bytes: Int) {
        let run = try RunDirectory.toRead(path)
        let folder = "\(path)/checkpoints"
        let names = FileSystem.isDirectory(folder) ? try FileSystem.list(folder) : []
        let checkpoints = names.filter(RunDirectory.isCheckpointName).sorted()
        let paths: [String]
        switch self {
        case .empty: paths = checkpoints.isEmpty && !run.isFinished ? [path] : []
        case .checkpoints: paths = run.isFinished ? checkpoints.dropLast().map { "\(folder)/\($0)" } : []
        }
        return (paths, try paths.reduce(0) { $0 + (try FileSystem.treeBytes($1)) })
    }

    /// Removes them, while nobody else can take the run.
    ///
    /// - Throws: `UserError` (cannotCreate) where a coordinator has the run.
    package func remove(from path: String) throws {
        let lease = try RunLease(claiming: path)
        defer { lease.release() }
        for path in try candidates(in: path).paths { try FileSystem.removeTree(path) }
    }
}
