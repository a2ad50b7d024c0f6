import Host
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// What signals do to coordinators and workers, and to programs that wait for a file.
@Suite
struct SignalTests {
    private static func start(_ programs: Programs, name: String) throws -> ChildProcess {
        let words = ["local", "--workers", "1", "--threads", "1", "--run", "\(programs.folder)/\(name)"]
        let child = try programs.start("snas", words + Programs.endless(), name: name)
        #expect(programs.wait(for: "\"step\"", lines: 2, in: "\(name)/metrics.jsonl"))
        return child
    }

    /// Without those that epochs end with.
    private static func checkpoints(_ programs: Programs, _ name: String) -> [String] {
        ((try? FileSystem.list("\(programs.folder)/\(name)/checkpoints")) ?? [])
            .filter { $0.hasPrefix("step-") && !$0.contains("-epoch-") }
    }

    @Test(
        "The signals by which batch systems tell that time or power is nearly over stop a run with its checkpoint and 75"
    )
    func warnings() throws {
        let programs = try Programs()
        for (name, signal) in [("usr1", SIGUSR1), ("xcpu", SIGXCPU), ("pwr", SIGPWR), ("alrm", SIGALRM)] {
            let child = try Self.start(programs, name: name)
            // The kernel warns of a processor's time again with every second of it: a step that takes longer is waited for.
            let worker = try #require(ProcessFigures.children(of: child.processIdentifier).first)
            #expect(kill(worker, SIGSTOP) == 0)
            for lines in 1...3 {
                child.send(signal: signal)
                if lines == 1 { #expect(programs.wait(for: "finishing step", lines: 1, in: "\(name).err")) }
                usleep(400_000)
            }
            #expect(child.poll() == nil && kill(worker, SIGCONT) == 0)
            let outcome = programs.finish(child, name: name, within: 60)
            #expect(outcome.status == .exited(ExitCode.temporary.rawValue), "\(name): \(outcome.notes)")
            #expect(outcome.notes.contains("stopped by signal \(signal) after step"), "\(outcome.notes)")
            #expect(Self.checkpoints(programs, name).count == 1)
        }
    }

    @Test("SIGUSR2 makes a checkpoint and the run goes on; a worker that gets it too computes on; SIGXFSZ ends nobody")
    func checkpoint() throws {
        let programs = try Programs()
        let child = try Self.start(programs, name: "run")
        let worker = try #require(ProcessFigures.children(of: child.processIdentifier).first)
        #expect(Self.checkpoints(programs, "run").isEmpty)
        for _ in 0..<3 { child.send(signal: SIGUSR2) }
        #expect(kill(worker, SIGUSR2) == 0)
        child.send(signal: SIGXFSZ)
        #expect(programs.wait(for: "signal 12: a checkpoint of step", lines: 1, in: "run.err"))
        for _ in 0..<3000 where Self.checkpoints(programs, "run").isEmpty { usleep(10_000) }
        #expect(!Self.checkpoints(programs, "run").isEmpty)
        programs.expectSteps(5, after: "SIGUSR2")
        #expect(child.poll() == nil && kill(worker, 0) == 0)
        child.send(signal: SIGTERM)
        #expect(child.wait() == .exited(ExitCode.temporary.rawValue))
    }

    @Test("When a local search is killed its workers end at once, and the next one sweeps its socket's folder")
    func orphans() throws {
        let programs = try Programs()
        let place = "\(programs.folder)/t"
        try FileSystem.createDirectory(place)
        func words(_ name: String) -> [String] {
            ["TMPDIR=\(place)", "local", "--workers", "2", "--threads", "1", "--run", "\(programs.folder)/\(name)"]
        }
        let child = try programs.start(
            "snas", Array(words("run").dropFirst()) + Programs.endless(), name: "run",
            under: ["/usr/bin/env", words("run")[0]])
        #expect(programs.wait(for: "\"step\"", lines: 2, in: "run/metrics.jsonl"))
        let workers = ProcessFigures.children(of: child.processIdentifier)
        #expect(workers.count == 2)
        let left = try FileSystem.list(place)
        #expect(left.count == 1)
        child.send(signal: SIGKILL)
        _ = child.wait()
        // Far below the minute for which a worker dials a coordinator that is gone.
        for _ in 0..<2000 where workers.contains(where: ProcessFigures.isRunning) { usleep(10_000) }
        #expect(!workers.contains(where: ProcessFigures.isRunning))
        let next = try programs.run(
            "snas", Array(words("next").dropFirst()) + Programs.small(steps: 1), name: "next",
            under: ["/usr/bin/env", words("next")[0]])
        #expect(next.status == .exited(0), "\(next.notes)")
        #expect(try FileSystem.list(place).isEmpty, "\(left)")
    }

    /// All processes below this one, as they stand.
    private static func descendants(of process: Int32) -> [Int32] {
        let children = ProcessFigures.children(of: process)
        return children + children.flatMap(descendants)
    }

    @Test(
        "When a bench is killed nothing of it computes or waits on",
        arguments: [
            (["bench", "step", "--steps", "1000", "--threads", "1"], 1),
            // Each worker has two processes: one that speaks our protocol, one of bare sockets.
            (["bench", "wire", "--workers", "2", "--steps", "10000"], 4),
        ])
    func benches(words: [String], count: Int) throws {
        let programs = try Programs()
        let child = try programs.start("snas", words, name: "bench")
        for _ in 0..<6000 where Self.descendants(of: child.processIdentifier).count < count { usleep(10_000) }
        let others = Self.descendants(of: child.processIdentifier)
        #expect(others.count == count, "\(programs.text("bench.err"))")
        child.send(signal: SIGKILL)
        _ = child.wait()
        for _ in 0..<3000 where others.contains(where: ProcessFigures.isRunning) { usleep(10_000) }
        let left = others.filter(ProcessFigures.isRunning)
        #expect(left.isEmpty, "\(words)")
        for process in left { kill(process, SIGKILL) }
    }

    @Test("A pipe that nobody writes, as configuration, data or genotype, leaves a process that a signal ends")
    func pipes() throws {
        let programs = try Programs()
        let pipe = "\(programs.folder)/pipe"
        #expect(mkfifo(pipe, 0o600) == 0)
        try FileSystem.createDirectory("\(programs.folder)/data")
        for name in ["train-images-idx3-ubyte", "train-labels-idx1-ubyte"] {
            #expect(mkfifo("\(programs.folder)/data/\(name)", 0o600) == 0)
        }
        let run = ["--run", "\(programs.folder)/run"]
        for words in [
            ["local", "--config", pipe], ["coordinator", "--config", pipe],
            ["local", "--data", "\(programs.folder)/data"],
            ["retrain", "--genotype", pipe], ["coordinator", "--keys_fd", "3", "--bind", "tcp://127.0.0.1:*"],
            ["truth", "--table", "\(programs.folder)/table", "--config", pipe],
        ] {
            let words = words[0] == "truth" ? words : words + run
            let handing = ["/bin/sh", "-c", "exec \"$@\" 3<> '\(pipe)'", "sh"]
            let child = try programs.start(
                "snas", words, name: "pipe", under: words.contains("--keys_fd") ? handing : [])
            usleep(300_000)
            #expect(child.poll() == nil, "\(words)")
            child.send(signal: SIGTERM)
            let outcome = programs.finish(child, name: "pipe", within: 20)
            #expect(outcome.status == .signalled(SIGTERM), "\(words): \(outcome)")
        }
        #expect(!FileSystem.exists("\(programs.folder)/run"))
    }

    @Test("A configuration may come through a pipe")
    func piped() throws {
        let programs = try Programs()
        let pipe = "\(programs.folder)/pipe"
        #expect(mkfifo(pipe, 0o600) == 0)
        let writer = try ChildProcess("/bin/sh", ["-c", "printf 'run:\n  seed: 77\n' > '\(pipe)'"])
        let words = ["local", "--search", "random", "--config", pipe, "--run", "\(programs.folder)/run"]
        #expect(try programs.run("snas", words, within: 60).status == .exited(0))
        #expect(writer.wait() == .exited(0) && programs.text("run/configuration.yaml").contains("seed: 77"))
    }
}
