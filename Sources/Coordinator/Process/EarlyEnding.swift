import Host
import Launching
import RunStore
import SearchProtocol

/// Why a coordinator ends before its run is over: with a checkpoint behind it, unless the run itself is at fault.
enum EarlyEnding {
    case signal(Int32)
    case tooFewWorkers(have: Int, need: Int)
    case workersEnded(WorkersEnding)
    /// The run's own, which going on would meet again.
    case fault(UserError)

    var sentence: String {
        switch self {
        case .signal(let number): "stopped by signal \(number)"
        case .tooFewWorkers(let have, let need): "gave up waiting for workers, \(have) ready where \(need) are needed,"
        case .workersEnded(let ending): ending.sentence
        case .fault(let error): error.sentence
        }
    }

    private var reasonForWorkers: String {
        switch self {
        case .signal: "the coordinator was asked to stop"
        case .tooFewWorkers: "the coordinator waited too long for more workers"
        case .workersEnded: "no worker is left"
        case .fault: "the run ended with a fault; its coordinator says which"
        }
    }

    var exitCode: ExitCode {
        switch self {
        case .signal, .tooFewWorkers: .temporary
        // Killed workers may live longer next time; those that found a fault will find it again.
        case .workersEnded(let ending): ending.isPermanent ? .unavailable : .temporary
        case .fault(let error): error.exitCode
        }
    }

    /// What the workers are told: whether another coordinator is to go on with the run.
    var lastWord: CoordinatorEvent {
        exitCode == .temporary ? .pause(reason: reasonForWorkers) : .stop(reason: reasonForWorkers)
    }

    static func secondSignal(_ signal: Int32, _ howToGoOn: String) -> UserError {
        UserError(
            signal == 2 ? .interrupted : .terminated,
            "stopped at once by a second signal (\(signal)), without a last checkpoint; \(howToGoOn)")
    }

    static func blind(_ reason: String, _ howToGoOn: String) -> UserError {
        UserError(
            .inputOutput,
            "whether another coordinator has taken the run could not be seen for wait_limit_s: \(reason); \(howToGoOn)")
    }

    static func superseded(_ directory: RunDirectory, by newer: UInt64) -> UserError {
        UserError(
            .cannotCreate,
            "generation \(newer) has taken run '\(directory.path)' over while this one, generation \(directory.generation), "
                + "gave no sign of life; this one stops and changes nothing any more")
    }
}
