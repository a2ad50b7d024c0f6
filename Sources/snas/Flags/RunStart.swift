import Configuration
import Coordinator
import Datasets
import Formats
import Host
import Reporting
import RunStore

/// How a search or a retraining begins. With `--start_or_resume` the same command, given again by a scheduler or a service
/// manager, begins a run where there is none, goes on with one that is not over, and says once more what one came to that is.
enum RunStart {
    static let flags = FlagGroup(
        "how it begins",
        [
            .toggle(
                "start_or_resume",
                "begins a run where there is none in --run, goes on with one that is not over, and tells what one came to that is"
            )
        ])

    /// Makes or opens the run, and takes its lease; called when all else that may be refused is in order.
    case begin(() throws -> TrainingSession)
    /// With the run's folder.
    case over(RunResult, String)

    /// - Parameter stem: of the folder where `--run` does not name one.
    /// - Throws: `UserError`.
    init(
        _ flags: CommandLineFlags, _ resolved: ResolvedConfiguration, _ data: TrainingData, stem: String
    ) throws {
        let new = {
            try TrainingSession(new: resolved, data: data.images, dataLocation: data.location) {
                try RunFolder.make(flags, stem: stem)
            }
        }
        guard let path = try Self.askedFolder(flags) else {
            self = .begin(new)
            return
        }
        let fitted = try TrainingSession.fitted(resolved, to: data.images).resolved
        let standing = {
            try RunStanding(
                of: path, asked: fitted.configuration, data: data.images,
                remedy: "--start_or_resume goes on with the run that the same command began; choose another folder")
        }
        let goingOn: () throws -> TrainingSession = {
            LogStream.snas.say(LogLine(.runBegins, "goes on with run \(path)", ["folder": .string(path)]))
            return try TrainingSession(resuming: path, dataAt: data.location)
        }
        switch try standing() {
        case .new:
            self = .begin {
                do { return try new() } catch let error as UserError where error.exitCode == .cannotCreate {
                    // The same command, given at the same moment, may have begun it meanwhile, and has its lease.
                    guard try standing() == .begun else { throw error }
                    return try goingOn()
                }
            }
        case .begun: self = .begin(goingOn)
        case .finished:
            if let result = try RunResult.ofRunThatIsOver(at: path) {
                self = .over(result, path)
            } else {
                // What is damaged of its results is made once more of the last checkpoint.
                self = .begin(goingOn)
            }
        }
    }

    /// Of `--start_or_resume`; nil without it.
    ///
    /// - Throws: `UserError` (usage) without a folder in which the next command would find the run again.
    static func askedFolder(_ flags: CommandLineFlags) throws -> String? {
        guard flags.toggles.contains("start_or_resume") else { return nil }
        guard let path = flags.values["run"] else {
            throw UserError(.usage, "--start_or_resume wants --run DIR: the next command has to find the run there")
        }
        return path
    }

    /// Runs what is to be run.
    func run(_ coordinate: (() throws -> TrainingSession) throws -> ExitCode) throws -> ExitCode {
        switch self {
        case .begin(let session): return try coordinate(session)
        case .over(let result, let path): return try Self.tell(result, of: path)
        }
    }

    /// Says once more what a run came to. A service manager that gives the command of a run that is over is told that this was all
    /// that was to be done: it takes a process for failed that ends without a word.
    ///
    /// - Throws: `UserError` (inputOutput).
    static func tell(_ result: RunResult, of path: String) throws -> ExitCode {
        LogStream.snas.say(
            LogLine(.results, "run \(path) is over; its results are there", ["folder": .string(path)]))
        try ResultLines.printAgain(result.genotype, fingerprint: result.fingerprint, from: path)
        var manager = ServiceManager.ofThisProcess()
        manager?.ready("the run is over", at: Clock.monotonic())
        return .done
    }
}
