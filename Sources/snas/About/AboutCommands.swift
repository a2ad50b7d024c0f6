import Coordinator
import Formats
import Host
import Messaging
import Reporting
import RunStore
import Wire

/// What the program says of itself: `help`, `version`, `completion`, `man`.
enum AboutCommands {
    static let help: Command = Command(
        CommandDescription(
            "help", "lists the commands, or the flags of one", forms: ["[COMMAND]"], groups: [],
            words: .commands, examples: ["snas help local"])
    ) { try Command.help($0.positional) }

    static let version: Command = Command(
        CommandDescription(
            "version", "tells version, build, libraries, instruction set and licence", forms: [""], groups: [],
            examples: ["snas version"])
    ) { _ in
        for line in versionPage.lines { try StandardStreams.print(line) }
        return .done
    }

    static let completion: Command = Command(
        CommandDescription(
            "completion", "prints a script by which a shell completes commands and flags", forms: ["bash|zsh|fish"],
            details: ["snas-worker completion bash|zsh|fish prints the one for snas-worker."], groups: [],
            words: .words(Completion.allCases.map(\.rawValue)), examples: ["source <(snas completion bash)"])
    ) { flags in
        let shell = try Completion(of: flags.positional.first, program: "snas")
        for line in shell.script(for: Command.program) { try StandardStreams.print(line) }
        return .done
    }

    static let manual: Command = Command(
        CommandDescription(
            "man", "prints the manual page", forms: [""],
            details: ["snas-worker man prints the one of snas-worker."], groups: [],
            examples: ["snas man | man -l -", "snas man > /usr/local/share/man/man1/snas.1"])
    ) { _ in
        for line in ManualPage(Command.program).lines { try StandardStreams.print(line) }
        return .done
    }

    private static var versionPage: VersionPage {
        VersionPage(
            program: "snas", numbers: [("wire", Int(WireLimits.version)), ("run format", RunFormat.current)],
            libraries: [("libzmq", MessagingContext.version)] + LibraryVersions.all,
            kernels: nil)
    }
}
