package import Formats
import Host
import Launching
import Reporting

/// What the worker beside this program says of a step that it computed again for two runs.
package struct RecomputationAnswer {
    /// One object, with all that the lines tell.
    package let json: JSONValue
    /// For people.
    package let lines: [String]

    /// Of an answer: a few lines a round and a vector.
    private static let limitBytes = 16 << 20

    /// Starts it and waits for its answer; it ends when this program does.
    ///
    /// - Parameters:
    ///   - first, second: folders of the runs.
    ///   - words: flags for the worker besides.
    /// - Throws: `UserError` as the worker ended, which says itself why.
    package init(asking first: String, against second: String, step: Int, _ words: [String]) throws {
        let process = try LineProcess(
            try WorkerProgram.path(),
            ["--recompute", first, "--against", second, "--step", String(step), WorkerProgram.endsWithInput] + words
                + LogStream.words + (LogStream.isQuiet ? ["--quiet"] : []),
            lineLimitBytes: Self.limitBytes)
        while let received = try process.receive() {
            guard let line = received.first else { continue }
            json = try JSONValue.parse(Array(line.utf8), source: "snas-worker's answer")
            lines =
                ["", "step \(step) computed again"]
                + (json["lines"]?.elements ?? []).compactMap { $0.text.map { "  \($0)" } }
            return
        }
        switch process.wait() {
        case .exited(let code):
            throw ProgramFault(endOfChild: "the step was not computed again; snas-worker says why above", code: code)
                .error
        case .signalled(let signal): throw UserError(.internalFault, "snas-worker was ended by signal \(signal)")
        }
    }
}
