import Formats
import Host
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Runs whose numbers go out of bounds: nothing of it stays.
@Suite(.serialized)
struct NonFiniteTests {
    private static let retraining = [
        "retrain", "--genotype", "SNAS_mild", "--init_channels", "8", "--layers", "3", "--epochs", "1000",
        "--batch_size", "40", "--shards", "5", "--train_portion", "0.2", "--drop_path_prob", "0",
    ]
    private static let search = ["local"] + Programs.endless()

    private static func words(_ run: String) -> [String] {
        ["--workers", "1", "--threads", "1", "--run", run, "--checkpoint_interval_s", "0"]
    }

    /// Every checkpoint's files, by name.
    private static func checkpoints(_ run: String) throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for name in try FileSystem.list("\(run)/checkpoints") {
            for file in try FileSystem.list("\(run)/checkpoints/\(name)") {
                let path = "\(name)/\(file)"
                files[path] = try FileSystem.readFile("\(run)/checkpoints/\(path)", limitBytes: 1 << 26)
            }
        }
        return files
    }

    /// Whether all numbers of all checkpoints are numbers.
    private static func areFinite(_ files: [String: [UInt8]]) throws -> Bool {
        for (name, bytes) in files where name.hasSuffix(".safetensors") {
            let tensors = try SafetensorsFile.parse(bytes, source: name).tensors
            guard tensors.allSatisfy({ $0.values.allSatisfy(\.isFinite) }) else { return false }
        }
        return files.keys.contains { $0.hasSuffix(".safetensors") }
    }

    /// Puts a value into the newest checkpoint's momentum, under digests that are right.
    private static func forge(_ run: String, _ value: Float) throws {
        let name = try #require(try FileSystem.list("\(run)/checkpoints").last)
        let (tensorsPath, countersPath) = ("state.safetensors", "state.json")
        let folder = "\(run)/checkpoints/\(name)"
        let bytes = try FileSystem.readFile("\(folder)/\(tensorsPath)", limitBytes: 1 << 26)
        var file = try SafetensorsFile.parse(bytes, source: name)
        let place = try #require(file.tensors.firstIndex { $0.name == "velocity" })
        var values = file.tensors[place].values
        values[0] = value
        file.tensors[place] = .init(name: "velocity", shape: file.tensors[place].shape, values: values)
        let forged = file.serialized()
        let counters = String(
            decoding: try FileSystem.readFile("\(folder)/\(countersPath)", limitBytes: 1 << 20), as: UTF8.self)
        func digest(_ bytes: [UInt8]) -> String { Hexadecimal.string(SHA256.digest(bytes)) }
        #expect(counters.contains(digest(bytes)))
        try FileSystem.writeFile("\(folder)/\(tensorsPath)", forged)
        try FileSystem.writeFile(
            "\(folder)/\(countersPath)", Array(counters.replacing(digest(bytes), with: digest(forged)).utf8))
    }

    @Test(
        "Finite gradients whose step makes a weight infinite end the run with 65; checkpoints and journal stay as they were",
        arguments: [search, retraining])
    func overflow(kind: [String]) throws {
        let programs = try Programs()
        let run = "\(programs.folder)/run"
        // Steps so short that nothing happens, at a rate that takes what is forged below over the edge.
        let gentle = ["--learning_rate", "100", "--grad_clip", "0.000001", "--weight_decay", "0"]
        let stopped = try programs.start("snas", kind + Self.words(run) + gentle, name: "stopped")
        #expect(programs.wait(for: "\"step\"", lines: 3, in: "run/metrics.jsonl"))
        stopped.send(signal: SIGTERM)
        #expect(stopped.wait() == .exited(ExitCode.temporary.rawValue), "\(programs.text("stopped.err"))")
        try Self.forge(run, 3e38)
        let before = try Self.checkpoints(run)
        let journal = programs.text("run/journal.jsonl")
        let steps = journal.split(separator: "\n").count
        for number in 1...2 {
            let resumed = try programs.run(
                "snas", ["resume", run, "--workers", "1", "--threads", "1"], name: "resumed", within: 60)
            #expect(resumed.status == .exited(ExitCode.data.rawValue), "\(number): \(resumed.notes)")
            #expect(resumed.notes.contains("step \(steps) made the weights or alpha infinite"), "\(resumed.notes)")
            #expect(resumed.fingerprint == nil)
            #expect(try Self.checkpoints(run) == before)
            #expect(programs.text("run/journal.jsonl") == journal)
        }
        #expect(try Self.areFinite(before))
    }

    @Test(
        "Steps that are skipped in a row end a search and a retraining with 65, once more when resumed; what is kept is finite",
        arguments: [search, retraining])
    func skipLimit(kind: [String]) throws {
        let programs = try Programs()
        let run = "\(programs.folder)/run"
        let wild = ["--learning_rate", "100", "--weight_decay", "1", "--skip_limit", "3"]
        let outcome = try programs.run("snas", kind + Self.words(run) + wild, within: 60)
        #expect(outcome.status == .exited(ExitCode.data.rawValue), "\(outcome.notes)")
        #expect(outcome.notes.contains("3 steps in a row, the last of them"), "\(outcome.notes)")
        #expect(outcome.notes.contains("is not finite") && outcome.notes.contains("skipped: something was not finite"))
        let skipped = programs.text("run/journal.jsonl").split(separator: "\n").filter {
            $0.contains("\"skipped\":true")
        }
        #expect(skipped.count == 2, "the third has ended the run")
        #expect(try Self.areFinite(try Self.checkpoints(run)))
        let resumed = try programs.run(
            "snas", ["resume", run, "--workers", "1", "--threads", "1"], name: "resumed", within: 60)
        #expect(resumed.status == .exited(ExitCode.data.rawValue), "\(resumed.notes)")
        #expect(resumed.notes.contains("3 steps in a row"), "\(resumed.notes)")
        #expect(try Self.areFinite(try Self.checkpoints(run)))
    }

    @Test(
        "A checkpoint with a value that is not a number is passed over by name, whatever its digests say: the same bits"
    )
    func checkpoint() throws {
        let programs = try Programs()
        let settings = Programs.small(steps: 12)
        let quiet = try programs.run(
            "snas", ["local", "--workers", "1", "--threads", "2", "--run", "\(programs.folder)/quiet"] + settings)
        let run = "\(programs.folder)/run"
        let killed = try programs.start("snas", ["local"] + Self.words(run) + settings, name: "killed")
        #expect(programs.wait(for: "\"step\"", lines: 5, in: "run/metrics.jsonl"))
        // A step's line may be there before its checkpoint, which another thread writes.
        func newestStep() throws -> String? { try FileSystem.list("\(run)/checkpoints").last { $0.hasPrefix("step-") } }
        for _ in 0..<3000 where try newestStep() == nil { usleep(10_000) }
        killed.send(signal: SIGKILL)
        _ = killed.wait()
        let newest = try #require(try newestStep())
        for name in try FileSystem.list("\(run)/checkpoints") where !name.hasPrefix("step-") {
            try FileSystem.removeTree("\(run)/checkpoints/\(name)")
        }
        try Self.forge(run, .nan)
        let resumed = try programs.run(
            "snas", ["resume", run, "--workers", "1", "--threads", "1"], name: "resumed", within: 60)
        #expect(resumed.status == .exited(0), "\(resumed.notes)")
        let words = "passing over a checkpoint: checkpoint \(newest): tensor 'velocity' holds what is not finite"
        #expect(resumed.notes.contains(words), "\(resumed.notes)")
        #expect(resumed.fingerprint == quiet.fingerprint && quiet.fingerprint != nil, "\(resumed.notes)")
    }
}
