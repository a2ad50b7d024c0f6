import Host
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// A file system of a few megabytes below a test's folder, which can be filled up. Gone when it is let go.
private final class SmallDisk {
    let path: String
    private var stuffing: String { "\(path)/stuffing" }

    /// Nil where it cannot be mounted, said aloud: the simulation fills its disk in any case.
    init?(in programs: Programs, megabytes: Int) throws {
        path = "\(programs.folder)/disk"
        try FileSystem.createDirectory(path)
        guard mount("snas-test", path, "tmpfs", 0, "size=\(megabytes)m") == 0 else {
            StandardStreams.note("SKIPPED: a full disk: a small file system can be mounted by root alone")
            return nil
        }
    }

    deinit { umount2(path, Int32(MNT_DETACH)) }

    func fill() {
        let piece = [UInt8](repeating: 1, count: 64 << 10)
        while (try? FileSystem.appendFile(stuffing, piece)) != nil {}
    }

    func makeRoom() throws { try FileSystem.removeTree(stuffing) }
}

@Suite
struct FullDiskTests {
    private static func quietFingerprint(_ settings: [String]) throws -> String {
        let programs = try Programs()
        let words = ["local", "--workers", "1", "--threads", "1", "--run", "\(programs.folder)/run"]
        let outcome = try programs.run("snas", words + settings)
        return try #require(outcome.fingerprint, "\(outcome.notes)")
    }

    @Test("A disk that fills up costs a warning, not the run")
    func whileItRuns() throws {
        let programs = try Programs()
        guard let disk = try SmallDisk(in: programs, megabytes: 6) else { return }
        let settings = Programs.small(steps: 150, epochs: 1000)
        let child = try programs.start(
            "snas",
            ["local", "--workers", "1", "--threads", "1", "--run", "\(disk.path)/run"] + settings + [
                "--checkpoint_interval_s", "0.05",
            ], name: "run")
        #expect(programs.wait(for: "\"step\"", lines: 3, in: "disk/run/metrics.jsonl"))
        disk.fill()
        #expect(programs.wait(for: "warning: could not be saved", lines: 1, in: "run.err"))
        try disk.makeRoom()
        let outcome = programs.finish(child, name: "run", within: 120)
        #expect(outcome.status == .exited(0), "\(outcome.notes)")
        #expect(outcome.fingerprint == (try Self.quietFingerprint(settings)), "\(outcome.notes)")
        // Lines that found no room are written when there is some.
        let steps = programs.text("disk/run/journal.jsonl").split(separator: "\n").compactMap { line in
            line.firstMatch(of: /"step":(\d+)/).flatMap { Int($0.1) }
        }
        #expect(Set(steps) == Set(0..<150), "\(steps.count) lines")
    }

    @Test(
        "A disk that is full from the first worker to the end costs the results' place, exit 74; with room again a resume has the same bits"
    )
    func toTheEnd() throws {
        let programs = try Programs()
        guard let disk = try SmallDisk(in: programs, megabytes: 20) else { return }
        let settings = Programs.small(steps: 40, epochs: 1000)
        let endpoint = "ipc://\(programs.folder)/socket"
        let coordinator = try programs.start(
            "snas", ["coordinator", "--bind", endpoint, "--run", "\(disk.path)/run"] + settings, name: "coordinator")
        #expect(programs.wait(for: "waiting for workers", lines: 1, in: "coordinator.err"))
        disk.fill()
        let worker = try programs.start("snas-worker", ["--connect", endpoint, "--threads", "1"], name: "worker")
        let outcome = programs.finish(coordinator, name: "coordinator", within: 60)
        #expect(worker.wait() == .exited(0))
        #expect(outcome.status == .exited(ExitCode.inputOutput.rawValue), "\(outcome.notes)")
        for words in ["could not be saved: the run's kind of machine", "its results cannot be written", "snas resume"] {
            #expect(outcome.notes.contains(words), "\(words): \(outcome.notes)")
        }
        try disk.makeRoom()
        let resumed = try programs.run(
            "snas", ["resume", "\(disk.path)/run", "--workers", "1", "--threads", "2"], name: "resumed")
        #expect(resumed.status == .exited(0), "\(resumed.notes)")
        #expect(resumed.fingerprint == (try Self.quietFingerprint(settings)), "\(resumed.notes)")
    }
}
