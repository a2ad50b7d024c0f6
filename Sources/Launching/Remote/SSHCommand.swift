import Host

/// The words that run a command on a host by the system's ssh: with the user's configuration, keys and known hosts, and without
/// asking anybody anything.
package struct SSHCommand: Sendable {
    /// The program, and what the user wants it to be told.
    private let words: [String]

    /// What the user said of the same options counts: ssh takes the first of each.
    private static let options = [
        // A password or an unknown host's key would be asked for on the terminal of a run of days.
        "BatchMode=yes",
        // What runs there needs nothing of this side's.
        "ForwardAgent=no", "ForwardX11=no", "PermitLocalCommand=no",
        "ConnectTimeout=15",
        // A connection that was cut without a word is noticed within a minute.
        "ServerAliveInterval=15", "ServerAliveCountMax=3",
    ]

    /// - Parameter text: `--ssh`, as a shell would read it; nil for `ssh`.
    /// - Throws: `UserError` (usage).
    package init(_ text: String? = nil) throws {
        guard let text else {
            words = ["ssh"]
            return
        }
        guard let words = ShellWord.split(text), let program = words.first, !program.isEmpty else {
            throw UserError(.usage, "--ssh is '\(text)'; it takes a command, as 'ssh -p 2222', with every quote closed")
        }
        self.words = words
    }

    /// What the shell on the other side runs, whichever it is: C shells take no line's end between quotes, and fish reads backslashes
    /// there.
    private static let decoder = "script=$1; shift; eval \"$(printf %b \"$script\")\""

    /// - Parameters:
    ///   - script: for the host's `sh`, in ASCII.
    ///   - arguments: the script's, from `$1` on.
    /// - Returns: program and words; none of them can be taken for an option but those that are meant to be.
    package func words(to host: WorkerHost, script: String, _ arguments: [String]) -> [String] {
        precondition(!host.name.hasPrefix("-"))
        let remote = (["exec", "sh", "-c", Self.decoder, "snas-launch", Self.escaped(script)] + arguments)
            .map(ShellWord.quoted)
        let port = host.port.map { ["-p", String($0)] } ?? []
        return words + Self.options.flatMap { ["-o", $0] } + port + [
            "-T", "--", host.name, remote.joined(separator: " "),
        ]
    }

    /// As `printf %b` reads it back: what shells disagree about is written as its number.
    static func escaped(_ script: String) -> String {
        script.map { character in
            switch character {
            case "\n": "\\n"
            case "\\": "\\0134"
            case "'": "\\0047"
            case "!": "\\0041"
            default: String(character)
            }
        }.joined()
    }
}
