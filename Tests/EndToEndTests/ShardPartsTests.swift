import Formats
import Host
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Shards that are cut into parts: the parts decide the bits, and however many threads and workers compute them, nothing.
@Suite(.serialized)
struct ShardPartsTests {
    private func outcome(
        parts: Int, workers: Int, threads: Int, steps: Int = 4
    ) throws -> Programs.Outcome {
        let programs = try Programs()
        let outcome = try programs.run(
            "snas",
            ["local", "--workers", "\(workers)", "--threads", "\(threads)", "--run", "\(programs.folder)/run"]
                + Programs.small(steps: steps) + ["--shard_parts", "\(parts)"])
        #expect(outcome.status == .exited(0), "\(outcome.notes)")
        return outcome
    }

    @Test(
        "Five shards in three parts: the same fingerprint by one worker of 1, 2, 3 and 5 threads and by two workers; another number of parts: another"
    )
    func threads() throws {
        let reference = try #require(try outcome(parts: 3, workers: 1, threads: 1).fingerprint)
        for threads in [2, 3, 5] {
            #expect(try outcome(parts: 3, workers: 1, threads: threads).fingerprint == reference, "\(threads) threads")
        }
        #expect(try outcome(parts: 3, workers: 2, threads: 4).fingerprint == reference)
        #expect(try outcome(parts: 2, workers: 1, threads: 2).fingerprint != reference, "sums in another order")
    }

    @Test("Threads beyond all parts are told in one warning, with the setting that gives them work")
    func idle() throws {
        let crowded = try outcome(parts: 2, workers: 2, threads: 8, steps: 1)
        let told = crowded.notes.split(separator: "\n").filter { $0.contains("will stand idle") }
        #expect(told.count == 1, "\(crowded.notes)")
        #expect(
            told.first?.contains(
                "5 shards of 8 images, cut into 2 each, keep 10 of 16 threads busy, and 6 will stand idle") == true
                && told.first?.contains("shard_parts 4 gives work to 16") == true, "\(told)")
        #expect(!(try outcome(parts: 4, workers: 2, threads: 8, steps: 1).notes.contains("will stand idle")))
    }

    /// What the version that began the run left: it knew no parts.
    private func forgetParts(_ run: String) throws {
        let path = "\(run)/configuration.txt"
        let text = String(decoding: try FileSystem.readFile(path, limitBytes: 1 << 20), as: UTF8.self)
        let lines = text.split(separator: "\n").filter { !$0.hasPrefix("training.shard_parts ") }
        #expect(lines.count == text.split(separator: "\n").count - 1)
        let earlier = lines.joined(separator: "\n") + "\n"
        try FileSystem.writeFile(path, Array(earlier.utf8))
        let digest = Hexadecimal.string(SHA256.digest(Array(earlier.utf8)))
        try FileSystem.writeFile("\(run)/configuration.sha256", Array("\(digest)  configuration.txt\n".utf8))
    }

    @Test(
        "A run that an earlier version began goes on with one part, by resume and by the same command, to the bits of one part"
    )
    func earlierRun() throws {
        let reference = try #require(try outcome(parts: 1, workers: 1, threads: 2).fingerprint)
        for isResumed in [true, false] {
            let programs = try Programs()
            let run = "\(programs.folder)/run"
            let words = ["--workers", "1", "--threads", "2", "--run", run]
            let stopped = try programs.start(
                "snas", ["local"] + words + Programs.small() + ["--shard_parts", "1"], name: "stopped")
            #expect(programs.wait(for: "\"step\"", lines: 2, in: "run/metrics.jsonl"))
            stopped.send(signal: SIGTERM)
            #expect(programs.finish(stopped, name: "stopped").status == .exited(ExitCode.temporary.rawValue))
            try forgetParts(run)
            let again =
                isResumed
                ? try programs.run("snas", ["resume", run, "--workers", "1", "--threads", "2"])
                : try programs.run("snas", ["local", "--start_or_resume"] + words + Programs.small())
            #expect(again.status == .exited(0), "\(again.notes)")
            #expect(again.fingerprint == reference, "\(isResumed): \(again.notes)")
        }
    }

    @Test("Parts below 1 and above 64 are refused with what the setting takes")
    func refused() throws {
        let programs = try Programs()
        for (words, shown) in [
            (["--shard_parts", "0"], "--shard_parts is '0'; it takes 1 to 64"),
            (["--set", "training.shard_parts=65"], "training.shard_parts is '65'; it takes 1 to 64"),
        ] {
            let outcome = try programs.run("snas", ["local", "--run", "\(programs.folder)/run"] + words)
            #expect(
                outcome.status == .exited(ExitCode.usage.rawValue) && outcome.notes.contains(shown), "\(outcome.notes)")
        }
    }
}
