import Host
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// A search whose every connection goes through bad weather ends where the quiet one ends.
@Suite(.serialized)
struct ChaosTests {
    private static let settings = Programs.small(steps: 30)

    private func quietFingerprint() throws -> String {
        let programs = try Programs()
        let outcome = try programs.run(
            "snas", ["local", "--workers", "2", "--threads", "1", "--run", "\(programs.folder)/run"] + Self.settings)
        return try #require(outcome.fingerprint, "\(outcome.notes)")
    }

    @Test("Delays, cuts, half-open links, rate limits, flipped, missing and repeated bytes change no bit of the result")
    func proxy() throws {
        let reference = try quietFingerprint()
        for seed in CrashNote.seeds(1) {
            let programs = try Programs()
            let coordinator = try programs.start(
                "snas",
                [
                    "coordinator", "--bind", "tcp://127.0.0.1:*", "--run", "\(programs.folder)/run",
                    "--beat_interval_s", "0.2", "--worker_timeout_s", "2",
                ] + Self.settings, name: "coordinator")
            let port = try programs.port(in: "coordinator.err")
            let proxy = try ChaosProxy(to: port, seed: seed, weather: ChaosProxy.Weather(limit: 12))
            let workers = try (0..<3).map {
                try programs.start(
                    "snas-worker", ["--connect", "tcp://127.0.0.1:\(proxy.port)", "--threads", "1"],
                    name: "worker \($0)")
            }
            let outcome = programs.finish(coordinator, name: "coordinator", within: 240)
            // The last word may be lost on its way: nobody waits for them.
            for worker in workers {
                worker.send(signal: SIGKILL)
                _ = worker.wait()
            }
            #expect(outcome.status == .exited(0), "seed \(seed): \(outcome.notes)")
            #expect(outcome.fingerprint == reference, "seed \(seed), struck by \(proxy.faults): \(outcome.notes)")
            #expect(proxy.faults.values.reduce(0, +) >= 10, "seed \(seed): \(proxy.faults)")
        }
    }

    @Test(
        "Workers that lose, repeat and hold back their own messages and kill themselves (--chaos) change no bit of the result"
    )
    func switches() throws {
        let reference = try quietFingerprint()
        let programs = try Programs()
        let socket = "ipc://\(programs.folder)/socket"
        let coordinator = try programs.start(
            "snas",
            [
                "coordinator", "--bind", socket, "--run", "\(programs.folder)/run", "--beat_interval_s", "0.2",
                "--worker_timeout_s", "2",
            ] + Self.settings, name: "coordinator")
        var (children, killed, isSaid): ([ChildProcess?], Int, Bool) = ([nil, nil], 0, false)
        // Whoever kills itself is started again, with other faults.
        for turn in 0..<24_000 where coordinator.poll() == nil {
            for place in children.indices where children[place].map({ $0.poll() != nil }) ?? true {
                if children[place]?.poll() == .signalled(SIGKILL) { killed += 1 }
                isSaid = isSaid || programs.text("worker \(place).err").contains("chaos, seed ")
                let faults = "drop=0.02,duplicate=0.05,delay=0.1,delay_ms=20,kill=0.05,seed=\(turn + place + 1)"
                children[place] = try programs.start(
                    "snas-worker", ["--connect", socket, "--threads", "1", "--chaos", faults], name: "worker \(place)")
            }
            usleep(10_000)
        }
        let outcome = programs.finish(coordinator, name: "coordinator", within: 1)
        for child in children {
            child?.send(signal: SIGKILL)
            _ = child?.wait()
        }
        #expect(outcome.status == .exited(0), "\(outcome.notes)")
        #expect(outcome.fingerprint == reference, "\(outcome.notes)")
        #expect(killed >= 2, "150 shards, each the last of its worker by a chance of 0.05")
        #expect(isSaid, "a worker that strikes itself says so")
    }
}
