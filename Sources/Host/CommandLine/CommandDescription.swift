/// What a command is called, takes and does. Its words are read by this value and by nothing else, so that help, completion and
/// manual pages, which are made of it, know every flag that there is.
package struct CommandDescription: Sendable {
    /// As it is typed behind the program's name, of one word or two; empty for a program that has no commands.
    package let name: String
    /// What it does, as in "searches a cell", without a full stop.
    package let sentence: String
    /// What may stand behind the name, a line for each way to call it.
    package let forms: [String]
    /// Paragraphs.
    package let details: [String]
    package let groups: [FlagGroup]
    /// What a shell offers for words that are no flags; nil where the command takes none.
    package let words: Flag.Values?
    /// Whole commands, as they are typed.
    package let examples: [String]
    /// Whether only programs of this project give it.
    package let isHidden: Bool

    package init(
        _ name: String, _ sentence: String, forms: [String], details: [String] = [], groups: [FlagGroup],
        words: Flag.Values? = nil, examples: [String], isHidden: Bool = false
    ) {
        self.name = name
        self.sentence = sentence
        self.forms = forms
        self.details = details
        self.groups = groups
        self.words = words
        self.examples = examples
        self.isHidden = isHidden
    }

    /// Sorts the words behind the command.
    ///
    /// - Throws: `UserError` (usage), also for a word that is no flag where the command takes none.
    package func parse(_ given: [String]) throws -> CommandLineFlags {
        let flags = try CommandLineFlags(parsing: given, of: groups)
        if words == nil, let word = flags.positional.first { throw UserError(.usage, "'\(word)' is not expected") }
        return flags
    }

    /// Those that texts name.
    package var shownGroups: [FlagGroup] { groups.filter { !$0.isHidden && !$0.flags.isEmpty } }
}

/// A program with its commands.
package struct ProgramDescription: Sendable {
    /// As it is typed.
    package let name: String
    /// What it is, as in "searches cells", without a full stop.
    package let sentence: String
    /// In the order in which they are listed; one without a name where there are none.
    package let commands: [CommandDescription]
    /// Flags that every command takes.
    package let common: FlagGroup

    package init(_ name: String, _ sentence: String, commands: [CommandDescription], common: FlagGroup) {
        self.name = name
        self.sentence = sentence
        self.commands = commands
        self.common = common
    }

    /// Those that texts name.
    package var shownCommands: [CommandDescription] { commands.filter { !$0.isHidden } }

    /// Whether the program is its own command.
    package var hasCommands: Bool { commands.contains { !$0.name.isEmpty } }

    /// The program's name and a command's, as they are typed.
    package func typed(_ command: CommandDescription) -> String {
        command.name.isEmpty ? name : "\(name) \(command.name)"
    }

    /// What somebody who gives `--help` or `--version` anywhere wants to be told.
    package enum Question: Sendable { case help, version }

    /// Nil where neither is asked.
    package static func question(in words: [String]) -> Question? {
        if words.contains(where: { ["--help", "-h"].contains($0) }) { return .help }
        return words.contains(where: { ["--version", "-V"].contains($0) }) ? .version : nil
    }
}

extension ProgramDescription {
    /// First words of the commands, each once, in their order.
    package var firstWords: [String] {
        var seen: Set<String> = []
        return shownCommands.compactMap { command in
            let first = command.name.split(separator: " ").first.map(String.init)
            return first.flatMap { seen.insert($0).inserted ? $0 : nil }
        }
    }

    /// What the commands do that begin with this word.
    func sentence(of first: String) -> String {
        shownCommands.filter { $0.name.split(separator: " ").first.map(String.init) == first }.map(\.sentence)
            .joined(separator: "; ")
    }

    /// Second words of the commands of two that begin with this one.
    package func secondWords(behind first: String) -> [String] {
        shownCommands.compactMap { command in
            let words = command.name.split(separator: " ")
            return words.count == 2 && words[0] == first ? String(words[1]) : nil
        }
    }
}
