import Host
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Real workers, one of which computes with other kernels, and so other bits.
@Suite(.serialized)
struct AuditTests {
    @Test(
        "Of three workers the one that computes other bits is named and put out, come first or last: the quiet fingerprint",
        arguments: [0, 2])
    func odd(place: Int) throws {
        let programs = try Programs()
        let endpoint = "ipc://\(programs.folder)/socket"
        let words = ["--networks", "derived", "--every_epochs", "100000"]
        let coordinator = try programs.start(
            "snas",
            ["coordinator", "--bind", endpoint, "--run", "\(programs.folder)/run"] + Programs.endless() + words
                + ["--audit_share", "1", "--allow_mixed_kinds", "true"], name: "coordinator")
        var workers: [ChildProcess] = []
        for number in 0..<3 {
            // libtorch's operators add in another order than the kernels do.
            let kernels = number == place ? ["--kernels", "operators"] : []
            workers.append(
                try programs.start(
                    "snas-worker", ["--connect", endpoint, "--threads", "1"] + kernels, name: "worker \(number)"))
            #expect(programs.wait(for: "is ready", lines: number + 1, in: "coordinator.err"))
        }
        let odd = workers.remove(at: place)
        let refused = programs.finish(odd, name: "worker \(place)", within: 60)
        #expect(refused.status == .exited(ExitCode.protocolMismatch.rawValue), "\(programs.text("coordinator.err"))")
        let sentence = "it computed other bits than two others"
        #expect(refused.notes.contains(sentence), "\(refused.notes)")
        let log = programs.text("run/log.txt").split(separator: "\n")
        let refusals = log.filter { $0.contains("is refused") }
        #expect(
            refusals.count == 1 && refusals.first?.contains("/\(odd.processIdentifier) is refused: \(sentence)") == true
        )
        #expect(log.contains { $0.contains("audit: workers") && $0.contains("/\(odd.processIdentifier)") }, "\(log)")
        programs.expectSteps(10, after: "the audit")
        coordinator.send(signal: SIGTERM)
        #expect(coordinator.wait() == .exited(ExitCode.temporary.rawValue))
        for worker in workers { #expect(worker.wait() == .exited(ExitCode.temporary.rawValue)) }
        try programs.expectQuietFingerprint(words)
    }
}
