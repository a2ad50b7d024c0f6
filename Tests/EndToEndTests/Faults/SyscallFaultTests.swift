import Formats
import Host
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Calls to the kernel that fail, or are a process's last: strace answers in the kernel's place, for one file of the run.
/// Skipped, and said so, where there is no strace or it may not trace.
@Suite(.serialized)
struct SyscallFaultTests {
    /// Four epochs of seven steps; each epoch ends with a checkpoint that nothing overtakes.
    private static let settings = [
        "--init_channels", "4", "--layers", "3", "--batch_size", "40", "--shards", "5", "--epochs", "4",
        "--train_portion", "0.2", "--every_epochs", "1000", "--networks", "derived", "--recalibration_images", "128",
        "--arch_learning_rate", "0.05", "--warmup", "0",
    ]
    private static let steps = 28

    private static func quietFingerprint() throws -> String {
        let programs = try Programs()
        let outcome = try programs.run(
            "snas", ["local", "--workers", "1", "--threads", "2", "--run", "\(programs.folder)/run"] + settings)
        return try #require(outcome.fingerprint, "\(outcome.notes)")
    }

    /// One kind of call that meets one file of the run, as strace writes it.
    struct Fault: Sendable, CustomTestStringConvertible {
        let call: String
        let file: String
        var when = "1"

        var testDescription: String { "\(call) of \(file), time \(when)" }

        func words(_ programs: Programs, _ effect: String) -> [String] {
            [
                "strace", "-f", "-qq", "-o", "\(programs.folder)/strace", "-e", "trace=\(call)", "-e",
                "inject=\(call):\(effect):when=\(when)", "-P", "\(programs.folder)/run/\(file)",
            ]
        }
    }

    private static let checkpoint = "checkpoints/.tmp-step-0000000014-epoch-0000000002"
    private static let visible = "step-0000000014-epoch-0000000002"

    /// Runs a coordinator under a fault, with one worker that knows nothing of it.
    private static func run(_ programs: Programs, _ fault: Fault, _ effect: String) throws -> Programs.Outcome {
        let endpoint = "ipc://\(programs.folder)/socket"
        let coordinator = try programs.start(
            "snas", ["coordinator", "--bind", endpoint, "--run", "\(programs.folder)/run"] + settings,
            name: "coordinator", under: fault.words(programs, effect))
        let worker = try programs.start("snas-worker", ["--connect", endpoint, "--threads", "1"], name: "worker")
        defer {
            worker.send(signal: SIGKILL)
            _ = worker.wait()
        }
        return programs.finish(coordinator, name: "coordinator", within: 60)
    }

    private static let failures: [Fault] = [
        Fault(call: "fsync", file: "\(checkpoint)/state.safetensors"),
        Fault(call: "write", file: "\(checkpoint)/state.json"),
        Fault(call: "fsync", file: checkpoint),
        Fault(call: "rename", file: checkpoint),
        Fault(call: "fsync", file: "checkpoints", when: "2"),
        Fault(call: "write", file: "journal.jsonl", when: "2"),
        Fault(call: "fsync", file: "journal.jsonl", when: "2"),
    ]

    @Test("A write or sync that fails costs a warning with its file and reason; the run goes on to the same bits")
    func failing() throws {
        guard Tools.canTrace(for: "calls that fail") else { return }
        let reference = try Self.quietFingerprint()
        for fault in Self.failures {
            let programs = try Programs()
            let outcome = try Self.run(programs, fault, "error=EIO")
            let what = "\(fault.testDescription): \(outcome.notes)"
            #expect(outcome.status == .exited(0) && outcome.fingerprint == reference, "\(what)")
            #expect(programs.text("strace").contains("(INJECTED)"), "\(what)")
            let warnings = outcome.notes.split(separator: "\n").filter { $0.contains("warning: could not be saved") }
            #expect(warnings.count == 1, "\(what)")
            #expect(warnings.first?.contains("Input/output error; the run goes on") == true, "\(what)")
            let names = try FileSystem.list("\(programs.folder)/run/checkpoints")
            #expect(names.contains { $0.hasPrefix("step-0000000028-epoch") }, "\(what)")
            #expect(!names.contains { $0.hasPrefix(".tmp") }, "what failed is cleared away: \(names), \(what)")
            if fault.file.hasPrefix(Self.checkpoint) { #expect(!names.contains(Self.visible), "\(what)") }
        }
    }

    /// Whether strace made a call fail this way. What it says about the error besides is in the user's language.
    private static func wasInjected(_ error: String, _ programs: Programs) -> Bool {
        programs.text("strace").split(separator: "\n").contains {
            $0.contains("= -1 \(error) (") && $0.hasSuffix("(INJECTED)")
        }
    }

    @Test(
        "Whoever finds a descriptor to write a line needs no second to sync it: each step stands in the journal once, in order"
    )
    func withoutDescriptors() throws {
        guard Tools.canTrace(for: "files that cannot be opened") else { return }
        let programs = try Programs()
        let fault = Fault(call: "openat", file: "journal.jsonl", when: "2..10+2")
        let outcome = try Self.run(programs, fault, "error=EMFILE")
        #expect(outcome.status == .exited(0), "\(outcome.notes)")
        #expect(Self.wasInjected("EMFILE", programs), "\(outcome.notes)")
        let lines = programs.text("run/journal.jsonl").split(separator: "\n")
        let steps = try lines.map { try JSONValue.parse(Array($0.utf8), source: "journal.jsonl")["step"]?.integer }
        #expect(steps == Array(0..<Self.steps), "\(outcome.notes)")
    }

    @Test(
        "A folder that cannot be looked at for a while makes the coordinator wait, and say so; it goes on to the same bits"
    )
    func blind() throws {
        guard Tools.canTrace(for: "a folder that cannot be looked at") else { return }
        let reference = try Self.quietFingerprint()
        let programs = try Programs()
        // Asked before each write to the run, and every two seconds: the second look and some after it fail, as where a file server
        // was restarted.
        let fault = Fault(call: "access", file: "generations/0000000002", when: "2..9")
        let outcome = try Self.run(programs, fault, "error=ESTALE")
        #expect(Self.wasInjected("ESTALE", programs), "\(outcome.notes)")
        #expect(outcome.status == .exited(0) && outcome.fingerprint == reference, "\(outcome.notes)")
        #expect(outcome.notes.contains("warning: could not be saved"), "\(outcome.notes)")
    }

    private static let deaths: [Fault] = [
        Fault(call: "fsync", file: "\(checkpoint)/state.safetensors"),
        Fault(call: "fsync", file: "\(checkpoint)/state.json"),
        Fault(call: "fsync", file: checkpoint),
        Fault(call: "fsync", file: "checkpoints", when: "2"),
        Fault(call: "fsync", file: "journal.jsonl", when: "2"),
    ]

    @Test("A coordinator that dies inside a sync, of whichever file, is resumed to the same bits")
    func dying() throws {
        guard Tools.canTrace(for: "deaths inside a sync") else { return }
        let reference = try Self.quietFingerprint()
        for fault in Self.deaths {
            let programs = try Programs()
            let outcome = try Self.run(programs, fault, "signal=KILL")
            #expect(outcome.status == .signalled(SIGKILL), "\(fault.testDescription): \(outcome.notes)")
            let done = programs.steps
            #expect(done > 0 && done < Self.steps, "\(fault.testDescription): \(done) steps")
            let resumed = try programs.run(
                "snas", ["resume", "\(programs.folder)/run", "--workers", "1", "--threads", "2"], name: "resumed")
            let what = "\(fault.testDescription): \(resumed.notes)"
            #expect(resumed.status == .exited(0) && resumed.fingerprint == reference, "\(what)")
            #expect(!resumed.notes.contains("passing over"), "\(what)")
            let names = try FileSystem.list("\(programs.folder)/run/checkpoints")
            #expect(!names.contains { $0.hasPrefix(".tmp") }, "\(names), \(what)")
        }
    }
}
