import Formats
import Host
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Standard streams that cannot be written.
@Suite
struct OutputTests {
    /// What stands in the way, as a shell makes it before it becomes the program.
    private static let obstacles = ["> /dev/full", "<&- >&-"]

    private static func under(_ redirection: String) -> [String] {
        ["/bin/sh", "-c", "exec \"$0\" \"$@\" \(redirection)"]
    }

    /// Commands that are done at once, each with the first that it prints.
    private static func quickCommands(_ folder: String) -> [[String]] {
        let space = ["describe", "--space", "nas_bench_201"]
        return [
            ["help"], ["local", "--help"], ["settings"], ["describe", "--genotype", "DARTS_V2"], space,
            space + ["--json"],
            ["draw", "--genotype", "DARTS_V2", "--out", "\(folder)/pictures"], ["keygen", "--out", "\(folder)/keys"],
            ["doctor", "--runs", folder, "--bind", "ipc://\(folder)/socket"], ["doctor", "--runs", folder, "--json"],
            ["local", "--method", "random", "--run", "\(folder)/random"], ["bench", "wire", "--workers", "1"],
        ]
    }

    @Test(
        "A command whose results cannot be written ends with 74 and one sentence, whatever is in the way",
        arguments: obstacles)
    func commands(obstacle: String) throws {
        let programs = try Programs()
        for words in Self.quickCommands(programs.folder) {
            let outcome = try programs.run("snas", words, under: Self.under(obstacle), within: 60)
            let reason = obstacle.contains("full") ? "No space left on device" : "it is closed"
            #expect(outcome.status == .exited(ExitCode.inputOutput.rawValue), "\(words): \(outcome.notes)")
            let last = outcome.notes.split(separator: "\n").last.map(String.init) ?? ""
            #expect(last.hasPrefix("snas: cannot write standard output: \(reason)"), "\(words): \(outcome.notes)")
            try FileSystem.removeTree("\(programs.folder)/keys")
            // What a command makes besides is whole.
            if words.first == "draw" {
                #expect(programs.text("pictures/reduce.svg").hasSuffix("</svg>\n"))
                try FileSystem.removeTree("\(programs.folder)/pictures")
            }
            if words.contains("random") {
                #expect(FileSystem.exists("\(programs.folder)/random/reduce.svg"))
                try FileSystem.removeTree("\(programs.folder)/random")
            }
        }
        let worker = try programs.run("snas-worker", ["--help"], under: Self.under(obstacle))
        #expect(worker.status == .exited(ExitCode.inputOutput.rawValue), "\(worker.notes)")
        #expect(worker.notes.hasPrefix("snas-worker: cannot write standard output"), "\(worker.notes)")
        // The code of the program that a command starts is the command's.
        let bench = ["bench", "step", "--steps", "1", "--batch_size", "8", "--init_channels", "4", "--layers", "3"]
        let outcome = try programs.run("snas", bench, under: Self.under(obstacle))
        #expect(outcome.status == .exited(ExitCode.inputOutput.rawValue), "\(outcome.notes)")
    }

    @Test(
        "A reader that has gone, and a limit to a file's size, are told like a full device; no signal ends the program")
    func signals() throws {
        let programs = try Programs()
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        _ = fcntl(ends[1], F_SETFD, FD_CLOEXEC)
        close(ends[0])
        defer { close(ends[1]) }
        let bin = FileSystem.parent(of: try #require(HostInfo.executablePath()))
        let child = try ChildProcess(
            "\(bin)/snas", ["settings"], errorPath: "\(programs.folder)/pipe.err", output: ends[1])
        let piped = programs.finish(child, name: "pipe", within: 60)
        #expect(piped.status == .exited(74) && piped.notes == "snas: cannot write standard output: Broken pipe\n")
        let limited = try programs.run(
            "snas", ["settings"], under: ["/bin/sh", "-c", "ulimit -f 1; exec \"$0\" \"$@\""])
        #expect(limited.status == .exited(74), "\(limited.notes)")
    }

    @Test(
        "A search with all standard streams closed ends with 74 and whole files; a full log costs nothing, and a resume prints the results"
    )
    func search() throws {
        let programs = try Programs()
        let run = "\(programs.folder)/run"
        let words = ["local", "--workers", "1", "--threads", "1", "--run", run] + Programs.small()
        let deaf = try programs.run("snas", words, name: "deaf", under: Self.under("<&- >&- 2>&-"))
        #expect(deaf.status == .exited(ExitCode.inputOutput.rawValue))
        #expect(programs.steps == 4)
        for file in ["log.txt", "journal.jsonl", "metrics.jsonl", "events.jsonl"] {
            let text = programs.text("run/\(file)")
            #expect(text.hasSuffix("\n") && !text.contains("Best-Genotype="), "\(file)")
        }
        for event in try programs.events() { #expect(event["event"]?.text?.isEmpty == false) }
        let full = try programs.run(
            "snas", ["resume", run, "--workers", "1"], name: "full", under: Self.under("2> /dev/full"))
        #expect(full.status == .exited(0) && full.fingerprint?.count == 64, "\(full.output)")
        let told = try programs.run(
            "snas", ["resume", run, "--workers", "1"], name: "told", under: Self.under("> /dev/full"))
        #expect(told.status == .exited(74))
        let sentence = "the results are in \(run), and snas resume \(run) prints them again"
        #expect(told.notes.contains("standard output: No space left on device; \(sentence)"), "\(told.notes)")
    }
}
