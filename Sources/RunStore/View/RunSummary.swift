import Formats
import Host
import Reporting
import Wire

/// A run in one line: what a list of runs says of it. Nothing of its folder is changed.
package struct RunSummary: Sendable {
    /// What a run's folder says of how it stands.
    package enum State: String, Sendable {
        /// A coordinator wrote lately that it runs.
        case running
        /// It ended early, and can be resumed.
        case stopped
        /// All results are there.
        case finished
        /// Its coordinator said that it runs, and has written nothing for a while.
        case abandoned
        /// No coordinator has written anything yet.
        case begun
    }

    package let path: String
    package let state: State
    package let isRetraining: Bool
    /// Steps that are done; nil where nothing says it.
    package let step: Int?
    /// Of the whole run.
    package let steps: Int?
    /// Highest accuracy of an epoch on held-out images, 0 to 1: of the derived network with the search's weights, or of the network that
    /// is trained. Nil where nothing was held out or no epoch has ended.
    package let best: Double?
    /// Of its folder.
    package let bytes: Int
    /// Since a coordinator wrote last; nil where none has.
    package let ageSeconds: Double?

    /// - Throws: `UserError` where there is no run, or one of a newer program's format; `SystemError` where it cannot be read.
    package init(of path: String) throws {
        let directory = try RunDirectory.toRead(path)
        self.path = path
        var remarks: [String] = []
        let status = try RunView.document(RunStatus.fileName, of: directory, &remarks)
        let written = status?["written_unix_seconds"]?.number
        let age = written.map { max(0, Clock.unixSeconds() - $0) }
        ageSeconds = age
        switch status?["state"]?.text {
        case _ where directory.isFinished: state = .finished
        case "running"?:
            let isLive = StatusTable(status ?? .null, ageSeconds: age ?? .infinity).isLive
            state = isLive ? .running : .abandoned
        case _?: state = .stopped
        case nil: state = .begun
        }
        step = status?["progress"]?["step"]?.integer
        steps = status?["progress"]?["steps"]?.integer
        let epochs = try RunMetrics(directory).epochs()
        isRetraining = epochs.first.map { $0["held_out"] != nil } ?? false
        best = epochs.compactMap { ($0["derived"] ?? $0["held_out"])?["accuracy"]?.number }.max()
        bytes = try FileSystem.treeBytes(path)
    }

    /// The runs under a folder, its own first, in the order of their paths: folders of seeds and comparisons have theirs inside.
    ///
    /// - Returns: whether all were looked at: not beyond `limit` folders, nor deeper than `depth`.
    /// - Throws: `SystemError` where the folder itself cannot be read.
    package static func folders(
        under path: String, depth: Int = 4, limit: Int = 10_000
    ) throws -> (found: [String], isWhole: Bool) {
        var found: [String] = []
        var looked = 0
        var isWhole = true
        func look(_ folder: String, _ left: Int, _ names: [String]) {
            if RunDirectory.isThere(folder) {
                found.append(folder)
                return
            }
            for name in names where !name.hasPrefix(".") {
                let inner = folder == "." ? name : "\(folder)/\(name)"
                guard FileSystem.isOwnFolder(inner) else { continue }
                guard left > 0, looked < limit else {
                    isWhole = false
                    return
                }
                looked += 1
                look(inner, left - 1, (try? FileSystem.list(inner)) ?? [])
            }
        }
        look(path, depth, try FileSystem.list(path))
        return (found, isWhole)
    }
}
