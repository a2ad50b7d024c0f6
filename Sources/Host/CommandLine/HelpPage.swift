/// What `help` and `--help` print.
package struct HelpPage {
    private let program: ProgramDescription
    private let columns: Int

    /// Where the sentences behind commands and flags begin.
    private static let indent = 30

    /// - Parameter columns: no line is longer, unless a word or an example is.
    package init(_ program: ProgramDescription, columns: Int) {
        self.program = program
        self.columns = columns
    }

    /// The program with all its commands, a line each.
    package var overview: [String] {
        let commands = program.shownCommands.flatMap {
            TextWrap.hanging("  \($0.name)", $0.sentence, indent: Self.indent, columns: columns)
        }
        return ["\(program.name): \(program.sentence)", "", "usage: \(program.name) COMMAND [FLAGS]", "", "commands"]
            + commands + [""] + lines(of: program.common)
            + ["", "\(program.name) help COMMAND lists a command's flags with their defaults, and an example."]
    }

    /// A command with all its flags.
    package func page(of command: CommandDescription) -> [String] {
        let typed = program.typed(command)
        let usage = command.forms.enumerated().flatMap { place, form in
            TextWrap.hanging(
                (place == 0 ? "usage: " : "       ") + typed, form, indent: typed.count + 8, columns: columns)
        }
        let details = command.details.flatMap { [""] + TextWrap.lines($0, columns: columns) }
        let groups = (command.shownGroups + [program.common]).flatMap { [""] + lines(of: $0) }
        let examples = ["", command.examples.count == 1 ? "example" : "examples"] + command.examples.map { "  \($0)" }
        return TextWrap.lines("\(typed): \(command.sentence)", columns: columns) + [""] + usage + details + groups
            + examples
    }

    private func lines(of group: FlagGroup) -> [String] {
        [group.title]
            + group.flags.flatMap { flag in
                let head = CommonFlags.short[flag.name].map { "  \($0), \(flag.typed)" } ?? "  \(flag.typed)"
                return TextWrap.hanging(head, flag.meaning, indent: Self.indent, columns: columns)
            }
    }
}
