import Host
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Workers that are away when their coordinator ends.
@Suite(.serialized)
struct LastWordTests {
    @Test(
        "A worker that is cut off while its coordinator stops is told when it is back, and exits with 75: the run is not over"
    )
    func cutOff() throws {
        let programs = try Programs()
        let coordinator = try programs.start(
            "snas",
            ["coordinator", "--bind", "tcp://127.0.0.1:*", "--run", "\(programs.folder)/run"] + Programs.endless(),
            name: "coordinator")
        var calm = ChaosProxy.Weather()
        calm.limit = 0
        let proxy = try ChaosProxy(to: try programs.port(in: "coordinator.err"), seed: 1, weather: calm)
        let worker = try programs.start(
            "snas-worker",
            ["--connect", "tcp://127.0.0.1:\(proxy.port)", "--threads", "1", "--connect_timeout_s", "4"], name: "worker"
        )
        #expect(programs.wait(for: "\"step\"", lines: 3, in: "run/metrics.jsonl"))
        proxy.shut(true)
        #expect(programs.wait(for: "is lost (its connection is gone)", lines: 1, in: "coordinator.err"))
        coordinator.send(signal: SIGTERM)
        usleep(300_000)
        proxy.shut(false)
        #expect(coordinator.wait() == .exited(ExitCode.temporary.rawValue), "\(programs.text("coordinator.err"))")
        let outcome = programs.finish(worker, name: "worker", within: 60)
        #expect(outcome.status == .exited(ExitCode.temporary.rawValue), "\(outcome.notes)")
        #expect(outcome.notes.contains("and its run is not over"), "\(outcome.notes)")
    }

    @Test("A worker whose coordinator died dials for its limit, no longer, and says which run it was and what to do")
    func died() throws {
        let programs = try Programs()
        let endpoint = "ipc://\(programs.folder)/socket"
        let coordinator = try programs.start(
            "snas", ["coordinator", "--bind", endpoint, "--run", "\(programs.folder)/run"] + Programs.endless(),
            name: "coordinator")
        let worker = try programs.start(
            "snas-worker", ["--connect", endpoint, "--threads", "1", "--connect_timeout_s", "1"], name: "worker")
        #expect(programs.wait(for: "\"step\"", lines: 3, in: "run/metrics.jsonl"))
        coordinator.send(signal: SIGKILL)
        _ = coordinator.wait()
        // Far below the half minute after which a silent coordinator is given up.
        let outcome = programs.finish(worker, name: "worker", within: 20)
        #expect(outcome.status == .exited(ExitCode.unavailable.rawValue), "\(outcome.notes)")
        let run = programs.text("run/identity").filter { !$0.isWhitespace }
        #expect(outcome.notes.contains("the one of run \(run) has ended or cannot be reached"), "\(outcome.notes)")
    }
}
