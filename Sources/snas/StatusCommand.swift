import Coordinator
import Formats
import Host
import Reporting

/// `snas status RUN`: where a run stands, read from its folder.
enum StatusCommand {
    private static let limitBytes = 16 << 20
    /// Newest lines of the log that are shown.
    private static let logLines = 5

    static func run(_ words: [String]) throws -> ExitCode {
        let flags = try CommandLineFlags(parsing: words, declared: ["json": .toggle])
        guard flags.positional.count == 1, let path = flags.positional.first else {
            throw UserError(.usage, "snas status takes one run directory")
        }
        let file = "\(path)/\(RunStatus.fileName)"
        guard FileSystem.exists(file) else {
            let reason = FileSystem.exists("\(path)/identity") ? "no coordinator has written there yet" : "no run there"
            throw UserError(.noInput, "no \(RunStatus.fileName) in '\(path)': \(reason)")
        }
        let bytes = try FileSystem.readFile(file, limitBytes: limitBytes)
        let status: JSONValue
        do { status = try JSONValue.parse(bytes, source: file) } catch { throw UserError(.data, "\(error)") }
        guard let written = status["written_unix_seconds"]?.number else {
            throw UserError(.data, "\(file) does not say when it was written: not a file of snas")
        }
        let age = Clock.unixSeconds() - written
        let table = StatusTable(status, ageSeconds: age)
        if flags.toggles.contains("json") {
            guard case .object(let members) = status else { throw UserError(.data, "\(file) holds no object") }
            let own = [
                JSONValue.Member("age_seconds", .number(age)), JSONValue.Member("is_live", .bool(table.isLive)),
            ]
            StandardStreams.print(JSONValue.object(own + members).serialized(pretty: true))
            return .done
        }
        for line in table.lines { StandardStreams.print(line) }
        for line in try newestNotes(path) { StandardStreams.print(line) }
        return .done
    }

    /// The log's newest lines for people: what is in the metrics anyway is left out.
    private static func newestNotes(_ path: String) throws -> [String] {
        let file = "\(path)/log.txt"
        guard FileSystem.exists(file) else { return [] }
        let text = String(decoding: try FileSystem.readFile(file, limitBytes: 1 << 30), as: UTF8.self)
        let notes = text.split(separator: "\n").filter { line in
            let words = line.split(separator: " ", maxSplits: 1).last ?? ""
            return !words.hasPrefix("train ") && !words.contains("genotype = ")
        }
        return notes.suffix(logLines).map { "log: \($0)" }
    }
}
