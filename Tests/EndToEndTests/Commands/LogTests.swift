import Formats
import Host
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// What programs read of a run: `events.jsonl`, and standard error under `--log_format json`.
@Suite
struct LogTests {
    @Test(
        "With --log_format json every line that coordinator and workers write to standard error is an object with time, level and event, and the run's file tells the same"
    )
    func lines() throws {
        let programs = try Programs()
        let endpoint = "ipc://\(programs.folder)/socket"
        let run = "\(programs.folder)/run"
        let coordinator = try programs.start(
            "snas", ["coordinator", "--bind", endpoint, "--run", run, "--log_format", "json"] + Programs.endless(),
            name: "coordinator")
        let words = ["--connect", endpoint, "--threads", "1", "--log-format=json"]
        let doomed = try programs.start("snas-worker", words, name: "doomed")
        let worker = try programs.start("snas-worker", words, name: "worker")
        #expect(programs.wait(for: "worker_ready", lines: 2, in: "run/events.jsonl"))
        programs.expectSteps(5)
        doomed.send(signal: SIGKILL)
        #expect(programs.wait(for: "worker_lost", lines: 1, in: "run/events.jsonl"))
        coordinator.send(signal: SIGTERM)
        let outcome = programs.finish(coordinator, name: "coordinator", within: 60)
        let paused = ProcessStatus.exited(ExitCode.temporary.rawValue)
        #expect(outcome.status == paused && worker.wait() == paused)
        _ = doomed.wait()

        let events = try programs.events()
        for event in events {
            #expect(event["time"]?.text?.hasSuffix("Z") == true && event["message"]?.text?.isEmpty == false)
            #expect(event["generation"]?.integer == 1 && event["run"]?.text?.count == 32)
        }
        let lost = try #require(events.first { $0["event"]?.text == "worker_lost" })
        #expect(lost["level"]?.text == "warning" && (lost["steps_done"]?.integer ?? 0) >= 5)
        #expect(lost["worker"]?.text == "\(HostInfo.hostName())/\(doomed.processIdentifier)")
        let last = try #require(events.last)
        #expect(last["event"]?.text == "stopped" && last["exit_code"]?.integer == 75, "\(last)")
        // People read the same sentences, and nothing but them.
        let people = programs.text("run/log.txt").split(separator: "\n").map { line in
            String(line.split(separator: " ", maxSplits: 1).last ?? "")
        }
        let told = events.map { event in
            (event["level"]?.text == "warning" ? "warning: " : "") + (event["message"]?.text ?? "")
        }
        #expect(people == told)

        let heard = try Self.objects(outcome.notes).compactMap { $0["event"]?.text }
        #expect(heard.contains("listening") && heard.contains("progress") && heard.last == "stopped", "\(heard)")
        let welcomed = try Self.objects(programs.text("worker.err"))
        #expect(welcomed.contains { $0["event"]?.text == "welcomed" && $0["program"]?.text == "snas-worker" })
    }

    @Test("An error is the last line, with the exit code; the formats that there are are told")
    func errors() throws {
        let programs = try Programs()
        let unknown = try programs.run("snas", ["--log_format", "json", "resume", "\(programs.folder)/nothing"])
        #expect(unknown.status == .exited(ExitCode.noInput.rawValue))
        let line = try #require(try Self.objects(unknown.notes).last)
        #expect(line["event"]?.text == "failed" && line["exit_code"]?.integer == 66, "\(line)")
        for program in ["snas", "snas-worker"] {
            let wrong = try programs.run(program, ["resume", "--log_format", "xml"])
            #expect(wrong.status == .exited(ExitCode.usage.rawValue))
            #expect(wrong.notes == "\(program): --log_format is 'xml'; it takes text or json\n")
        }
    }

    private static func objects(_ text: String) throws -> [JSONValue] {
        try text.split(separator: "\n").map { try JSONValue.parse(Array($0.utf8), source: "a line") }
    }
}

extension Programs {
    /// What the log of the one run tells programs.
    func events() throws -> [JSONValue] {
        try text("run/events.jsonl").split(separator: "\n").map {
            try JSONValue.parse(Array($0.utf8), source: "events.jsonl")
        }
    }
}
