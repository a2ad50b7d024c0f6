import Coordinator
import Host
import Launching
import Reporting

/// A command of `snas`: what it is called and takes, and what it does.
struct Command: Sendable {
    let description: CommandDescription
    /// What the process ends with.
    private let body: @Sendable (CommandLineFlags) throws -> Int32

    /// - Parameter body: throws `UserFacingError`.
    init(_ description: CommandDescription, _ body: @escaping @Sendable (CommandLineFlags) throws -> ExitCode) {
        self.description = description
        self.body = { try body($0).rawValue }
    }

    /// A command that ends as `diff` and `cmp` do, and by sysexits where it cannot compare.
    ///
    /// - Parameter body: whether what is compared is the same, 0, or differs, 1; throws `UserFacingError`.
    init(comparing description: CommandDescription, _ body: @escaping @Sendable (CommandLineFlags) throws -> Bool) {
        self.description = description
        self.body = { try body($0) ? ExitCode.done.rawValue : 1 }
    }

    /// In the order in which they are listed.
    static let all: [Command] = [
        SearchCommand.local, SearchCommand.coordinator, LaunchCommand.command, ResumeCommand.command,
        RetrainCommand.command, EvaluateCommand.command,
        StatusCommand.command, RunsCommand.command, ShowCommand.command, ReportCommand.command,
        DiffCommand.command, TraceCommand.command,
        GenotypeCommands.describe, GenotypeCommands.draw, ConvertCommand.command, ExportCommand.command,
        TruthCommand.command, CompareCommand.command, MeasureLatencyCommand.latency, MeasureGradientsCommand.command,
        StepBenchCommand.search, StepBenchCommand.retraining, WireBenchCommand.wire, WireBenchCommand.answer,
        DoctorCommand.command, KeygenCommand.command, SettingsCommand.command,
        AboutCommands.help, AboutCommands.version, AboutCommands.completion, AboutCommands.manual,
    ]

    static let program = ProgramDescription(
        "snas", "searches convolutional cells on as many processes and hosts as there are",
        commands: all.map(\.description), common: LogStream.commonFlags)

    /// - Returns: what the process ends with.
    /// - Throws: `UserFacingError`.
    static func run(_ words: [String]) throws -> Int32 {
        guard let first = words.first else {
            throw UserError(.usage, "which command? snas help lists them")
        }
        switch ProgramDescription.question(in: words) {
        case .help?: return try help(words.filter { !$0.hasPrefix("-") }).rawValue
        case .version?: return try AboutCommands.version.body(try CommandLineFlags(parsing: [], of: []))
        case nil: break
        }
        guard let (command, rest) = find(words) else { throw unknown(first, behind: words.dropFirst().first) }
        return try command.body(try command.description.parse(rest))
    }

    /// The command of two words, or of one, that the words begin with, and the words behind it.
    private static func find(_ words: [String]) -> (Command, [String])? {
        for count in [2, 1] {
            let name = words.prefix(count).joined(separator: " ")
            if let command = all.first(where: { $0.description.name == name }) {
                return (command, Array(words.dropFirst(count)))
            }
        }
        return nil
    }

    private static func unknown(_ name: String, behind second: String?) -> UserError {
        let parts = program.secondWords(behind: name)
        guard parts.isEmpty else {
            let given = second.map { ", not '\($0)'" } ?? ""
            return UserError(.usage, "snas \(name) takes \(parts.joined(separator: " or "))\(given)")
        }
        let hint = NearestName.hint(for: name, among: program.firstWords)
        return UserError(.usage, "unknown command '\(name)'\(hint.isEmpty ? ";" : hint) snas help lists the commands")
    }

    // MARK: Help

    /// Characters in a line of a page: longer ones are hard to read.
    private static let pageColumns = 100

    /// - Parameter words: a command's name, more of it, or nothing; what stands behind the name is passed over.
    /// - Throws: `UserError` (usage) for an unknown command.
    static func help(_ words: [String]) throws -> ExitCode {
        let page = HelpPage(program, columns: Terminal.pageColumns(atMost: pageColumns))
        guard let first = words.first else { return try print(page.overview) }
        if first == "snas-worker" { return try WorkerProgram.runToEnd(["--help"]) }
        if let (command, _) = find(words) { return try print(page.page(of: command.description)) }
        let parts = all.map(\.description).filter { $0.name.hasPrefix("\(first) ") && !$0.isHidden }
        guard !parts.isEmpty else { throw unknown(first, behind: nil) }
        return try print(Array(parts.map(page.page(of:)).joined(separator: [""])))
    }

    private static func print(_ lines: [String]) throws -> ExitCode {
        for line in lines { try StandardStreams.print(line) }
        return .done
    }
}
