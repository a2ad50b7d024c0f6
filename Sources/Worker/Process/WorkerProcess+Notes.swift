import Formats
import Host
import Keys
import Messaging
import Reporting
import SearchProtocol
import Wire

/// What a worker says of itself on standard error, its last word too.
extension WorkerProcess {
    func say(_ note: WorkerNote) {
        switch note {
        case .welcomed(let run, let generation):
            place.run = run.description
            place.generation = generation
            rendezvous?.welcomed(to: run, generation: generation)
            log(LogLine(.welcomed, "welcomed to run \(run), generation \(generation)"))
        case .fetchingData(let byteCount):
            log(
                LogLine(
                    .fetchingData, "fetching the data set, \(byteCount) bytes",
                    ["bytes": .integer(Int(clamping: byteCount))])
            )
        case .ready:
            log(
                LogLine(
                    .ready, "ready, \(options.threads) threads (\(options.threadsOrigin))" + deviceWords,
                    ["threads": .integer(options.threads), "device": .string(options.device)]))
        case .droppedByCoordinator(let reason):
            log(LogLine(.greetingAgain, "greeting again: \(reason)", ["reason": .string(reason)]))
        }
    }

    private var deviceWords: String { options.device == "cpu" ? "" : " on \(options.device)" }

    /// Unless it is to be quiet.
    func log(_ line: LogLine) {
        if !options.isQuiet {
            LogStream.worker.say(line, prefix: "\(place.program) \(place.process): ", in: place)
        }
    }

    /// In any case.
    func warn(_ line: LogLine) { LogStream.worker.sayByName(line, in: place) }

    /// Says why it ends, as far as anybody need know.
    ///
    /// - Returns: the code to exit with.
    func finish() -> ExitCode {
        threads.abandon()
        manager?.stopping(serviceStatus, at: Clock.monotonic())
        if case .coordinatorUnreachable = ending, refusal == nil { refusal = watch.explanation }
        if let refusal {
            warn(last(refusal.sentence, refusal.exitCode))
            return refusal.exitCode
        }
        tellUnknownNames()
        let (sentence, code) = ending?.words(endpoints: dialledAccount) ?? (nil, .done)
        switch (ending, sentence) {
        case (.drained, let sentence?), (.paused, let sentence?): log(last(sentence, code))
        case (_, let sentence?): warn(last(sentence, code))
        case (_, nil): break
        }
        return code
    }

    private func last(_ sentence: String, _ code: ExitCode) -> LogLine {
        let isExpected = code == .done || code == .temporary
        return LogLine(
            isExpected ? .stopped : .failed, sentence, level: isExpected ? .info : .error,
            ["exit_code": .integer(Int(code.rawValue))])
    }
}
