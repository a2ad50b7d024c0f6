import Host
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// What a coordinator says of the place where it listens, and what others are told who want the same.
struct NamedPortTests {
    @Test(
        "A coordinator at all addresses tells workers one that they can dial, and whoever wants its port which run has it"
    )
    func told() throws {
        let programs = try Programs()
        let run = "\(programs.folder)/run"
        let coordinator = try programs.start(
            "snas", ["coordinator", "--bind", "tcp://0.0.0.0:*", "--insecure", "--run", run] + Programs.small(),
            name: "coordinator")
        defer {
            coordinator.send(signal: SIGKILL)
            _ = coordinator.wait()
        }
        let port = try programs.port(in: "coordinator.err")
        #expect(programs.wait(for: "waiting for workers", lines: 1, in: "coordinator.err"))
        let words = programs.text("coordinator.err").split(whereSeparator: \.isWhitespace)
        let hint = try #require(words.firstIndex(of: "--connect").map { String(words[$0 + 1]) })
        #expect(hint.hasSuffix(":\(port)") && !hint.contains("0.0.0.0"), "\(hint)")

        let second = try programs.run(
            "snas", ["coordinator", "--bind", "tcp://127.0.0.1:\(port)", "--run", "\(programs.folder)/other"],
            name: "second")
        #expect(second.status == .exited(ExitCode.cannotCreate.rawValue))
        let holder = "by process \(coordinator.processIdentifier), the coordinator of run '\(run)'"
        #expect(second.notes.contains("cannot listen at tcp://127.0.0.1:\(port): "), "\(second.notes)")
        #expect(second.notes.contains(holder), "\(second.notes)")
        #expect(!FileSystem.exists("\(programs.folder)/other"))

        // What stands behind the hint is dialled as it is written, by the variable that stands for the flag.
        let isSecured = hint.hasPrefix("tcp://127.")
        let status = try programs.run("snas", ["status", hint] + (isSecured ? [] : ["--insecure"]), name: "status")
        #expect(status.status == .exited(0) && status.output.contains("no step yet"), "\(status.notes)")
        let worker = try programs.run(
            "snas-worker", ["--threads", "1", "--insecure"], name: "worker",
            under: ["env", "SNAS_COORDINATOR=\(hint)"])
        #expect(worker.status == .exited(0), "\(worker.notes)")
    }
}
