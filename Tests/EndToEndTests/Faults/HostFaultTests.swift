import Host
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Faults that the system has to make: partitions, slow links, failing disks. Skipped, and said so, where it does not.
@Suite(.serialized)
struct HostFaultTests {
    private func quietFingerprint(_ settings: [String]) throws -> String {
        let programs = try Programs()
        let outcome = try programs.run(
            "snas", ["local", "--workers", "1", "--threads", "2", "--run", "\(programs.folder)/run"] + settings)
        return try #require(outcome.fingerprint, "\(outcome.notes)")
    }

    @Test("A worker behind a slow link that is cut is lost, comes back when it is healed, and changes no bit")
    func partition() throws {
        let what = "a worker in a network of its own"
        guard Tools.areUsable(["ip", "tc"], asRoot: true, for: what), let network = NetworkNamespace(what) else {
            return
        }
        guard network.limit(megabitsPerSecond: 50) else {
            return StandardStreams.note("SKIPPED: \(what): tc makes no tbf here")
        }
        let programs = try Programs()
        let coordinator = try programs.start(
            "snas",
            [
                "coordinator", "--bind", "tcp://\(network.here):*", "--insecure", "--run", "\(programs.folder)/run",
                "--beat_interval_s", "0.2", "--worker_timeout_s", "1.5",
            ] + Programs.endless(), name: "coordinator")
        let port = try programs.port(in: "coordinator.err")
        let words = ["--connect", "tcp://\(network.here):\(port)", "--insecure", "--threads", "1"]
        let near = try programs.start("snas-worker", words, name: "near")
        let far = try programs.start(
            "snas-worker", words, name: "far", under: ["ip", "netns", "exec", network.name])
        #expect(programs.wait(for: "is ready", lines: 2, in: "coordinator.err"), "\(programs.text("far.err"))")
        programs.expectSteps(10)
        #expect(network.cut())
        #expect(programs.wait(for: "is lost", lines: 1, in: "coordinator.err"))
        programs.expectSteps(10)
        #expect(network.heal())
        #expect(programs.wait(for: "is ready", lines: 3, in: "coordinator.err"), "\(programs.text("coordinator.err"))")
        programs.expectSteps(10)
        coordinator.send(signal: SIGTERM)
        #expect(coordinator.wait() == .exited(ExitCode.temporary.rawValue))
        for worker in [near, far] {
            #expect(worker.wait() == .exited(ExitCode.temporary.rawValue), "\(programs.text("far.err"))")
        }
        try programs.expectQuietSteps()
    }
}
