import Host
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Run folders that a disk or a copy damaged.
@Suite(.serialized)
struct DamagedRunTests {
    private static let settings = Programs.small(steps: 12)

    private static func files(below folder: String) throws -> [String] {
        try FileSystem.list(folder).flatMap { name -> [String] in
            let path = "\(folder)/\(name)"
            return FileSystem.isDirectory(path) ? try files(below: path) : [path]
        }
    }

    @Test(
        "A run with one damaged file goes on to the same bits, or is refused in words; it never crashes and never differs"
    )
    func resume() throws {
        let programs = try Programs()
        let quiet = try programs.run(
            "snas", ["local", "--workers", "1", "--threads", "2", "--run", "\(programs.folder)/quiet"] + Self.settings)
        let reference = try #require(quiet.fingerprint, "\(quiet.notes)")
        let run = "\(programs.folder)/run"
        let words = ["local", "--workers", "1", "--threads", "2", "--run", run, "--checkpoint_interval_s", "0"]
        let killed = try programs.start("snas", words + Self.settings, name: "killed")
        #expect(programs.wait(for: "\"step\"", lines: 5, in: "run/metrics.jsonl"))
        killed.send(signal: SIGKILL)
        _ = killed.wait()
        for seed in CrashNote.seeds(10) {
            var mutator = Mutator(seed: seed)
            let copy = "\(programs.folder)/copy-\(seed)"
            #expect(Tools.run(words: ["cp", "-r", run, copy]))
            let file = mutator.pick(try Self.files(below: copy))
            let bytes = try FileSystem.readFile(file, limitBytes: 1 << 26)
            try FileSystem.writeFile(file, mutator.damaged(bytes))
            let outcome = try programs.run(
                "snas", ["resume", copy, "--workers", "1", "--threads", "2"], name: "resumed")
            let what = "seed \(seed), \(file.dropFirst(copy.utf8.count + 1)): \(outcome.notes)"
            switch outcome.status {
            case .exited(0): #expect(outcome.fingerprint == reference, "\(what)")
            case .exited(let code):
                #expect([65, 66, 70, 73, 76, 78].contains(code), "\(code), \(what)")
                #expect(outcome.notes.contains("snas: ") && !outcome.notes.contains("Fatal error"), "\(what)")
            case .signalled(let signal): Issue.record("signal \(signal), \(what)")
            }
        }
    }
}
