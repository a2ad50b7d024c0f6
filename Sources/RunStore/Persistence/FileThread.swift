import Formats
import Host
package import SearchProtocol

/// Does what the protocol's persistence asks for, below the run's folder, on a thread of its own: a sync may take longer than
/// a whole round, and nobody waits for it. Outcomes lie in order in `takeOutcomes` and wake the shell.
///
/// The persistence gives one action at a time, so nothing here overtakes anything.
package final class FileThread: Sendable {
    /// What became of one action.
    package enum Outcome: Sendable, Equatable {
        case done
        case failed(reason: String)
    }

    private let actions = WorkQueue<FileAction>()
    private let outcomes = WorkQueue<Outcome>()
    private let wake: WakeEvent
    private let thread: NativeThread

    /// Starts the thread.
    ///
    /// - Throws: `SystemError` where the system has no descriptor or no thread left.
    package init(of directory: RunDirectory) throws {
        wake = try WakeEvent()
        let (actions, outcomes, wake) = (actions, outcomes, wake)
        thread = try NativeThread(name: "files") {
            var files = FileActions(in: directory)
            while let action = actions.next() {
                outcomes.append([files.perform(action)])
                wake.signal()
            }
        }
    }

    /// What has begun is done to its end.
    deinit {
        actions.close()
        thread.join()
    }

    /// Readable while outcomes lie to be taken: the shell polls it beside its sockets.
    package var fileDescriptor: Int32 { wake.fileDescriptor }

    /// Hands an action to the thread and returns at once.
    package func perform(_ action: FileAction) { actions.append([action]) }

    /// All outcomes since the last call, in the order of their actions; empty where none came. Never waits.
    package func takeOutcomes() -> [Outcome] {
        wake.clear()
        return outcomes.takeAll()
    }

    /// Waits for the outcome of an action that was given and not yet told of.
    package func waitForOutcome() -> Outcome? { outcomes.next() }
}

/// Does one action after the other. What was written stays open until the next, which is its sync: where no descriptor is left
/// for a sync of its own, the line that stands would be taken for one that failed, and be written twice.
private struct FileActions: ~Copyable {
    private let directory: RunDirectory
    private var written: WrittenFile?

    init(in directory: RunDirectory) { self.directory = directory }

    mutating func perform(_ action: FileAction) -> FileThread.Outcome {
        do {
            // A process that was frozen may have been replaced since it gave this.
            guard try !directory.isSuperseded else {
                return .failed(reason: "a newer generation has taken the run")
            }
            try act(action)
            return .done
        } catch {
            return .failed(reason: error.userSentence)
        }
    }

    private mutating func act(_ action: FileAction) throws {
        let folder = directory.path
        if case .sync(let path) = action, let file = written.take(), file.path == "\(folder)/\(path)" {
            return try file.sync()
        }
        written = nil
        switch action {
        case .createDirectory(let path): try FileSystem.createDirectory("\(folder)/\(path)")
        case .write(let path, let bytes): written = try FileSystem.writeFile("\(folder)/\(path)", bytes)
        case .append(let path, let bytes): written = try FileSystem.appendFile("\(folder)/\(path)", bytes)
        case .sync(let path), .syncDirectory(let path): try FileSystem.sync("\(folder)/\(path)")
        case .rename(let from, let to): try FileSystem.rename("\(folder)/\(from)", to: "\(folder)/\(to)")
        case .removeTree(let path): try FileSystem.removeTree("\(folder)/\(path)")
        }
    }
}
