/// Completion in fish.
struct FishCompletion {
    private let program: ProgramDescription

    init(_ program: ProgramDescription) { self.program = program }

    var lines: [String] {
        let name = program.name
        let commands = program.hasCommands ? program.firstWords.flatMap(command) : []
        return [
            "# Completion for \(name) in fish: \(name) completion fish | source",
            "complete -c \(name) -f",
        ] + commands + program.shownCommands.flatMap(flags) + program.common.flags.map { line($0, condition: nil) }
    }

    private func command(_ first: String) -> [String] {
        let seconds = program.secondWords(behind: first)
        let own =
            "complete -c \(program.name) -n __fish_use_subcommand -a \(first) -d "
            + Self.quoted(program.sentence(of: first))
        let condition =
            "__fish_seen_subcommand_from \(first); and not __fish_seen_subcommand_from \(seconds.joined(separator: " "))"
        return [own]
            + seconds.map { "complete -c \(program.name) -n \(Self.quoted(condition)) -a \($0)" }
    }

    private func flags(of command: CommandDescription) -> [String] {
        let condition = command.name.split(separator: " ").map { "__fish_seen_subcommand_from \($0)" }.joined(
            separator: "; and ")
        let words = command.words.map { values in
            "complete -c \(program.name) -n \(Self.quoted(condition))" + offered(values)
        }
        return [words].compactMap { $0 }
            + command.shownGroups.flatMap(\.flags).map { line($0, condition: condition.isEmpty ? nil : condition) }
    }

    private func line(_ flag: Flag, condition: String?) -> String {
        "complete -c \(program.name)" + (condition.map { " -n \(Self.quoted($0))" } ?? "") + " -l \(flag.name)"
            + (flag.kind == .toggle ? "" : (flag.kind == .truth ? "" : " -r") + offered(flag.values))
            + " -d \(Self.quoted(flag.meaning))"
    }

    private func offered(_ values: Flag.Values) -> String {
        switch values {
        case .anything: " -f"
        case .words(let words): " -f -a \(Self.quoted(words.joined(separator: " ")))"
        case .commands: " -f -a '\(program.firstWords.joined(separator: " "))'"
        case .files: " -F"
        case .folders: " -f -a '(__fish_complete_directories)'"
        }
    }

    private static func quoted(_ text: String) -> String {
        "'" + text.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
    }
}
