/// Completion in bash, 4.4 or newer.
struct BashCompletion {
    private let program: ProgramDescription

    init(_ program: ProgramDescription) { self.program = program }

    var lines: [String] {
        let name = program.name
        return ["# Completion for \(name) in bash: source <(\(name) completion bash)"]
            + ["\(Completion.function(program))() {"] + body.map { "    \($0)" } + ["}"]
            + ["complete -F \(Completion.function(program)) \(name)"]
    }

    /// Finds the command among the words before, then what the command or a flag just before takes.
    private var body: [String] {
        // Readline cuts words at `=`; hyphens in a flag's name count as underscores.
        let head = [
            "local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command= place",
            "[[ $before == = ]] && before=${COMP_WORDS[COMP_CWORD-2]}", "[[ $current == = ]] && current=",
            "before=${before//-/_}",
        ]
        let cases =
            ["local flags= values= kind=words isTaken=", "case $command in"]
            + program.shownCommands.flatMap(branch) + parts + nothing + ["esac"]
        let answer = [
            "[[ -z $isTaken && $current == -* ]] && kind=words values=$flags", "case $kind in",
            "files) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- \"$current\") ;;",
            "folders) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- \"$current\") ;;",
            "*) mapfile -t COMPREPLY < <(compgen -W \"$values\" -- \"$current\") ;;", "esac",
        ]
        return head + finding + cases + answer
    }

    private var finding: [String] {
        guard program.hasCommands else { return [] }
        let pairs = program.shownCommands.map(\.name).filter { $0.contains(" ") }
        var cases = ["\(program.firstWords.map { "' \($0)'" }.joined(separator: "|"))) command=${COMP_WORDS[place]} ;;"]
        if !pairs.isEmpty {
            cases.append("\(pairs.map { "'\($0)'" }.joined(separator: "|"))) command+=\" ${COMP_WORDS[place]}\" ;;")
        }
        return ["for ((place = 1; place < COMP_CWORD; place++)); do", "    case \"$command ${COMP_WORDS[place]}\" in"]
            + cases.map { "    \($0)" } + ["    esac", "done"]
    }

    /// Where no command was given yet.
    private var nothing: [String] {
        guard program.hasCommands else { return [] }
        return ["'') flags='\(flags(of: [program.common]))' values='\(program.firstWords.joined(separator: " "))' ;;"]
    }

    /// Behind the first word of commands of two.
    private var parts: [String] {
        program.firstWords.compactMap { first in
            let seconds = program.secondWords(behind: first)
            return seconds.isEmpty ? nil : "'\(first)') values='\(seconds.joined(separator: " "))' ;;"
        }
    }

    private func branch(_ command: CommandDescription) -> [String] {
        let groups = command.shownGroups + [program.common]
        let taken = groups.flatMap(\.flags).filter { $0.kind != .toggle }
        return ["'\(command.name)')", "    flags='\(flags(of: groups))' \(assignment(command.words ?? .anything))"]
            + ["    case $before in"]
            + taken.map { flag in
                // What may stand without a value may be followed by another flag.
                let taking = flag.kind == .truth ? "" : "isTaken=1 "
                return "    __\(flag.name)) \(taking)\(assignment(flag.values)) ;;"
            } + ["    esac", "    ;;"]
    }

    private func flags(of groups: [FlagGroup]) -> String { groups.names.map { "--\($0)" }.joined(separator: " ") }

    private func assignment(_ values: Flag.Values) -> String {
        switch values {
        case .anything: "kind=words values="
        case .words(let words): "kind=words values=\(Completion.quoted(words.joined(separator: " ")))"
        case .commands: "kind=words values='\(program.firstWords.joined(separator: " "))'"
        case .files: "kind=files"
        case .folders: "kind=folders"
        }
    }
}
