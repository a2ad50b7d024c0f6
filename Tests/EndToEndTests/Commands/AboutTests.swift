import Host
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// What every program has: help, version, completion, a manual page, `--quiet`.
@Suite
struct AboutTests {
    private func said(_ programs: Programs, _ program: String, _ words: [String]) throws -> String {
        let outcome = try programs.run(program, words)
        #expect(outcome.status == .exited(0) && outcome.notes.isEmpty, "\(program) \(words): \(outcome.notes)")
        return outcome.output
    }

    /// As the overview lists them.
    private func commands(_ programs: Programs) throws -> [String] {
        let lines = try said(programs, "snas", ["help"]).split(separator: "\n", omittingEmptySubsequences: false)
        let listed = lines.drop { $0 != "commands" }.dropFirst().prefix { !$0.isEmpty }
        // What runs over stands further right.
        return listed.filter { !$0.hasPrefix("   ") }.map { line in
            String(line.dropFirst(2)).split(separator: "  ").first.map(String.init) ?? ""
        }
    }

    @Test(
        "Each of the 30 commands explains itself alike by help, -h and --help, wherever they stand: usage, flags, defaults, an example"
    )
    func help() throws {
        let programs = try Programs()
        let commands = try commands(programs)
        #expect(commands.count == 30 && commands.contains("bench step") && commands.contains("local"), "\(commands)")
        for command in commands {
            let words = command.split(separator: " ").map(String.init)
            let page = try said(programs, "snas", ["help"] + words)
            #expect(page.contains("usage: snas \(command)") && page.contains("\nexample"), "\(page)")
            #expect(page.contains("--log_format FORM") && page.contains("(default text)"))
            #expect(page.split(separator: "\n").allSatisfy { $0.count <= 100 }, "\(command)")
            for other in [words + ["-h"], words + ["--help"], words + ["--nonsense", "-h"]] {
                #expect(try said(programs, "snas", other) == page, "\(other)")
            }
        }
        for words in [["-h"], ["--help"]] {
            #expect(try said(programs, "snas", words) == (try said(programs, "snas", ["help"])))
        }
        let worker = try said(programs, "snas-worker", ["--help"])
        #expect(worker.contains("usage: snas-worker --connect") && worker.contains("(default 60)"))
        #expect(!worker.contains("--trainings"))
        for words in [("snas-worker", "-h"), ("snas-worker", "help"), ("snas", "help snas-worker")] {
            let page = try said(programs, words.0, words.1.split(separator: " ").map(String.init))
            #expect(page == worker, "\(words)")
        }
    }

    @Test("The defaults that help tells are those of the settings, a retraining's those of a retraining")
    func defaults() throws {
        let programs = try Programs()
        func words(_ page: String) -> String { page.split(whereSeparator: \.isWhitespace).joined(separator: " ") }
        let search = words(try said(programs, "snas", ["help", "local"]))
        let retraining = words(try said(programs, "snas", ["help", "retrain"]))
        let settings = try said(programs, "snas", ["settings"]).split(separator: "\n")
        var compared = 0
        for line in settings {
            let flag = try #require(line.firstMatch(of: /\(--(\w+);/)?.1)
            let value = try #require(line.firstMatch(of: #/ = (.*?)(; retrain: .*?)?  \(/#)?.1)
            guard !line.hasPrefix("retrain.") else { continue }
            let told = search.ranges(of: "--\(flag) ").contains { part in
                search[part.upperBound...].prefix(700).contains("(default \(value))")
            }
            #expect(told, "\(line)")
            compared += 1
        }
        #expect(compared > 60)
        #expect(retraining.contains("--epochs N epochs: 1 to 1000000 (default 600)"), "\(retraining)")
        #expect(search.contains("--epochs N epochs: 1 to 1000000 (default 150)"))
    }

    @Test(
        "The version is told in three spellings, with what shares it with others, build, libraries, instruction set and licence"
    )
    func version() throws {
        let programs = try Programs()
        for program in ["snas", "snas-worker"] {
            let page = try said(programs, program, ["version"])
            for words in [["--version"], ["-V"], ["--connect", "x", "-V"]] {
                #expect(try said(programs, program, words) == page)
            }
            let lines = page.split(separator: "\n")
            try #require(lines.count == 5, "\(page)")
            #expect(
                lines[0].wholeMatch(of: /snas(-worker)? 0\.1\.0 \(wire \d+, run format \d+\)/) != nil, "\(page)")
            #expect(lines[1].wholeMatch(of: /build: release, \w+-linux, program file [0-9a-f]{16}/) != nil, "\(page)")
            for library in ["libzmq 4.", "zlib 1.", "libyaml 0.", "libsodium 1.", "xxHash 0."] {
                #expect(lines[2].contains(library), "\(library): \(page)")
            }
            #expect(lines[2].contains("libtorch") == (program == "snas-worker"))
            #expect(
                lines[3].hasPrefix("instruction set: ") && lines[3].contains("kernels ") == (program == "snas-worker"))
            #expect(lines[4] == "licence: Apache-2.0")
        }
    }

    @Test("Bash completes commands, their second words, flags in both spellings, words that a flag takes, and folders")
    func bash() throws {
        let programs = try Programs()
        try FileSystem.writeFile(
            "\(programs.folder)/snas.bash", Array(try said(programs, "snas", ["completion", "bash"]).utf8))
        let worker = try said(programs, "snas-worker", ["completion", "bash"])
        try FileSystem.writeFile("\(programs.folder)/worker.bash", Array(worker.utf8))
        try FileSystem.createDirectory("\(programs.folder)/some folder")
        try FileSystem.writeFile("\(programs.folder)/some file", [])
        func completed(_ words: String...) throws -> [String] {
            let script = """
                cd '\(programs.folder)' && source snas.bash && source worker.bash
                COMP_WORDS=(\(words.map { "'\($0)'" }.joined(separator: " "))); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
                _\(words[0].replacing("-", with: "_")); printf '%s\\n' "${COMPREPLY[@]}"
                """
            let child = try ChildProcess(
                "bash", ["-c", script], outputPath: "\(programs.folder)/c.out", errorPath: "\(programs.folder)/c.err")
            let outcome = programs.finish(child, name: "c", within: 60)
            #expect(outcome.status == .exited(0) && outcome.notes.isEmpty, "\(outcome.notes)")
            return outcome.output.split(separator: "\n").map(String.init)
        }
        #expect(try completed("snas", "re") == ["resume", "retrain", "report"])
        #expect(try completed("snas", "bench", "") == ["step", "retrain", "wire"])
        #expect(try completed("snas", "help", "tr") == ["trace", "truth"])
        #expect(try completed("snas", "local", "--rand").count == 4)
        let methods = try completed("snas", "--log_format", "json", "local", "--search", "")
        #expect(methods == ["snas", "darts", "gdas", "dsnas", "enas"])
        #expect(try completed("snas", "local", "--temp-schedule", "=", "l").first?.hasPrefix("l") == true)
        #expect(try completed("snas", "retrain", "--search").isEmpty, "a retraining has no search")
        #expect(try completed("snas", "status", "some") == ["some folder"])
        #expect(try completed("snas", "local", "--config", "some").count == 2)
        #expect(try completed("snas", "local", "--seed", "-").isEmpty)
        #expect(try completed("snas-worker", "--kernels", "avx") == ["avx512", "avx2"])
        #expect(try completed("snas-worker", "--train").isEmpty, "what programs give is not offered")
    }

    @Test(
        "The scripts of the other shells and the manual page name every flag of the commands, and are read without an error"
    )
    func others() throws {
        let programs = try Programs()
        for (program, command) in [("snas", ["help", "local"]), ("snas-worker", ["--help"])] {
            let flags = Set(
                try said(programs, program, command).matches(of: /\n  (?:-\w, )?--(\w+)/).map { String($0.1) })
            #expect(flags.count > 12)
            for shell in ["zsh", "fish"] {
                let script = try said(programs, program, ["completion", shell])
                let missing = flags.filter { !script.contains(shell == "zsh" ? "--\($0)[" : "-l \($0) ") }
                #expect(missing.isEmpty, "\(shell): \(missing)")
                try FileSystem.writeFile("\(programs.folder)/script", Array(script.utf8))
                if Tools.areUsable([shell], asRoot: false, for: "completion in \(shell)") {
                    #expect(Tools.run(words: [shell, "-n", "\(programs.folder)/script"]), "\(shell)")
                }
            }
            let manual = try said(programs, program, ["man"])
            let missing = flags.filter { !manual.contains("\\-\\-\($0)") }
            #expect(missing.isEmpty, "\(missing)")
            try FileSystem.writeFile("\(programs.folder)/page", Array(manual.utf8))
            guard Tools.areUsable(["groff"], asRoot: false, for: "the manual page") else { continue }
            let child = try ChildProcess(
                "groff", ["-man", "-Tascii", "-P-cbou", "-ww", "\(programs.folder)/page"],
                outputPath: "\(programs.folder)/g.out",
                errorPath: "\(programs.folder)/g.err")
            let set = programs.finish(child, name: "g", within: 60)
            #expect(set.status == .exited(0) && set.notes.isEmpty && set.output.contains("EXIT STATUS"), "\(set.notes)")
        }
    }

    @Test(
        "Whoever asks for help on what is not there is told what is near, in one sentence; --quiet leaves the results alone"
    )
    func edges() throws {
        let programs = try Programs()
        for (words, sentence) in [
            ([], "which command? snas help lists them"),
            (["help", "lokal"], "unknown command 'lokal'; did you mean 'local'?"),
            (["bench"], "snas bench takes step or retrain or wire"),
            (["completion", "tcsh"], "knows bash, zsh, fish, not 'tcsh'"),
            (["version", "now"], "'now' is not expected"), (["settings", "--set", "a=1"], "unknown flag --set"),
        ] as [([String], String)] {
            let outcome = try programs.run("snas", words)
            #expect(outcome.status == .exited(64) && outcome.notes.contains(sentence), "\(words): \(outcome.notes)")
            #expect(outcome.notes.split(separator: "\n").count == 1 && outcome.output.isEmpty)
        }
        let words = ["local", "--method", "random", "--run", "\(programs.folder)/run", "--quiet"]
        #expect(try said(programs, "snas", words).hasPrefix("genotype = "))
    }
}
