import Host
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Workers that find their coordinator by a file (`--rendezvous`), wherever it is started again.
@Suite(.serialized)
struct MovedCoordinatorTests {
    private static func words(_ programs: Programs, _ settings: [String]) -> [String] {
        ["--bind", "tcp://127.0.0.1:*", "--rendezvous", "\(programs.folder)/here"] + settings
    }

    private func line(_ word: String, _ programs: Programs) -> String? {
        programs.text("here").split(separator: "\n").first { $0.hasPrefix(word) }.map(String.init)
    }

    @Test(
        "A worker that is there first finds the coordinator, finds it at another port after a kill, and ends with 75 when it is stopped: the same bits"
    )
    func moved() throws {
        let programs = try Programs()
        let run = "\(programs.folder)/run"
        let worker = try programs.start(
            "snas-worker", ["--rendezvous", "\(programs.folder)/here", "--threads", "1"], name: "worker")
        #expect(programs.wait(for: "which is not there yet", lines: 1, in: "worker.err"))
        let first = try programs.start(
            "snas", ["coordinator", "--run", run] + Self.words(programs, Programs.endless()), name: "coordinator")
        programs.expectSteps(3)
        let address = try #require(line("address ", programs))
        #expect(line("generation ", programs) == "generation 1" && line("state ", programs) == "state listening")
        let status = try programs.run("snas", ["status", "--rendezvous", "\(programs.folder)/here"], name: "status")
        #expect(status.status == .exited(0), "\(status.notes)")
        #expect(status.output.contains("generation 1,"), "\(status.output)")
        first.send(signal: SIGKILL)
        _ = first.wait()
        let second = try programs.start("snas", ["resume", run] + Self.words(programs, []), name: "resumed")
        #expect(programs.wait(for: "welcomed to run", lines: 2, in: "worker.err"), "\(programs.text("worker.err"))")
        programs.expectSteps(3, after: "the coordinator moved")
        #expect(line("address ", programs) != address && line("generation ", programs) == "generation 2")
        second.send(signal: SIGTERM)
        #expect(second.wait() == .exited(ExitCode.temporary.rawValue), "\(programs.text("resumed.err"))")
        #expect(line("state ", programs) == "state stopped")
        let ended = programs.finish(worker, name: "worker", within: 60)
        #expect(ended.status == .exited(ExitCode.temporary.rawValue), "\(ended.notes)")
        #expect(ended.notes.contains("its run is not over"), "\(ended.notes)")
        try programs.expectQuietFingerprint()
    }

    @Test("When the run is over its workers end with 0, and so does one that comes later; nobody else is waited for")
    func over() throws {
        let programs = try Programs()
        let coordinator = try programs.start(
            "snas",
            ["coordinator", "--run", "\(programs.folder)/run"] + Self.words(programs, Programs.small(epochs: 1)),
            name: "coordinator")
        let words = ["--rendezvous", "\(programs.folder)/here", "--threads", "1"]
        #expect(try programs.run("snas-worker", words, name: "worker").status == .exited(0))
        #expect(coordinator.wait() == .exited(0), "\(programs.text("coordinator.err"))")
        #expect(line("state ", programs) == "state over")
        let late = try programs.run("snas-worker", words, name: "late", within: 30)
        #expect(late.status == .exited(0) && late.notes.contains("is over, says"), "\(late.notes)")
        let status = try programs.run("snas", ["status"] + words.prefix(2), name: "status")
        #expect(status.status == .exited(ExitCode.unavailable.rawValue) && status.notes.contains("is over"))
    }

    @Test("Mistakes are told in one sentence with their code, and nothing is begun or overwritten")
    func mistakes() throws {
        let programs = try Programs()
        let file = "\(programs.folder)/here"
        func expect(_ code: ExitCode, _ part: String, _ program: String, _ words: [String]) throws {
            let outcome = try programs.run(program, words, name: "mistake", within: 60)
            #expect(outcome.status == .exited(code.rawValue), "\(words): \(outcome.notes)")
            #expect(outcome.notes.contains(part), "\(words): \(outcome.notes)")
        }
        let worker = ["--rendezvous", file, "--threads", "1", "--connect_timeout_s", "0.5"]
        try expect(.unavailable, "(\(file) is not there) for 0.5 s", "snas-worker", worker)
        try expect(.noInput, "\(file) is not there", "snas", ["status", "--rendezvous", file])
        try FileSystem.writeFile(file, Array("epochs: 3\n".utf8))
        try expect(.data, "\(file) is no rendezvous file", "snas-worker", worker)
        let coordinator = ["coordinator", "--run", "\(programs.folder)/run"] + Programs.small()
        try expect(.cannotCreate, "it is left as it is", "snas", coordinator + Self.words(programs, []))
        #expect(programs.text("here") == "epochs: 3\n" && !FileSystem.exists("\(programs.folder)/run"))
        let lines = ["run \(String(repeating: "0", count: 31))1", "generation 1", "state listening"]
        let head = (["snas rendezvous 1"] + lines).joined(separator: "\n")
        try FileSystem.writeFile(file, Array("\(head)\naddress tcp://198.51.100.1:1\n".utf8))
        try expect(.noPermission, "\(file): tcp://198.51.100.1:1 is another machine", "snas-worker", worker)
        let socket = ["--bind", "ipc://\(programs.folder)/socket"]
        try expect(.usage, "--advertise goes with a port", "snas", coordinator + socket + ["--advertise", "head"])
        try expect(.usage, "--advertise: '*' is no endpoint", "snas", coordinator + ["--advertise", "*"])
        try expect(.usage, "--rendezvous goes with --bind", "snas", ["resume", "r", "--rendezvous", file])
        #expect(!FileSystem.exists("\(programs.folder)/run"))
    }
}
