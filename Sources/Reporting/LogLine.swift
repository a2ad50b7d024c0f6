package import Formats

/// What a line of the log is about: the code that programs look for. Sentences may be worded anew, these stay.
package enum LogEvent: String, Sendable, CaseIterable {
    // A coordinator and its workers.
    case listening
    case workerGreeted = "worker_greeted"
    case workerReady = "worker_ready"
    case workerLost = "worker_lost"
    case workerLeft = "worker_left"
    case workerRefused = "worker_refused"
    case workerLate = "worker_late"
    case waitingForWorkers = "waiting_for_workers"
    case contributionRejected = "contribution_rejected"
    case auditDisputed = "audit_disputed"
    case callerNote = "caller_note"
    case connectionCut = "connection_cut"
    case portReopened = "port_reopened"
    case messageDropped = "message_dropped"
    case messagesDropped = "messages_dropped"
    // A run and its steps.
    case dataFound = "data_found"
    case runBegins = "run_begins"
    case progress
    case train
    case notFinite = "not_finite"
    case stepSkipped = "step_skipped"
    case epoch
    case genotype
    case takeover
    case budget
    case results
    case signal
    case stopped
    case failed
    case note
    // Files.
    case checkpointPassedOver = "checkpoint_passed_over"
    case leaseWatched = "lease_watched"
    case leaseUnreadable = "lease_unreadable"
    case leaseReadable = "lease_readable"
    case savingFailed = "saving_failed"
    case savingWorks = "saving_works"
    // A worker.
    case welcomed
    case fetchingData = "fetching_data"
    case ready
    case greetingAgain = "greeting_again"
    case chaos
    case nameUnknown = "name_unknown"
    case admissionDoubted = "admission_doubted"
    case nextEndpoint = "next_endpoint"
}

/// Something that happened: a sentence for people, an event with fields for programs.
package struct LogLine: Sendable, Equatable {
    package enum Level: String, Sendable { case info, warning, error }

    package let level: Level
    package let event: LogEvent
    package let sentence: String
    package let fields: [JSONValue.Member]

    package init(
        _ event: LogEvent, _ sentence: String, level: Level = .info, _ fields: KeyValuePairs<String, JSONValue> = [:]
    ) {
        self.init(event, sentence, level: level, members: fields.map { JSONValue.Member($0.key, $0.value) })
    }

    package init(_ event: LogEvent, _ sentence: String, level: Level = .info, members: [JSONValue.Member]) {
        self.level = level
        self.event = event
        self.sentence = sentence
        fields = members
    }

    /// For people.
    package var text: String { level == .warning ? "warning: \(sentence)" : sentence }

    /// For programs: an object on one line, without its end.
    ///
    /// - Parameter time: RFC 3339 in UTC.
    package func json(time: String, in context: LogContext) -> String {
        let head: KeyValuePairs<String, JSONValue> = [
            "time": .string(time), "level": .string(level.rawValue), "event": .string(event.rawValue),
            "message": .string(sentence),
        ]
        return JSONValue.object(head.map { JSONValue.Member($0.key, $0.value) } + context.members + fields).serialized()
    }
}

/// Who says a line, and of what: what is not known yet is left out.
package struct LogContext: Sendable, Equatable {
    package var program: String
    package var host: String
    package var process: Int
    package var run: String?
    package var generation: UInt64?
    /// Steps that are done.
    package var stepsDone: Int?

    package init(
        program: String, host: String, process: Int, run: String? = nil, generation: UInt64? = nil,
        stepsDone: Int? = nil
    ) {
        self.program = program
        self.host = host
        self.process = process
        self.run = run
        self.generation = generation
        self.stepsDone = stepsDone
    }

    fileprivate var members: [JSONValue.Member] {
        let all: KeyValuePairs<String, JSONValue?> = [
            "program": .string(program), "host": .string(host), "process": .integer(process),
            "run": run.map(JSONValue.string), "generation": generation.map { .integer(Int(clamping: $0)) },
            "steps_done": stepsDone.map(JSONValue.integer),
        ]
        return all.compactMap { pair in pair.value.map { JSONValue.Member(pair.key, $0) } }
    }
}
