/// Completion in zsh.
struct ZshCompletion {
    private let program: ProgramDescription

    init(_ program: ProgramDescription) { self.program = program }

    var lines: [String] {
        let name = program.name
        let function = Completion.function(program)
        return [
            "#compdef \(name)",
            "# Completion for \(name) in zsh: source <(\(name) completion zsh), or as a file _\(name) in a folder of $fpath",
            "\(function)() {", "    local context state state_descr line", "    typeset -A opt_args",
        ] + body.map { "    \($0)" } + [
            "}", "if [[ $funcstack[1] == \(function) ]]; then \(function) \"$@\"; else compdef \(function) \(name); fi",
        ]
    }

    private var body: [String] {
        guard program.hasCommands else { return program.shownCommands.flatMap { arguments(of: $0, words: 0) } }
        let names = program.firstWords.map { first in
            Completion.quoted("\(first):\(program.sentence(of: first).replacing(":", with: "\\:"))")
        }
        return ["local -a commands=("] + names.map { "    \($0)" } + [
            ")", "_arguments -C '1:command:->command' '*::word:->word'",
        ]
            + ["case $state in", "command) _describe command commands ;;", "word)", "    case $words[1] in"]
            + program.firstWords.flatMap(branch) + ["    esac", "    ;;", "esac"]
    }

    private func branch(_ first: String) -> [String] {
        let seconds = program.secondWords(behind: first)
        guard seconds.isEmpty else {
            let cases = seconds.flatMap { second in
                program.shownCommands.filter { $0.name == "\(first) \(second)" }.flatMap { command in
                    ["    \(second))"] + arguments(of: command, words: 1).map { "        \($0)" } + ["        ;;"]
                }
            }
            return [
                "    \(first))", "        _arguments -C '1:part:(\(seconds.joined(separator: " ")))' '*::word:->part'",
            ]
                + ["        case $words[1] in"] + cases.map { "    \($0)" } + ["        esac", "        ;;"]
        }
        return program.shownCommands.filter { $0.name == first }.flatMap { command in
            ["    \(first))"] + arguments(of: command, words: 1).map { "        \($0)" } + ["        ;;"]
        }
    }

    /// - Parameter words: of the command, that `_arguments` finds before its flags.
    private func arguments(of command: CommandDescription, words: Int) -> [String] {
        let flags = (command.shownGroups + [program.common]).flatMap(\.flags).map { flag in
            let again = flag.kind == .repeated ? "*" : ""
            let colon = flag.kind == .truth ? "::" : ":"
            let value = flag.kind == .toggle ? "" : "\(colon)\(Self.escaped(flag.placeholder)):\(action(flag.values))"
            return Completion.quoted("\(again)--\(flag.name)[\(Self.escaped(flag.meaning))]\(value)")
        }
        let positional = command.words.map { [Completion.quoted("*:word:\(action($0))")] } ?? []
        return ["_arguments \\"] + (flags + positional).map { "    \($0) \\" } + ["    && return"]
    }

    private func action(_ values: Flag.Values) -> String {
        switch values {
        case .anything: " "
        case .words(let words): "(\(words.joined(separator: " ")))"
        case .commands: "(\(program.firstWords.joined(separator: " ")))"
        case .files: "_files"
        case .folders: "_files -/"
        }
    }

    /// What `_arguments` would read otherwise.
    private static func escaped(_ text: String) -> String {
        text.map { "[]:\\".contains($0) ? "\\\($0)" : "\($0)" }.joined()
    }
}
