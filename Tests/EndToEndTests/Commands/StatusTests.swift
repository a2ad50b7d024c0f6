import Formats
import Host
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// `snas status`: what it says of a run that goes on, was stopped, or ended without a word.
@Suite
struct StatusTests {
    @Test(
        "A running search is shown with its step and workers; once stopped it says so, and a silent one is called not running"
    )
    func status() throws {
        let programs = try Programs()
        let run = "\(programs.folder)/run"
        let search = try programs.start(
            "snas",
            ["local", "--workers", "2", "--threads", "1", "--run", run] + Programs.small(steps: 100_000)
                + ["--set", "training.epochs=100000"], name: "search")
        #expect(programs.wait(for: "\"silent_seconds\"", lines: 2, in: "run/status.json"))
        #expect(programs.wait(for: "\"ms_per_step\"", lines: 1, in: "run/status.json"))
        let running = try programs.run("snas", ["status", run], name: "running")
        #expect(running.status == .exited(0))
        let lines = running.output.split(separator: "\n")
        #expect(lines.first?.hasPrefix("running: coordinator \(HostInfo.hostName())/") == true, "\(running.output)")
        #expect(lines.contains { $0.contains("/100000, step ") && $0.contains("ms a step") }, "\(running.output)")
        #expect(lines.count { $0.hasPrefix("\(HostInfo.hostName())/") } == 2, "a line a worker")
        let json = try JSONValue.parse(
            Array(try programs.run("snas", ["status", run, "--json"], name: "json").output.utf8), source: "status")
        #expect(json["is_live"] == .bool(true) && json["generation"]?.integer == 1)
        #expect(json["workers"]?.elements?.compactMap { $0["threads"]?.integer } == [1, 1])

        search.send(signal: SIGTERM)
        #expect(programs.finish(search, name: "search").status == .exited(ExitCode.temporary.rawValue))
        let stopped = try programs.run("snas", ["status", run], name: "stopped")
        #expect(stopped.output.hasPrefix("stopped "), "\(stopped.output)")

        // A coordinator that was killed leaves the file as it was: `running`, and old.
        let text = programs.text("run/status.json").replacing("\"stopped\"", with: "\"running\"")
        let old = text.split(separator: "\n").map { line in
            line.contains("written_unix_seconds") ? "  \"written_unix_seconds\": 1000000," : String(line)
        }
        try FileSystem.writeFile("\(run)/status.json", Array(old.joined(separator: "\n").utf8))
        let silent = try programs.run("snas", ["status", run], name: "silent")
        #expect(silent.output.hasPrefix("not running: the coordinator "), "\(silent.output)")
    }

    @Test("The coordinator itself tells the same over its port, to whoever may connect; nobody takes part by asking")
    func asked() throws {
        let programs = try Programs()
        let run = "\(programs.folder)/run"
        // An evaluation's rounds have other shards: two moments could not be compared.
        let updatesAlone = ["--every_epochs", "100000"]
        let coordinator = try programs.start(
            "snas", ["coordinator", "--bind", "tcp://127.0.0.1:*", "--run", run] + Programs.endless() + updatesAlone,
            name: "coordinator")
        defer {
            coordinator.send(signal: SIGKILL)
            _ = coordinator.wait()
        }
        let endpoint = "tcp://127.0.0.1:\(try programs.port(in: "coordinator.err"))"
        let waiting = try programs.run("snas", ["status", endpoint], name: "waiting")
        #expect(waiting.status == .exited(0) && waiting.output.contains("no step yet\n"), "\(waiting.notes)")
        #expect(waiting.output.contains("no workers\n") && waiting.output.contains("log: waiting for workers"))
        let worker = try programs.start(
            "snas-worker", ["--connect", endpoint, "--threads", "1"], name: "worker")
        defer {
            worker.send(signal: SIGKILL)
            _ = worker.wait()
        }
        #expect(programs.wait(for: "\"ms_per_step\"", lines: 1, in: "run/status.json"))
        let running = try programs.run("snas", ["status", endpoint, "--json"], name: "running")
        let told = try JSONValue.parse(Array(running.output.utf8), source: "status")
        let written = try JSONValue.parse(Array(programs.text("run/status.json").utf8), source: "file")
        for name in ["format", "run", "host", "pid", "generation", "transfer", "shards"] {
            #expect(told[name] != nil && told[name] == written[name], "\(name)")
        }
        #expect(told["workers"]?.elements?.count == 1 && told["is_live"] == .bool(true))
        #expect((told["progress"]?["step"]?.integer ?? 0) > 0)
        // 4 channels and 3 cells: as many floats as the run's own file of weights has, and the statistics beside them.
        let weights = try #require(told["transfer"]?["weight_bytes"]?.integer)
        #expect(weights > 0 && (told["transfer"]?["contribution_bytes"]?.integer ?? 0) > weights)
        let nobody = try programs.run("snas", ["status", "ipc://\(programs.folder)/nobody"], name: "nobody")
        #expect(
            nobody.status == .exited(ExitCode.unavailable.rawValue) && nobody.notes.contains("no coordinator answered"))
        for words in [["status", run, "--insecure"], ["status", "tcp://nowhere", "--json"]] {
            #expect(try programs.run("snas", words, name: "usage").status == .exited(ExitCode.usage.rawValue))
        }
        let far = try programs.run("snas", ["status", "tcp://192.0.2.1:5577"], name: "far")
        #expect(far.status == .exited(ExitCode.noPermission.rawValue) && far.notes.contains("--insecure"))
    }

    @Test("Where there are keys only whoever has one is told; the others learn what is missing, as workers do")
    func keys() throws {
        let programs = try Programs()
        let keys = "\(programs.folder)/keys"
        let made = try programs.run("snas", ["keygen", "--out", keys, "--worker", "a"], name: "keygen")
        #expect(made.status == .exited(0), "\(made.notes)")
        let coordinator = try programs.start(
            "snas",
            [
                "coordinator", "--bind", "tcp://127.0.0.1:*", "--run", "\(programs.folder)/run", "--keys",
                "\(keys)/coordinator",
            ] + Programs.endless(), name: "coordinator")
        defer {
            coordinator.send(signal: SIGKILL)
            _ = coordinator.wait()
        }
        let endpoint = "tcp://127.0.0.1:\(try programs.port(in: "coordinator.err"))"
        func ask(_ words: [String]) throws -> Programs.Outcome {
            try programs.run("snas", ["status", endpoint] + words, name: "status")
        }
        let told = try ask(["--keys", "\(keys)/a"])
        #expect(told.status == .exited(0) && told.output.hasPrefix("running: coordinator "), "\(told.notes)")
        let none = try ask([])
        #expect(none.status == .exited(ExitCode.configuration.rawValue) && none.notes.contains("asks for keys"))
        for name in try FileSystem.list("\(keys)/coordinator/allowed") {
            try FileSystem.removeTree("\(keys)/coordinator/allowed/\(name)")
        }
        let gone = try ask(["--keys", "\(keys)/a"])
        #expect(
            gone.status == .exited(ExitCode.noPermission.rawValue)
                && gone.notes.contains("does not let this command in"))
    }

    @Test("No run, a folder without a file, and a file of somebody else are told apart, each with its exit code")
    func badInput() throws {
        let programs = try Programs()
        let none = try programs.run("snas", ["status", "\(programs.folder)/nowhere"])
        #expect(none.status == .exited(ExitCode.noInput.rawValue) && none.notes.contains("no run there"))
        #expect(try programs.run("snas", ["status"]).status == .exited(ExitCode.usage.rawValue))
        for (text, word) in [("{\"a\": 1}", "not a file of snas"), ("{", "status.json")] {
            try FileSystem.writeFile("\(programs.folder)/status.json", Array(text.utf8))
            let bad = try programs.run("snas", ["status", programs.folder])
            #expect(bad.status == .exited(ExitCode.data.rawValue) && bad.notes.contains(word), "\(bad.notes)")
        }
    }
}
