import Formats
import Host
import Keys
import Reporting
import RunStore
import Tools

#if canImport(Glibc)
    import Glibc
#endif

/// `snas status`: where a run stands, read from its folder or asked of its coordinator.
enum StatusCommand {
    private static let limitBytes = 16 << 20
    /// Newest lines of the log that are shown.
    private static let logLines = 5

    static let command = Command(
        CommandDescription(
            "status", "shows where a run stands",
            forms: [
                "RUN [--watch] [--json]", "ENDPOINT [--keys DIR | --insecure] [--watch] [--json]",
                "--rendezvous FILE [--keys DIR | --insecure] [--watch] [--json]",
            ],
            details: ["Of a folder it reads what the coordinator wrote; an endpoint's coordinator is asked itself."],
            groups: [
                FlagGroup(
                    "what is asked, and how it is told",
                    [
                        AskedRendezvous.flag, .toggle("json", "one JSON object"),
                        .toggle("watch", "again every two seconds, until no coordinator runs any more"),
                    ]),
                AskedCoordinator.flags,
            ],
            words: .folders, examples: ["snas status runs/digits-2-1", "snas status tcp://10.0.0.1:5577 --keys gpu01"]),
        run)

    private static func run(_ flags: CommandLineFlags) throws -> ExitCode {
        let rendezvous = flags.values["rendezvous"]
        guard let place = rendezvous ?? flags.positional.first, flags.positional.count == (rendezvous == nil ? 1 : 0)
        else {
            throw UserError(
                .usage, "snas status takes one run directory, or the endpoint of its coordinator, or --rendezvous FILE")
        }
        let isAsked = rendezvous != nil || place.contains("://")
        let isKeyed = flags.toggles.contains("insecure") || KeySource.flagNames.contains { flags.values[$0] != nil }
        guard isAsked || !isKeyed else {
            throw UserError(.usage, "--keys and --insecure go with an endpoint: a folder is read from the disk")
        }
        let look: () throws -> JSONValue = {
            if let rendezvous { return try ask(AskedRendezvous.addresses(in: rendezvous), flags) }
            return isAsked ? try ask([place], flags) : try read(place)
        }
        guard flags.toggles.contains("watch") else {
            _ = try show(try look(), of: place, isAsked: isAsked, flags)
            return .done
        }
        return try watch(of: place, isAsked: isAsked, flags, look)
    }

    /// Until no coordinator runs any more.
    private static func watch(
        of place: String, isAsked: Bool, _ flags: CommandLineFlags, _ look: () throws -> JSONValue
    ) throws -> ExitCode {
        let redraws = isatty(STDOUT_FILENO) == 1 && !flags.toggles.contains("json")
        var isFirst = true
        while true {
            let status = try look()
            // A terminal's page is drawn anew from its upper left corner.
            if redraws {
                try StandardStreams.print("\u{1B}[H\u{1B}[2J\(place)")
            } else if !isFirst {
                try separate(flags)
            }
            isFirst = false
            guard try show(status, of: place, isAsked: isAsked, flags) else { return .done }
            usleep(watchMicroseconds)
        }
    }

    private static func separate(_ flags: CommandLineFlags) throws {
        if !flags.toggles.contains("json") { try StandardStreams.print("") }
    }

    /// A coordinator writes its file so often.
    private static let watchMicroseconds: UInt32 = 2_000_000

    /// - Returns: whether a coordinator runs.
    private static func show(
        _ status: JSONValue, of place: String, isAsked: Bool, _ flags: CommandLineFlags
    ) throws -> Bool {
        guard let written = status["written_unix_seconds"]?.number else {
            let source = isAsked ? "what \(place) answers" : "\(place)/\(RunStatus.fileName)"
            throw UserError(.data, "\(source) does not say when it was written: not a file of snas")
        }
        // Told just now, whatever the two clocks say.
        let age = isAsked ? 0 : Clock.unixSeconds() - written
        let table = StatusTable(status, ageSeconds: age)
        if flags.toggles.contains("json") {
            guard case .object(let members) = status else { throw UserError(.data, "\(place) holds no object") }
            let own = [
                JSONValue.Member("age_seconds", .number(age)), JSONValue.Member("is_live", .bool(table.isLive)),
            ]
            // Of several each is a line.
            let isPretty = !flags.toggles.contains("watch")
            try StandardStreams.print(JSONValue.object(own + members).serialized(pretty: isPretty))
            return table.isLive
        }
        for line in table.lines { try StandardStreams.print(line) }
        let notes = isAsked ? (status["notes"]?.elements ?? []).compactMap(\.text) : try newestNotes(place)
        for note in notes { try StandardStreams.print("log: \(note)") }
        return table.isLive
    }

    /// The first of the endpoints that answers.
    private static func ask(_ endpoints: [String], _ flags: CommandLineFlags) throws -> JSONValue {
        let source = try KeySource.given(by: flags)
        var reasons: [any Error] = []
        for endpoint in endpoints {
            do {
                let asked = try AskedCoordinator(endpoint, source, isInsecure: flags.toggles.contains("insecure"))
                return try CoordinatorInquiry(asked.endpoint, keys: asked.keys).status()
            } catch { reasons.append(error) }
        }
        throw reasons.first ?? UserError(.internalFault, "no endpoint to ask")
    }

    private static func read(_ path: String) throws -> JSONValue {
        let file = "\(path)/\(RunStatus.fileName)"
        guard FileSystem.exists(file) else {
            let reason = RunDirectory.isThere(path) ? "no coordinator has written there yet" : "no run there"
            throw UserError(.noInput, "no \(RunStatus.fileName) in '\(path)': \(reason)")
        }
        let bytes = try FileSystem.readFile(file, limitBytes: limitBytes)
        do { return try JSONValue.parse(bytes, source: file) } catch { throw UserError(.data, "\(error)") }
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
        return notes.suffix(logLines).map(String.init)
    }
}
