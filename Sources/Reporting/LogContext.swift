import Formats

/// Who says a line, and of what: what is not known yet is left out.
package struct LogContext: Sendable, Equatable {
    /// `snas` or `snas-worker`.
    package var program: String
    /// As the host calls itself.
    package var host: String
    /// The operating system's number of the process.
    package var process: Int
    /// The run's identity, 32 hexadecimal digits; nil before it is known, and outside of a run.
    package var run: String?
    /// Of the coordinator that is spoken for, or that the worker serves; nil before it is known.
    package var generation: UInt64?
    /// Steps that are done.
    package var stepsDone: Int?

    /// What is left out is in no line either.
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

    var members: [JSONValue.Member] {
        let all: KeyValuePairs<String, JSONValue?> = [
            "program": .string(program), "host": .string(host), "process": .integer(process),
            "run": run.map(JSONValue.string), "generation": generation.map { .integer(Int(clamping: $0)) },
            "steps_done": stepsDone.map(JSONValue.integer),
        ]
        return all.compactMap { pair in pair.value.map { JSONValue.Member(pair.key, $0) } }
    }
}
