/// A program's page for `man`, in roff.
package struct ManualPage {
    private let program: ProgramDescription

    package init(_ program: ProgramDescription) { self.program = program }

    /// Groups of flags that several commands have are listed once.
    package var lines: [String] {
        let name = program.name
        let isShared: (FlagGroup) -> Bool = { group in
            program.shownCommands.count { $0.shownGroups.contains { $0.title == group.title } } > 1
        }
        let shared = program.shownCommands.flatMap(\.shownGroups).filter(isShared)
        let titles = Set(shared.map(\.title)).sorted()
        var lines = [
            ".TH \(name.uppercased().replacing("-", with: "\\-")) 1 \"\" \"snas \(ProgramVersion.number)\" \"User Commands\"",
            // Without hyphens of its own and without stretched lines: flags and names are copied.
            ".nh", ".ad l", ".SH NAME", "\(Self.roff(name)) \\- \(Self.roff(program.sentence))", ".SH SYNOPSIS",
        ]
        for command in program.shownCommands {
            lines += command.forms.flatMap { [".B \(Self.roff(program.typed(command)))", Self.roff($0), ".br"] }
        }
        lines.append(program.hasCommands ? ".SH COMMANDS" : ".SH DESCRIPTION")
        for command in program.shownCommands {
            if program.hasCommands { lines.append(".SS \(Self.roff(program.typed(command)))") }
            lines += [Self.roff(Self.capitalised(command.sentence)) + "."]
            lines += command.details.flatMap { [".PP", Self.roff($0)] }
            lines += command.shownGroups.filter { !isShared($0) }.flatMap(entries)
            let also = command.shownGroups.filter(isShared).map(\.title)
            if !also.isEmpty { lines += [".PP", "Flags listed below: \(Self.roff(also.joined(separator: "; ")))."] }
            lines += [".PP", "Example:"] + command.examples.flatMap { [".br", ".B \(Self.roff($0))"] }
        }
        lines.append(".SH FLAGS")
        for title in titles {
            if let group = shared.first(where: { $0.title == title }) { lines += entries(of: group) }
        }
        lines += entries(of: program.common) + [".SH EXIT STATUS"]
        for code in ExitCode.allCases { lines += [".TP", "\(code.rawValue)", Self.roff(code.meaning)] }
        return lines
    }

    private func entries(of group: FlagGroup) -> [String] {
        [".PP", ".I \(Self.roff(Self.capitalised(group.title)))"]
            + group.flags.flatMap { flag in
                let head = (CommonFlags.short[flag.name].map { "\($0), " } ?? "") + flag.typed
                return [".TP", ".B \(Self.roff(head))", Self.roff(flag.meaning)]
            }
    }

    private static func capitalised(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }

    /// A line that roff sets as it stands.
    static func roff(_ text: String) -> String {
        // A list of names may be broken behind its commas.
        let escaped = text.replacing("\\", with: "\\e").replacing("-", with: "\\-").replacing(",", with: ",\\:")
        return escaped.hasPrefix(".") || escaped.hasPrefix("'") ? "\\&" + escaped : escaped
    }
}
