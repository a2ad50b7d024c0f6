import Formats
import Host
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// `--http` with real searches.
@Suite
struct PagesTests {
    private func words(_ programs: Programs, http: String = "127.0.0.1:0", steps: Int = 40) -> [String] {
        ["local", "--workers", "1", "--threads", "2", "--run", "\(programs.folder)/run", "--http", http]
            + Programs.small(steps: steps, epochs: 100_000)
    }

    private func port(_ programs: Programs, in file: String) throws -> Int {
        try #require(programs.wait(for: "pages of the run: http://", lines: 1, in: file), "\(programs.text(file))")
        let line = try #require(programs.text(file).split(separator: "\n").first { $0.contains("pages of the run") })
        return try #require(Int(line.split(separator: ":").last?.prefix { $0.isNumber } ?? ""))
    }

    @Test(
        "A search's pages say what its files say, metrics come in parts without a gap, and a crowd of callers changes no bit"
    )
    func search() throws {
        let programs = try Programs()
        let child = try programs.start("snas", words(programs, steps: 100_000), name: "coordinator")
        let port = try port(programs, in: "coordinator.err")
        #expect(programs.wait(for: "\"step\"", lines: 20, in: "run/journal.jsonl"))
        // Some say nothing, some do not end, some never read.
        let crowd = try (0..<100).map { _ in try HTTPCaller(port: port) }
        for (number, caller) in crowd.enumerated() where number.isMultiple(of: 2) {
            caller.say(Array("GET /metrics.jsonl HTTP/1.1\r\nHost: localhost\r\n".utf8))
            if number.isMultiple(of: 4) { caller.say(Array("\r\n".utf8)) }
        }
        programs.expectSteps(20, after: "a crowd called")
        _ = crowd.count
        var status: JSONValue?
        for _ in 0..<200 where status?["progress"]?["step"] == nil {
            guard let answer = try? HTTPCaller.ask(port, "/status.json"), answer.status == 200 else {
                usleep(100_000)
                continue
            }
            status = try JSONValue.parse(Array(answer.body.utf8), source: "status")
        }
        #expect(status?["state"]?.text == "running" && (status?["progress"]?["step"]?.integer ?? 0) > 0)
        #expect(try HTTPCaller.ask(port, "/healthz").status == 200)
        #expect(try HTTPCaller.ask(port, "/").body.lowercased().hasPrefix("<!doctype html>"))
        // An epoch has to end first, with its evaluation.
        #expect(programs.wait(for: "\"kind\":\"epoch\"", lines: 1, in: "run/metrics.jsonl"))
        var genotype = try HTTPCaller.ask(port, "/genotype.json")
        for _ in 0..<200 where genotype.status != 200 {
            usleep(100_000)
            genotype = try HTTPCaller.ask(port, "/genotype.json")
        }
        #expect(genotype.status == 200 && genotype.body.contains("Genotype(normal="), "\(genotype)")
        var metrics = ""
        while metrics.utf8.count < 4000 {
            let part = try HTTPCaller.ask(
                port, "/metrics.jsonl", headers: ["Host: localhost", "Range: bytes=\(metrics.utf8.count)-"])
            guard [206, 416].contains(part.status) else {
                Issue.record("\(part.status)")
                break
            }
            if part.status == 206 { metrics += part.body }
        }
        #expect(programs.text("run/metrics.jsonl").hasPrefix(metrics) && metrics.hasSuffix("\n"))
        #expect(try HTTPCaller.ask(port, "/run/identity").status == 404)
        child.send(signal: SIGTERM)
        let outcome = programs.finish(child, name: "coordinator", within: 60)
        #expect(outcome.status == .exited(ExitCode.temporary.rawValue), "\(outcome.notes)")
        try programs.expectQuietFingerprint()
    }

    @Test("A port in use, a token that others can read, an address without one: a sentence each, and no run is made")
    func refusals() throws {
        let programs = try Programs()
        let holder = try programs.start("snas", words(programs, steps: 100_000), name: "holder")
        let port = try port(programs, in: "holder.err")
        let open = "\(programs.folder)/open"
        let short = "\(programs.folder)/short"
        try FileSystem.writeFile(open, Array("0123456789abcdef0123456789abcdef\n".utf8))
        try FileSystem.writeFile(short, Array("guess me\n".utf8))
        chmod(open, 0o644)
        chmod(short, 0o600)
        for (words, code, sentence) in [
            (["--http", "127.0.0.1:\(port)"], ExitCode.cannotCreate, "Address already in use by process"),
            (["--http", "0.0.0.0:0"], .noPermission, "give --http_token FILE, or listen at 127.0.0.1"),
            (["--http", "0.0.0.0:0", "--http_token", open], .noPermission, "others can read \(open)"),
            (["--http", "0.0.0.0:0", "--http_token", short], .data, "holds no token"),
            (["--http", "0.0.0.0:0", "--http_token", "/nowhere"], .noInput, "there is no token file /nowhere"),
            (["--http", "here:80"], .usage, "--http is 'here:80'"),
            (["--http_token", open], .usage, "--http_token goes with --http"),
            (["--http", "127.0.0.1:0", "--seeds", "2"], .usage, "--seeds runs several"),
        ] {
            let outcome = try programs.run(
                "snas", ["local", "--workers", "1", "--run", "\(programs.folder)/other"] + words + Programs.small(),
                within: 60)
            #expect(outcome.status == .exited(code.rawValue), "\(words): \(outcome.notes)")
            #expect(outcome.notes.contains(sentence), "\(words): \(outcome.notes)")
        }
        #expect(!FileSystem.exists("\(programs.folder)/other"))
        holder.send(signal: SIGTERM)
        _ = programs.finish(holder, name: "holder", within: 60)
    }
}
