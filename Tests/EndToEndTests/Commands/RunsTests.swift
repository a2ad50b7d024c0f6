import Formats
import Host
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// `snas runs`, `snas show` and `snas status --watch`.
@Suite
struct RunsTests {
    @Test(
        "Runs are listed with state, step, accuracy and size; pruning says first what it would remove, and leaves results"
    )
    func list() throws {
        let programs = try Programs()
        let runs = "\(programs.folder)/runs"
        let words = ["local", "--workers", "1", "--threads", "2"]
        #expect(
            try programs.run("snas", words + ["--run", "\(runs)/a"] + Programs.small(steps: 60)).status == .exited(0))
        let going = try programs.start(
            "snas", words + ["--run", "\(runs)/inner/b"] + Programs.endless(), name: "going")
        #expect(programs.wait(for: "\"step\"", lines: 1, in: "runs/inner/b/journal.jsonl"))
        for _ in 0..<1000 where programs.text("runs/inner/b/status.json").isEmpty { usleep(10_000) }
        try FileSystem.createDirectory("\(runs)/c/checkpoints")
        try FileSystem.writeFile("\(runs)/c/identity", Array("\(String(repeating: "0", count: 31))1\n".utf8))
        try FileSystem.writeFile("\(runs)/c/format", Array(programs.text("runs/a/format").utf8))
        let list = try programs.run("snas", ["runs", runs, "--json"], name: "list")
        #expect(list.status == .exited(0), "\(list.notes)")
        let rows = try list.output.split(separator: "\n").map { try JSONValue.parse(Array($0.utf8), source: "runs") }
        #expect(rows.map { $0["run"]?.text } == ["\(runs)/a", "\(runs)/c", "\(runs)/inner/b"], "\(list.output)")
        #expect(rows.map { $0["state"]?.text } == ["finished", "begun", "running"], "\(list.output)")
        #expect(rows[0]["step"]?.integer == 60 && (rows[0]["best_accuracy"]?.number ?? 0) > 0.05)
        #expect((rows[0]["bytes"]?.integer ?? 0) > 100_000)
        let people = try programs.run("snas", ["runs", runs], name: "people")
        #expect(people.output.contains("finished  60/60"), "\(people.output)")

        // First what would be done, then the deed, on finished runs alone.
        let newest = try FileSystem.list("\(runs)/a/checkpoints").last
        let before = try FileSystem.list("\(runs)/a/checkpoints").count
        #expect(before > 1)
        let asked = try programs.run("snas", ["runs", runs, "--prune", "checkpoints"], name: "asked")
        #expect(asked.output.contains("would remove \(before - 1) checkpoint"), "\(asked.output)")
        #expect(try FileSystem.list("\(runs)/a/checkpoints").count == before)
        let done = try programs.run("snas", ["runs", runs, "--prune", "checkpoints", "--yes"], name: "done")
        #expect(done.output.contains("removed \(before - 1) checkpoint"), "\(done.output)")
        #expect(try FileSystem.list("\(runs)/a/checkpoints") == [newest].compactMap { $0 })
        let again = try programs.run("snas", ["resume", "\(runs)/a"], name: "again")
        #expect(again.status == .exited(0) && again.fingerprint != nil, "\(again.notes)")
        let empty = try programs.run("snas", ["runs", runs, "--prune", "empty", "--yes"], name: "empty")
        #expect(
            empty.output.contains("removed the run of \(runs)/c") && !FileSystem.exists("\(runs)/c"), "\(empty.output)")
        #expect(FileSystem.exists("\(runs)/inner/b/identity") && !empty.output.contains("inner/b"))
        going.send(signal: SIGTERM)
        _ = programs.finish(going, name: "going", within: 60)
        // What it has done is safe, so it is not empty, though nobody has it any more.
        _ = try programs.run("snas", ["runs", runs, "--prune", "empty", "--yes"], name: "stopped")
        #expect(FileSystem.exists("\(runs)/inner/b/identity"))
    }

    @Test("A run's cell and curves are shown as text")
    func show() throws {
        let programs = try Programs()
        let run = "\(programs.folder)/run"
        let words = ["local", "--workers", "1", "--threads", "2", "--run", run] + Programs.small(steps: 60)
        let search = try programs.run("snas", words)
        let shown = try programs.run("snas", ["show", run], name: "show")
        #expect(shown.status == .exited(0), "\(shown.notes)")
        #expect(
            shown.output.contains("\(run): finished, step 60/60, 2 epochs")
                || shown.output.contains("finished, step 60/"), "\(shown.output)")
        #expect(shown.output.contains("normal cell:") && shown.output.contains("<- c_{k-1}"), "\(shown.output)")
        let genotype = try #require(search.output.split(separator: "\n").first)
        #expect(shown.output.hasSuffix("\(genotype)\n"), "\(shown.output)")
    }

    @Test("A watched run is told again and again until it is over")
    func watch() throws {
        let programs = try Programs()
        let words =
            ["local", "--workers", "1", "--threads", "1", "--run", "\(programs.folder)/run"] + Programs.endless()
        let search = try programs.start("snas", words, name: "coordinator")
        #expect(programs.wait(for: "\"step\"", lines: 1, in: "run/journal.jsonl"))
        for _ in 0..<1000 where programs.text("run/status.json").isEmpty { usleep(10_000) }
        let watching = try programs.start(
            "snas", ["status", "\(programs.folder)/run", "--watch", "--json"], name: "watch")
        #expect(programs.wait(for: "\"is_live\":true", lines: 2, in: "watch.out"))
        search.send(signal: SIGTERM)
        _ = programs.finish(search, name: "coordinator", within: 60)
        let outcome = programs.finish(watching, name: "watch", within: 60)
        #expect(outcome.status == .exited(0), "\(outcome.notes)")
        #expect(outcome.output.split(separator: "\n").last?.contains("\"state\":\"stopped\"") == true)
    }

    @Test("A folder that is not there, a rule that is none, a deed without a rule: a sentence each")
    func refusals() throws {
        let programs = try Programs()
        for (words, code, sentence) in [
            (["runs", "/nowhere"], ExitCode.noInput, "there is no folder '/nowhere'"),
            (["runs", programs.folder, "--prune", "all"], .usage, "--prune is 'all'; it takes empty or checkpoints"),
            (["runs", programs.folder, "--yes"], .usage, "--yes goes with --prune"),
            (["show", programs.folder], .noInput, "no run in"),
            (["show"], .usage, "takes one run directory"),
        ] {
            let outcome = try programs.run("snas", words)
            #expect(outcome.status == .exited(code.rawValue) && outcome.notes.contains(sentence), "\(outcome.notes)")
        }
    }
}
