import Formats
import Host
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// A run that a coordinator on another host holds, or held: this machine's kernel knows nothing of it, the lease's age alone
/// decides.
@Suite(.serialized)
struct LeaseTests {
    private static let settings = Programs.small(steps: 8)

    /// A run that was killed early on, and what a quiet one comes to.
    private static func killedRun(_ programs: Programs) throws -> (run: String, reference: String) {
        let quiet = try programs.run(
            "snas", ["local", "--workers", "1", "--threads", "2", "--run", "\(programs.folder)/quiet"] + settings)
        let run = "\(programs.folder)/run"
        let words = ["local", "--workers", "1", "--threads", "1", "--run", run, "--checkpoint_interval_s", "0"]
        let killed = try programs.start("snas", words + settings, name: "killed")
        #expect(programs.wait(for: "\"step\"", lines: 3, in: "run/metrics.jsonl"))
        killed.send(signal: SIGKILL)
        _ = killed.wait()
        return (run, try #require(quiet.fingerprint, "\(quiet.notes)"))
    }

    /// Writes the lease as another host's coordinator has it, renewed so long ago.
    private static func hold(_ run: String, renewed age: Double) throws {
        let lease = JSONValue.object([
            "host": .string("elsewhere"), "pid": .integer(41), "generation": .integer(1),
            "boot": .string("00000000-0000-0000-0000-000000000000"),
        ])
        try FileSystem.writeFile("\(run)/lease.json", Array((lease.serialized() + "\n").utf8))
        date("\(run)/lease.json", back: age)
    }

    private static func date(_ file: String, back age: Double) {
        var now = timeval()
        gettimeofday(&now, nil)
        let seconds = Double(now.tv_sec) + Double(now.tv_usec) / 1e6 - age
        let time = timeval(tv_sec: Int(seconds), tv_usec: Int((seconds - seconds.rounded(.down)) * 1e6))
        #expect(utimes(file, [time, time]) == 0)
    }

    private static func resume(_ programs: Programs, _ run: String) throws -> Programs.Outcome {
        try programs.run("snas", ["resume", run, "--workers", "1", "--threads", "1"], name: "resumed")
    }

    @Test(
        "While another host's lease is young its run is refused with 73, by the holder's name; once it is old it is taken"
    )
    func otherHost() throws {
        let programs = try Programs()
        let (run, reference) = try Self.killedRun(programs)
        try Self.hold(run, renewed: 5)
        let young = try Self.resume(programs, run)
        #expect(young.status == .exited(ExitCode.cannotCreate.rawValue), "\(young.notes)")
        #expect(young.notes.contains("host elsewhere, process 41, generation 1"), "\(young.notes)")
        #expect(young.notes.contains("renewed its lease"), "\(young.notes)")
        #expect(try FileSystem.list("\(run)/generations").count == 1, "no generation was taken")
        try Self.hold(run, renewed: 11)
        let old = try Self.resume(programs, run)
        #expect(old.status == .exited(0) && old.fingerprint == reference, "\(old.notes)")
        #expect(try FileSystem.list("\(run)/generations").count == 2)
    }

    @Test("A lease from the future is watched: one that is renewed meanwhile is refused, one that is not is taken")
    func otherClock() throws {
        let programs = try Programs()
        let (run, reference) = try Self.killedRun(programs)
        try Self.hold(run, renewed: -3600)
        let refused = try programs.start(
            "snas", ["resume", run, "--workers", "1", "--threads", "1"], name: "refused")
        #expect(programs.wait(for: "in the future", lines: 1, in: "refused.err"))
        // A holder that lives, whose clock is an hour ahead.
        Self.date("\(run)/lease.json", back: -3602)
        let outcome = programs.finish(refused, name: "refused", within: 30)
        #expect(outcome.status == .exited(ExitCode.cannotCreate.rawValue), "\(outcome.notes)")
        #expect(outcome.notes.contains("host elsewhere, process 41, generation 1"), "\(outcome.notes)")
        try Self.hold(run, renewed: -15)
        let taken = try Self.resume(programs, run)
        #expect(taken.status == .exited(0) && taken.fingerprint == reference, "\(taken.notes)")
    }
}
