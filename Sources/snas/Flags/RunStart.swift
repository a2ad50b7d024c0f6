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
    case over(RunResult)

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
        let standing = try RunStanding(
            of: path, asked: fitted.configuration, data: data.images,
            remedy: "--start_or_resume goes on with the run that the same command began; choose another folder")
        switch standing {
        case .new: self = .begin(new)
        case .begun:
            self = .begin {
                LogStream.snas.say(LogLine(.runBegins, "goes on with run \(path)", ["folder": .string(path)]))
                return try TrainingSession(resuming: path, dataAt: data.location)
            }
        case .finished:
            LogStream.snas.say(
                LogLine(.results, "run \(path) is over; its results are there", ["folder": .string(path)]))
            self = .over(try RunResult(of: try RunDirectory.toRead(path)))
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
        case .over(let result):
            try ResultLines.print(result.genotype, fingerprint: result.fingerprint)
            return .done
        }
    }
}
