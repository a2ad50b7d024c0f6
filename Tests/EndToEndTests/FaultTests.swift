import Host
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Real processes that are killed, frozen and started again: the bits are those of a quiet run.
@Suite(.serialized)
struct FaultTests {
    /// The least that is a search: steps of milliseconds, no evaluation but the last.
    private static func least(steps: Int) -> [String] {
        [
            "--init_channels", "4", "--layers", "3", "--batch_size", "10", "--shards", "5", "--epochs", "3",
            "--max_steps", "\(steps)", "--train_portion", "0.95", "--recalibration_images", "64", "--networks",
            "derived",
            "--every_epochs", "1000", "--arch_learning_rate", "0.05",
        ]
    }

    private func quiet(_ settings: [String]) throws -> String {
        let programs = try Programs()
        let outcome = try programs.run(
            "snas", ["local", "--workers", "1", "--threads", "2", "--run", "\(programs.folder)/run"] + settings)
        return try #require(outcome.fingerprint, "\(outcome.notes)")
    }

    /// A small generator of its own: a seed means the same moments, as far as a machine has any.
    private struct Dice {
        var state: UInt64

        mutating func roll(_ sides: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % sides
        }
    }

    @Test("A hundred kills, stops and resumes at random moments leave the fingerprint of the quiet run")
    func storm() throws {
        let settings = Self.least(steps: 150)
        let reference = try quiet(settings)
        let programs = try Programs()
        let endpoint = "ipc://\(programs.folder)/socket"
        var dice = Dice(state: 5)
        var started = 0
        func worker() throws -> ChildProcess {
            started += 1
            return try programs.start(
                "snas-worker", ["--connect", endpoint, "--threads", "1"], name: "worker \(started)")
        }
        var workers = [try worker(), try worker()]
        var faults = 0
        var runs = 0
        while faults < 100 {
            let run = "\(programs.folder)/run \(runs)"
            runs += 1
            var words = ["coordinator", "--bind", endpoint, "--run", run, "--checkpoint_interval_s", "0.05"] + settings
            var starts = 0
            var name = "coordinator \(runs) \(starts)"
            var coordinator = try programs.start("snas", words, name: name)
            #expect(programs.wait(for: "\"step\"", lines: 1, in: "run \(runs - 1)/metrics.jsonl"))
            words = ["resume", run, "--bind", endpoint]
            while faults < 100, coordinator.poll() == nil {
                usleep(UInt32(20_000 + 1000 * dice.roll(250)))
                faults += 1
                let pause = UInt32(10_000 + 1000 * dice.roll(300))
                switch dice.roll(10) {
                case 0..<5:
                    coordinator.send(signal: SIGKILL)
                    // It may have come to its end in this moment.
                    if coordinator.wait() == .exited(0) { continue }
                    starts += 1
                    name = "coordinator \(runs) \(starts)"
                    coordinator = try programs.start("snas", words, name: name)
                case 5..<7:
                    coordinator.send(signal: SIGSTOP)
                    usleep(pause)
                    coordinator.send(signal: SIGCONT)
                case 7..<9:
                    let victim = workers[dice.roll(2)]
                    victim.send(signal: SIGSTOP)
                    usleep(pause)
                    victim.send(signal: SIGCONT)
                default:
                    let place = dice.roll(2)
                    workers[place].send(signal: SIGKILL)
                    _ = workers[place].wait()
                    workers[place] = try worker()
                }
            }
            let outcome = programs.finish(coordinator, name: name)
            #expect(outcome.status == .exited(0), "run \(runs): \(outcome.notes)")
            #expect(outcome.fingerprint == reference, "run \(runs) after \(faults) faults: \(outcome.notes)")
            // A run that is over lets its workers go.
            for place in workers.indices where faults < 100 {
                _ = workers[place].wait()
                workers[place] = try worker()
            }
        }
        for worker in workers {
            worker.send(signal: SIGKILL)
            _ = worker.wait()
        }
    }

    @Test(
        "A frozen coordinator is replaced when its lease is old, not before; awake again it changes nothing and says so"
    )
    func frozen() throws {
        let settings = Self.least(steps: 120)
        let reference = try quiet(settings)
        let programs = try Programs()
        let run = "\(programs.folder)/run"
        let (old, new) = ("ipc://\(programs.folder)/old", "ipc://\(programs.folder)/new")
        let frozen = try programs.start(
            "snas", ["coordinator", "--bind", old, "--run", run] + settings, name: "frozen")
        let worker = try programs.start(
            "snas-worker", ["--connect", "\(old),\(new)", "--threads", "1"], name: "worker")
        #expect(programs.wait(for: "\"step\"", lines: 2, in: "run/metrics.jsonl"))
        frozen.send(signal: SIGSTOP)
        let early = try programs.run("snas", ["resume", run, "--bind", new], name: "early")
        #expect(early.status == .exited(ExitCode.cannotCreate.rawValue), "\(early.notes)")
        #expect(early.notes.contains("generation 1") && early.notes.contains("renewed its lease"), "\(early.notes)")
        sleep(11)
        let resumed = try programs.start("snas", ["resume", run, "--bind", new], name: "resumed")
        #expect(programs.wait(for: "is ready", lines: 1, in: "resumed.err"))
        let before = programs.text("run/journal.jsonl")
        frozen.send(signal: SIGCONT)
        let woken = programs.finish(frozen, name: "frozen")
        #expect(woken.status == .exited(ExitCode.cannotCreate.rawValue), "\(woken.notes)")
        #expect(woken.notes.contains("generation 2 has taken run"), "\(woken.notes)")
        let outcome = programs.finish(resumed, name: "resumed")
        #expect(outcome.fingerprint == reference, "\(outcome.notes)")
        #expect(worker.wait() == .exited(0), "\(programs.text("worker.err"))")
        let after = programs.text("run/journal.jsonl").dropFirst(before.count)
        #expect(!after.contains("\"generation\":1,"), "the old generation wrote no more")
    }

    @Test("A second coordinator on a run that lives is refused with 73, and names who has it")
    func second() throws {
        let programs = try Programs()
        let run = "\(programs.folder)/run"
        let first = try programs.start(
            "snas", ["coordinator", "--bind", "ipc://\(programs.folder)/a", "--run", run] + Self.least(steps: 9),
            name: "first")
        #expect(programs.wait(for: "waiting for workers", lines: 1, in: "first.err"))
        let other = try programs.run("snas", ["resume", run, "--bind", "ipc://\(programs.folder)/b"], name: "other")
        #expect(other.status == .exited(ExitCode.cannotCreate.rawValue), "\(other.notes)")
        #expect(other.notes.contains("process \(first.processIdentifier), generation 1"), "\(other.notes)")
        #expect(try FileSystem.list("\(run)/generations").count == 1)
        first.send(signal: SIGTERM)
        #expect(first.wait() == .exited(ExitCode.temporary.rawValue))
        #expect(try FileSystem.list("\(run)/checkpoints").count == 1)
    }

    @Test("The first signal waits for the step, the second stops at once")
    func signals() throws {
        let programs = try Programs()
        let endpoint = "ipc://\(programs.folder)/socket"
        let coordinator = try programs.start(
            "snas", ["coordinator", "--bind", endpoint, "--run", "\(programs.folder)/run"] + Self.least(steps: 5000),
            name: "coordinator")
        let worker = try programs.start("snas-worker", ["--connect", endpoint, "--threads", "1"], name: "worker")
        #expect(programs.wait(for: "\"step\"", lines: 2, in: "run/metrics.jsonl"))
        worker.send(signal: SIGSTOP)
        usleep(100_000)
        coordinator.send(signal: SIGTERM)
        #expect(programs.wait(for: "a second one stops at once", lines: 1, in: "coordinator.err"))
        usleep(400_000)
        #expect(coordinator.poll() == nil, "the step is not done")
        coordinator.send(signal: SIGTERM)
        let outcome = programs.finish(coordinator, name: "coordinator")
        #expect(outcome.status == .exited(ExitCode.terminated.rawValue), "\(outcome.notes)")
        worker.send(signal: SIGKILL)
        _ = worker.wait()
    }

    @Test("A terminal that goes away stops a run as SIGTERM does, with its checkpoint; under nohup it goes on")
    func hangup() throws {
        let programs = try Programs()
        for (name, wrapper) in [("run", []), ("outlives", ["nohup"])] {
            let run = "\(programs.folder)/\(name)"
            let child = try programs.start(
                "snas", ["local", "--workers", "1", "--threads", "1", "--run", run] + Self.least(steps: 5000),
                name: name, under: wrapper)
            #expect(programs.wait(for: "\"step\"", lines: 2, in: "\(name)/metrics.jsonl"))
            child.send(signal: SIGHUP)
            if name == "outlives" {
                let steps = programs.text("\(name)/journal.jsonl").split(separator: "\n").count
                #expect(programs.wait(for: "\"step\"", lines: steps + 20, in: "\(name)/metrics.jsonl"))
                #expect(child.poll() == nil, "\(programs.text("outlives.err"))")
                child.send(signal: SIGTERM)
            }
            let outcome = programs.finish(child, name: name, within: 60)
            #expect(outcome.status == .exited(ExitCode.temporary.rawValue), "\(name): \(outcome.notes)")
            #expect(outcome.notes.contains("continue with: snas resume"), "\(name): \(outcome.notes)")
            #expect(try FileSystem.list("\(run)/checkpoints").contains { $0.hasPrefix("step-") })
        }
    }

    @Test("A resumed run that computes other bits than its journal has ends with 70 and names the step")
    func journal() throws {
        let programs = try Programs()
        let run = "\(programs.folder)/run"
        let killed = try programs.start(
            "snas", ["local", "--workers", "1", "--threads", "1", "--run", run] + Self.least(steps: 2000),
            name: "killed")
        #expect(programs.wait(for: "\"step\"", lines: 4, in: "run/journal.jsonl"))
        killed.send(signal: SIGKILL)
        _ = killed.wait()
        var lines = programs.text("run/journal.jsonl").split(separator: "\n").map(String.init)
        let digest = try #require(lines[2].firstRange(of: "\"alpha\":\""))
        let first = lines[2][digest.upperBound]
        lines[2].replaceSubrange(digest.upperBound...digest.upperBound, with: first == "0" ? "1" : "0")
        try FileSystem.writeFile("\(run)/journal.jsonl", Array((lines.joined(separator: "\n") + "\n").utf8))
        let outcome = try programs.run("snas", ["resume", run, "--workers", "1", "--threads", "1"], name: "resumed")
        #expect(outcome.status == .exited(ExitCode.internalFault.rawValue), "\(outcome.notes)")
        #expect(outcome.notes.contains("step 2 computed again gives alpha"), "\(outcome.notes)")
    }

    @Test("Nothing but the simulation takes a guard away")
    func guards() throws {
        let root = FileSystem.parent(of: FileSystem.parent(of: FileSystem.parent(of: #filePath))) + "/Sources"
        var read = 0
        var folders = [root]
        while let folder = folders.popLast() {
            for name in try FileSystem.list(folder) {
                let path = "\(folder)/\(name)"
                if FileSystem.isDirectory(path) { folders.append(path) }
                guard name.hasSuffix(".swift") else { continue }
                let text = String(decoding: try FileSystem.readFile(path, limitBytes: 1 << 20), as: UTF8.self)
                read += 1
                #expect(name == "Guards.swift" || !text.contains("GuardsOff(`"), "\(path)")
                #expect(!text.contains(".without("), "\(path)")
            }
        }
        #expect(read > 350)
    }
}
