import Formats
import Host
import SearchProtocol

/// Does what the protocol's persistence asks for, below the run's folder, on a thread of its own: a sync may take longer than
/// a whole round, and nobody waits for it. Outcomes lie in order in `takeOutcomes` and wake the shell.
///
/// The persistence gives one action at a time, so nothing here overtakes anything.
final class FileKeeper: Sendable {
    enum Outcome: Sendable, Equatable {
        case done
        case failed(reason: String)
    }

    private let actions = WorkQueue<FileAction>()
    private let outcomes = WorkQueue<Outcome>()
    private let wake: WakeEvent
    private let thread: NativeThread

    init(of directory: RunDirectory) throws {
        wake = try WakeEvent()
        let (actions, outcomes, wake) = (actions, outcomes, wake)
        thread = try NativeThread(name: "files") {
            while let action = actions.next() {
                outcomes.append([Self.perform(action, in: directory)])
                wake.signal()
            }
        }
    }

    /// What has begun is done to its end.
    deinit {
        actions.close()
        thread.join()
    }

    var fileDescriptor: Int32 { wake.fileDescriptor }

    func perform(_ action: FileAction) { actions.append([action]) }

    func takeOutcomes() -> [Outcome] {
        wake.clear()
        return outcomes.takeAll()
    }

    /// Waits for the action that was given.
    func waitForOutcome() -> Outcome? { outcomes.next() }

    private static func perform(_ action: FileAction, in directory: RunDirectory) -> Outcome {
        let folder = directory.path
        do {
            // A process that was frozen may have been replaced since it gave this.
            guard try !directory.isSuperseded else {
                return .failed(reason: "a newer generation has taken the run")
            }
            switch action {
            case .createDirectory(let path): try FileSystem.createDirectory("\(folder)/\(path)")
            case .write(let path, let bytes): try FileSystem.writeFile("\(folder)/\(path)", bytes)
            case .append(let path, let bytes): try FileSystem.appendFile("\(folder)/\(path)", bytes)
            case .sync(let path), .syncDirectory(let path): try FileSystem.sync("\(folder)/\(path)")
            case .rename(let from, let to): try FileSystem.rename("\(folder)/\(from)", to: "\(folder)/\(to)")
            case .removeTree(let path): try FileSystem.removeTree("\(folder)/\(path)")
            }
            return .done
        } catch {
            return .failed(reason: error.userSentence)
        }
    }
}
