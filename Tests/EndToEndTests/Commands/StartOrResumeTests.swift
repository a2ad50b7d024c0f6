import Host
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// `--start_or_resume`: what a scheduler starts again is one run.
@Suite
struct StartOrResumeTests {
    private static func words(_ programs: Programs, steps: Int = 4, _ more: [String] = []) -> [String] {
        ["local", "--workers", "1", "--threads", "1", "--start_or_resume", "--run", "\(programs.folder)/run"]
            + Programs.small(steps: steps) + more
    }

    @Test("Searches that begin at once without a folder's name have one each")
    func atOnce() throws {
        let programs = try Programs()
        let words = ["local", "--workers", "1", "--threads", "1"] + Programs.small(steps: 1)
        let children = try (0..<3).map { number in
            try programs.start(
                "snas", words, name: "at-once-\(number)", under: ["/usr/bin/env", "-C", programs.folder])
        }
        for (number, child) in children.enumerated() {
            let outcome = programs.finish(child, name: "at-once-\(number)")
            #expect(outcome.status == .exited(0), "\(outcome.notes)")
        }
        #expect(try FileSystem.list("\(programs.folder)/runs") == ["digits-2-1", "digits-2-2", "digits-2-3"])
    }

    @Test("The same command begins a run, goes on with it after a kill, and then says the same result each time")
    func again() throws {
        let programs = try Programs()
        // A volume that is mounted is a folder that is there, and not quite empty.
        try FileSystem.createDirectory("\(programs.folder)/run/lost+found")
        let endless = ["--checkpoint_interval_s", "0"]
        let first = try programs.start("snas", Self.words(programs, steps: 40, endless), name: "first")
        #expect(programs.wait(for: "\"step\"", lines: 3, in: "run/journal.jsonl"))
        first.send(signal: SIGKILL)
        _ = first.wait()
        let second = try programs.run("snas", Self.words(programs, steps: 40, endless), name: "second")
        #expect(second.status == .exited(0) && second.notes.contains("goes on with run"), "\(second.notes)")
        let third = try programs.run("snas", Self.words(programs, steps: 40, endless), name: "third")
        #expect(third.status == .exited(0) && third.output == second.output, "\(third.notes)")
        #expect(third.notes.contains("is over; its results are there") && third.output.contains("fingerprint = "))
        // What a full disk left of a result is made again of the last checkpoint.
        try FileSystem.writeFile("\(programs.folder)/run/genotype.json", [])
        let fourth = try programs.run("snas", Self.words(programs, steps: 40, endless), name: "fourth")
        #expect(fourth.status == .exited(0) && fourth.output == second.output, "\(fourth.notes)")
        #expect(programs.text("run/genotype.json").contains("fingerprint"))
        let quiet = try Programs()
        let words = ["local", "--workers", "1", "--threads", "2", "--run", "\(quiet.folder)/run"]
        #expect(
            try quiet.run("snas", words + Programs.small(steps: 40) + endless).fingerprint == second.fingerprint)
        #expect(try FileSystem.list("\(programs.folder)/run").contains("lost+found"))
    }

    @Test("Another command than the one that began the run is refused with what differs; so is one without a folder")
    func refusals() throws {
        let programs = try Programs()
        #expect(try programs.run("snas", Self.words(programs, steps: 1)).status == .exited(0))
        let other = try programs.run("snas", Self.words(programs, steps: 2))
        #expect(other.status == .exited(ExitCode.configuration.rawValue))
        #expect(
            other.notes.contains("was begun with training.max_steps = 1, now it is training.max_steps = 2"),
            "\(other.notes)")
        for words in [["local"], ["coordinator"], ["retrain", "--genotype", "SNAS_mild"]] {
            let bare = try programs.run("snas", words + ["--start_or_resume"])
            #expect(bare.status == .exited(ExitCode.usage.rawValue), "\(bare.notes)")
            #expect(bare.notes.contains("--start_or_resume wants --run DIR"), "\(bare.notes)")
        }
    }

    @Test("A run that another process works on is refused with 73, and that one goes on")
    func taken() throws {
        let programs = try Programs()
        let words = Self.words(programs, steps: 100_000) + ["--checkpoint_interval_s", "0"]
        let first = try programs.start("snas", words, name: "coordinator")
        #expect(programs.wait(for: "\"step\"", lines: 2, in: "run/journal.jsonl"))
        let second = try programs.run("snas", words, name: "second")
        #expect(second.status == .exited(ExitCode.cannotCreate.rawValue))
        #expect(second.notes.contains("is taken: its coordinator"), "\(second.notes)")
        programs.expectSteps(2)
        first.send(signal: SIGTERM)
        #expect(first.wait() == .exited(ExitCode.temporary.rawValue))
    }
}
