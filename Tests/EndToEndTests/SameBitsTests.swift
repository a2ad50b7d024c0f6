import Host
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// The promise, with real processes: the result depends on configuration, data and seed alone.
@Suite(.serialized)
struct SameBitsTests {
    private func fingerprint(
        _ name: String, workers: Int, threads: Int, seed: Int = 2, under wrapper: [String] = []
    ) throws -> String {
        let programs = try Programs()
        let words =
            ["local", "--workers", "\(workers)", "--threads", "\(threads)", "--run", "\(programs.folder)/run"]
            + Programs.small(seed: seed)
        let outcome = try programs.run("snas", words, under: wrapper)
        #expect(outcome.status == .exited(0), "\(name): \(outcome.notes)")
        return try #require(outcome.fingerprint, "\(name): \(outcome.notes)")
    }

    @Test("One, two and three workers, one and two threads, one core: the same fingerprint; another seed: another")
    func workersAndThreads() throws {
        let reference = try fingerprint("one worker", workers: 1, threads: 1)
        #expect(reference.count == 64)
        #expect(try fingerprint("two threads", workers: 1, threads: 2) == reference)
        #expect(try fingerprint("two workers", workers: 2, threads: 1) == reference)
        #expect(try fingerprint("three workers", workers: 3, threads: 2) == reference)
        #expect(try fingerprint("one core", workers: 1, threads: 2, under: ["taskset", "-c", "0"]) == reference)
        #expect(try fingerprint("another seed", workers: 2, threads: 1, seed: 3) != reference)
    }

    @Test("A worker killed in mid-run, one that joins late and processes started by hand change no bit")
    func killedWorker() throws {
        let reference = try fingerprint("reference", workers: 1, threads: 2)
        let programs = try Programs()
        let endpoint = "ipc://\(programs.folder)/socket"
        let coordinator = try programs.start(
            "snas", ["coordinator", "--bind", endpoint, "--run", "\(programs.folder)/run"] + Programs.small(),
            name: "coordinator")
        let words = ["--connect", endpoint, "--threads", "1"]
        let first = try programs.start("snas-worker", words, name: "first")
        #expect(programs.wait(for: "\"step\"", lines: 1, in: "run/metrics.jsonl"))
        first.send(signal: SIGKILL)
        #expect(first.wait() == .signalled(SIGKILL))
        #expect(programs.wait(for: "is lost", lines: 1, in: "coordinator.err"), "the loss is noticed")
        #expect(programs.wait(for: "waiting for workers", lines: 2, in: "coordinator.err"), "and it says that it waits")
        let late = try programs.start("snas-worker", words, name: "late")
        let outcome = programs.finish(coordinator, name: "coordinator")
        #expect(outcome.status == .exited(0), "\(outcome.notes)")
        #expect(outcome.fingerprint == reference, "\(outcome.notes)")
        #expect(late.wait() == .exited(0), "\(programs.text("late.err"))")
    }

    @Test("A run that was stopped goes on to the same bits")
    func resumed() throws {
        let reference = try fingerprint("reference", workers: 1, threads: 2)
        let programs = try Programs()
        let run = "\(programs.folder)/run"
        let words = ["local", "--workers", "1", "--threads", "1", "--run", run] + Programs.small()
        let stopped = try programs.start("snas", words, name: "stopped")
        #expect(programs.wait(for: "\"step\"", lines: 2, in: "run/metrics.jsonl"))
        stopped.send(signal: SIGTERM)
        let early = programs.finish(stopped, name: "stopped")
        #expect(early.status == .exited(ExitCode.temporary.rawValue), "\(early.notes)")
        #expect(early.fingerprint == nil)
        let outcome = try programs.run("snas", ["resume", run, "--workers", "2", "--threads", "1"], name: "resumed")
        #expect(outcome.status == .exited(0), "\(outcome.notes)")
        #expect(outcome.fingerprint == reference, "\(outcome.notes)")
        #expect(try FileSystem.list("\(run)/generations").count == 2)
        let steps = programs.text("run/metrics.jsonl").split(separator: "\n").filter {
            $0.contains("\"kind\":\"step\"")
        }
        #expect(steps.count == 4, "each step has one line, whatever was computed twice")
    }

    @Test("A run whose coordinator was killed goes on to the same bits")
    func killedCoordinator() throws {
        let reference = try fingerprint("reference", workers: 1, threads: 2)
        let programs = try Programs()
        let run = "\(programs.folder)/run"
        let words = ["local", "--workers", "1", "--threads", "1", "--run", run] + Programs.small()
        let killed = try programs.start(
            "snas", words + ["--checkpoint_interval_s", "0"], name: "killed")
        #expect(programs.wait(for: "\"step\"", lines: 3, in: "run/metrics.jsonl"))
        killed.send(signal: SIGKILL)
        _ = killed.wait()
        let outcome = try programs.run("snas", ["resume", run], name: "resumed")
        #expect(outcome.status == .exited(0), "\(outcome.notes)")
        #expect(outcome.fingerprint == reference, "\(outcome.notes)")
    }
}
