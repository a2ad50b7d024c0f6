import Formats
package import Host
import Synchronization

/// Standard error, as text for people or as a JSON object a line (`--log_format json`): everything that a program says goes
/// through here, its last sentence too, so that whoever reads it need not guess which it is.
package struct LogStream: Sendable {
    /// `text` is a sentence a line, `json` an object a line.
    package enum Format: String, Sendable { case text, json }

    /// The name in front of a text line, as far as it has one, and in a JSON line.
    private let program: String

    /// Taken from the first words of a program, before there is a second thread that says anything; read by all.
    private static let isJSON = Atomic<Bool>(false)
    private static let hasWarningsAlone = Atomic<Bool>(false)
    private static let flag = "log_format"
    private static let quietFlag = "quiet"

    private init(program: String) { self.program = program }

    /// Of the program that coordinates and of its tools.
    package static let snas = LogStream(program: "snas")
    /// Of a worker's program.
    package static let worker = LogStream(program: "snas-worker")

    /// What the whole process writes; `text` until `takeFormat` has read otherwise.
    package static var format: Format { isJSON.load(ordering: .relaxed) ? .json : .text }

    /// Whether nothing but warnings and errors is said, and no progress shown.
    package static var isQuiet: Bool { hasWarningsAlone.load(ordering: .relaxed) }

    /// What every command of both programs takes besides its own flags.
    package static let commonFlags = FlagGroup(
        "with every command",
        [
            .value(
                flag, "FORM", "what standard error looks like: sentences, or an object a line", standard: "text",
                .words(["text", "json"])),
            .toggle(
                quietFlag, "warnings and errors alone on standard error; NO_COLOR in the environment keeps colours away"
            ),
        ] + CommonFlags.questions)

    /// What a child is told so that its lines look like this program's.
    package static var words: [String] { format == .json ? ["--\(flag)", Format.json.rawValue] : [] }

    /// Reads `--log_format text|json`, which every command takes, and uses it from now on.
    ///
    /// - Returns: the other words.
    /// - Throws: `UserError` (usage) for another format.
    package static func takeFormat(from words: [String]) throws -> [String] {
        let (format, rest) = try split(words)
        if let format { isJSON.store(format == .json, ordering: .relaxed) }
        return rest
    }

    /// Reads `--log_format` and `--quiet`, and uses them from now on.
    ///
    /// - Returns: the other words.
    /// - Throws: `UserError` (usage).
    package static func takeCommonFlags(from words: [String]) throws -> [String] {
        let rest = try takeFormat(from: words)
        let others = try rest.filter { word in
            guard let (name, attached) = CommandLineFlags.parts(of: word), name == quietFlag else { return true }
            guard attached == nil else { throw UserError(.usage, "--\(quietFlag) takes no value") }
            return false
        }
        if others.count < rest.count { hasWarningsAlone.store(true, ordering: .relaxed) }
        return others
    }

    /// Finds `--log_format` without using it.
    ///
    /// - Returns: nil where the format is not given, and the other words in their order.
    /// - Throws: `UserError` (usage) where it is given twice, without a value or with another value.
    package static func split(_ words: [String]) throws -> (format: Format?, rest: [String]) {
        var rest: [String] = []
        var given: String?
        var left = words[...]
        while let word = left.popFirst() {
            guard let (name, attached) = CommandLineFlags.parts(of: word), name == flag else {
                rest.append(word)
                continue
            }
            guard given == nil else { throw UserError(.usage, "--\(flag) is given twice") }
            guard let value = attached ?? left.popFirst() else { throw UserError(.usage, "--\(flag) wants a value") }
            given = value
        }
        guard let given else { return (nil, rest) }
        guard let format = Format(rawValue: Spelling.trimmed(given).lowercased()) else {
            throw UserError(.usage, "--\(flag) is '\(given)'; it takes text or json")
        }
        return (format, rest)
    }

    /// Nothing where the program is quiet and the line is no warning.
    ///
    /// - Parameters:
    ///   - prefix: in front of the text.
    ///   - context: of a run; nil outside of one.
    package func say(_ line: LogLine, prefix: String = "", in context: LogContext? = nil) {
        if !Self.isQuiet || line.level != .info { write(line, prefix, context) }
    }

    /// With the program's name in front of the text, and in any case: for what does not come from a run's own log.
    package func sayByName(_ line: LogLine, in context: LogContext? = nil) {
        let name = "\(program):"
        write(line, (line.level == .error && Terminal.hasColours ? Terminal.red(name) : name) + " ", context)
    }

    private func write(_ line: LogLine, _ prefix: String, _ context: LogContext?) {
        switch Self.format {
        case .text:
            // Workers that a coordinator starts share its terminal, and the coordinator's bar may stand there.
            let sharesTerminal = program == Self.worker.program && Terminal.isRedrawable
            for text in line.told(inColour: Terminal.hasColours) {
                StandardStreams.note(prefix + text, clearsLine: sharesTerminal)
            }
        case .json: StandardStreams.note(line.json(time: Clock.timestamp(), in: context ?? self.context))
        }
    }

    /// The last thing that a program says when it cannot go on.
    package func fail(_ sentence: String, _ code: ExitCode) {
        StandardStreams.show(bar: "")
        sayByName(LogLine(.failed, sentence, level: .error, ["exit_code": .integer(Int(code.rawValue))]))
    }

    /// Says why the program ends, whatever was thrown.
    ///
    /// - Returns: the code to exit with.
    package func fail(_ error: any Error) -> ExitCode {
        let fault = ProgramFault(error)
        fail(fault.sentence, fault.exitCode)
        return fault.exitCode
    }

    /// Program, host and process alone: what holds outside of a run.
    package var context: LogContext {
        LogContext(program: program, host: HostInfo.hostName(), process: Int(HostInfo.processIdentifier()))
    }
}
