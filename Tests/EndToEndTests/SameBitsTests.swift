import Host
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// The promise, with real processes: the result depends on configuration, data and seed alone.
@Suite(.serialized)
struct SameBitsTests {
    /// Three cells of four channels, five shards of eight images.
    static let cells = [
        "--init_channels", "4", "--layers", "3", "--batch_size", "40", "--shards", "5",
    ]

    func fingerprint(
        _ name: String, workers: Int, threads: Int, seed: Int = 2, under wrapper: [String] = []
    ) throws -> String {
        let programs = try Programs()
        let words =
            ["local", "--workers", "\(workers)", "--threads", "\(threads)", "--run", "\(programs.folder)/run"]
            + Programs.small(seed: seed)
        let outcome = try programs.run("snas", words, under: wrapper)
        #expect(outcome.status == .exited(0), "\(name): \(outcome.notes)")
        return try #require(outcome.fingerprint, "\(name): \(outcome.notes)")
    }

    @Test("One, two and three workers, one and two threads, one core: the same fingerprint; another seed: another")
    func workersAndThreads() throws {
        let reference = try fingerprint("one worker", workers: 1, threads: 1)
        #expect(reference.count == 64)
        #expect(try fingerprint("two threads", workers: 1, threads: 2) == reference)
        #expect(try fingerprint("two workers", workers: 2, threads: 1) == reference)
        #expect(try fingerprint("three workers", workers: 3, threads: 2) == reference)
        #expect(try fingerprint("one core", workers: 1, threads: 2, under: ["taskset", "-c", "0"]) == reference)
        #expect(try fingerprint("another seed", workers: 2, threads: 1, seed: 3) != reference)
    }

    /// Two nodes in normal cells, one in reductions, and an edge that is not there.
    private static let ownGraphs =
        "own:graphs:reductions:2/1+last_node:sep_conv_3x3+none/skip_connect/none/max_pool_3x3+dil_conv_3x3/skip_connect+none:"
        + "skip_connect+sep_conv_3x3"

    @Test(
        "Another space, through the kernels or through operators: the same bits by one worker and by two, resumed between",
        arguments: [
            ["--space", "s1"], ["--search", "gdas", "--train_portion", "0.4", "--nodes", "2"],
            ["--space", "s4", "--nodes", "2"],
            ["--space", "nas_bench_201", "--search", "darts", "--train_portion", "0.4"],
            ["--operations", "none,skip_connect,dil_conv_3x3", "--nodes", "2", "--layers", "1"],
            ["--auxiliary_skip", "true", "--nodes", "1"],
            ["--operations", "nor_conv_3x3,sep_conv_7x7", "--nodes", "1", "--init_channels", "5"],
            ["--space", ownGraphs, "--nodes", "2"],
        ])
    func spaces(flags: [String]) throws {
        var words = flags
        let small = Programs.small(steps: 12)
        for place in stride(from: 0, to: small.count, by: 2) where !flags.contains(small[place]) {
            words += small[place...place + 1]
        }
        let whole = try Programs()
        let reference = try whole.run(
            "snas", ["local", "--workers", "1", "--threads", "2", "--run", "\(whole.folder)/run"] + words)
        #expect(reference.status == .exited(0), "\(reference.notes)")
        let note = "the kernels do not have noise:"
        #expect(reference.notes.contains(note) == flags.contains("s4"), "\(reference.notes)")
        let programs = try Programs()
        let run = "\(programs.folder)/run"
        let stopped = try programs.start(
            "snas", ["local", "--workers", "2", "--threads", "1", "--run", run] + words, name: "stopped")
        #expect(programs.wait(for: "\"step\"", lines: 2, in: "run/metrics.jsonl"))
        stopped.send(signal: SIGTERM)
        let early = programs.finish(stopped, name: "stopped")
        #expect(early.status == .exited(ExitCode.temporary.rawValue), "\(early.notes)")
        let resumed = try programs.run("snas", ["resume", run, "--workers", "1", "--threads", "1"], name: "resumed")
        #expect(resumed.status == .exited(0), "\(resumed.notes)")
        #expect(resumed.fingerprint != nil && resumed.fingerprint == reference.fingerprint, "\(flags)")
    }
}
