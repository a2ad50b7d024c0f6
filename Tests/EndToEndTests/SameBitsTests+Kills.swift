import Host
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// The same bits through kills and stops of whoever takes part.
extension SameBitsTests {
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

    @Test(
        "A run that is killed again and again, in evaluations too, tells every epoch once, with the quiet run's numbers"
    )
    func killedOften() throws {
        func epochs(_ programs: Programs) -> [Substring] {
            programs.text("run/metrics.jsonl").split(separator: "\n").filter { $0.contains("\"kind\":\"epoch\"") }
        }
        // Three epochs of four steps; evaluations take most of the time.
        let settings =
            Self.cells + [
                "--epochs", "3",
                "--train_portion", "0.11", "--recalibration_images", "160", "--arch_learning_rate", "0.05",
                "--keep_epochs",
                "1",
            ]
        let quiet = try Programs()
        let reference = try quiet.run(
            "snas", ["local", "--workers", "1", "--threads", "2", "--run", "\(quiet.folder)/run"] + settings)
        #expect(reference.status == .exited(0), "\(reference.notes)")
        #expect(epochs(quiet).count == 3)
        let programs = try Programs()
        let run = "\(programs.folder)/run"
        let words = ["--workers", "1", "--threads", "2"]
        var command = ["local", "--run", run, "--checkpoint_interval_s", "0"] + words + settings
        for kill in 0..<8 {
            let child = try programs.start("snas", command, name: "killed \(kill)")
            #expect(programs.wait(for: "is ready", lines: kill + 1, in: "run/log.txt"))
            if kill == 5 { #expect(programs.wait(for: "\"kind\":\"epoch\"", lines: 1, in: "run/metrics.jsonl")) }
            usleep(UInt32(20_000 + 90_000 * (kill % 4)))
            child.send(signal: SIGKILL)
            _ = child.wait()
            command = ["resume", run] + words
            guard kill == 5 else { continue }
            // Without its checkpoints the run begins again, and what it has told already it tells anew.
            try FileSystem.removeTree("\(run)/checkpoints")
            try FileSystem.createDirectory("\(run)/checkpoints")
        }
        let outcome = try programs.run("snas", command, name: "resumed")
        #expect(outcome.status == .exited(0), "\(outcome.notes)")
        #expect(outcome.fingerprint != nil && outcome.fingerprint == reference.fingerprint)
        #expect(epochs(programs) == epochs(quiet))
        let kept = { (folder: String) in
            try FileSystem.list("\(folder)/run/checkpoints").filter { $0.contains("epoch") }
        }
        #expect(try kept(programs.folder).last == kept(quiet.folder).last)
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
