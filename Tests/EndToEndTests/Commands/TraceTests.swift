import Formats
import Host
import Optimization
import Testing

/// `snas trace` with real processes, on a search of five steps of one shard: the traced bits are those that the search summed.
@Suite(.serialized)
struct TraceTests {
    /// Five steps of 40 images, an evaluation behind the last, a checkpoint after each as far as the disk keeps up.
    private static let search = [
        "local", "--workers", "1", "--threads", "1", "--init_channels", "4", "--layers", "3", "--batch_size", "40",
        "--shards", "1", "--epochs", "3", "--max_steps", "5", "--train_portion", "0.9", "--recalibration_images", "64",
        "--evaluation_draws", "1", "--arch_learning_rate", "0.05", "--warmup", "0", "--checkpoint_interval_s", "0",
    ]

    private func searched(_ programs: Programs, _ words: [String] = []) throws -> String {
        let run = "\(programs.folder)/run"
        let outcome = try programs.run("snas", Self.search + ["--run", run] + words, name: "search")
        try #require(outcome.status == .exited(0), "\(outcome.notes)")
        return run
    }

    private func trace(
        _ programs: Programs, step: Int, _ words: [String] = [], file: String = "trace"
    ) throws -> SafetensorsFile {
        let path = "\(programs.folder)/\(file).safetensors"
        let outcome = try programs.run(
            "snas",
            ["trace", "--run", "\(programs.folder)/run", "--step", "\(step)", "--shard", "0", "--out", path] + words,
            name: file)
        try #require(outcome.status == .exited(0), "\(outcome.notes)")
        #expect(outcome.output.isEmpty && outcome.notes.contains("as the run had it"), "\(outcome.notes)")
        return try SafetensorsFile.parse(try FileSystem.readFile(path, limitBytes: 1 << 26), source: file)
    }

    private func journal(_ programs: Programs, _ step: Int) throws -> JSONValue {
        let line = programs.text("run/journal.jsonl").split(separator: "\n")[step]
        return try JSONValue.parse(Array(line.utf8), source: "journal")
    }

    private func text(_ file: SafetensorsFile, _ key: String) -> String? {
        file.metadata.first { $0.key == key }?.value.text
    }

    private func values(_ file: SafetensorsFile, _ prefix: String) -> [Float] {
        file.tensors.filter { $0.name.hasPrefix(prefix + ".") }.flatMap(\.values)
    }

    @Test(
        "The traced gradient, stepped by SGD, gives the weights of the journal; weights and alpha of a later step have the journal's digests; the payload is told by its own"
    )
    func bits() throws {
        let programs = try Programs()
        _ = try searched(
            programs, ["--learning_rate", "0.02", "--momentum", "0.9", "--weight_decay", "0.001", "--grad_clip", "1"])
        let first = try trace(programs, step: 0)
        var weights = values(first, "weights")
        let gradient = values(first, "gradients")
        #expect(weights.count == gradient.count && weights.count > 10_000)
        var velocity = [Float](repeating: 0, count: weights.count)
        SGD(momentum: 0.9, weightDecay: 0.001).step(
            weights: &weights, velocity: &velocity,
            gradient: MeanGradient(of: gradient[...], shards: 1, maximumNorm: 1), learningRate: 0.02)
        #expect(XXH3.hash128(of: weights).hexadecimal == (try journal(programs, 0))["weights"]?.text)
        let payload = gradient + values(first, "batch")
        #expect(XXH3.hash128(of: payload).hexadecimal == text(first, "payload_xxh3"))
        #expect(first["images"]?.shape == [40, 1, 8, 8] && first["logits"]?.shape == [40, 10])
        #expect(first["loss"]?.shape == [] && text(first, "computed_from") == "the run's first step")
        let later = try trace(programs, step: 4)
        let before = try journal(programs, 3)
        #expect(XXH3.hash128(of: values(later, "weights")).hexadecimal == before["weights"]?.text)
        #expect(XXH3.hash128(of: values(later, "alpha")).hexadecimal == before["alpha"]?.text)
        #expect(text(later, "computed_from")?.hasPrefix("checkpoint step-000000000") == true)
        #expect(text(later, "journal") == "agrees" && text(later, "same_kind_as_the_run") == "true")
        // Without the checkpoints, which are damaged, with kernels of another instruction set: the same from the run's start on.
        let checkpoints = "\(programs.folder)/run/checkpoints"
        for name in try FileSystem.list(checkpoints) {
            let file = "\(checkpoints)/\(name)/state.safetensors"
            var bytes = try FileSystem.readFile(file, limitBytes: 1 << 26)
            bytes[bytes.count / 2] ^= 1
            try FileSystem.writeFile(file, bytes)
        }
        let alike = try trace(programs, step: 4, ["--kernels", "portable", "--threads", "2"], file: "alike")
        #expect(programs.text("alike.err").contains("warning: checkpoint step-000000000"))
        #expect(text(alike, "computed_from") == "the run's first step" && alike.tensors == later.tensors)
    }

    @Test("Step, shard and round that are not there, runs that are none and flags that make no sense are refused")
    func refusals() throws {
        let programs = try Programs()
        let run = try searched(programs)
        let out = "\(programs.folder)/refused.safetensors"
        func expectRefusal(_ words: [String], of folder: String? = nil, _ code: ExitCode, _ part: String) throws {
            var all = ["trace", "--run", folder ?? run] + words
            if !words.contains("--out") { all += ["--out", out] }
            let outcome = try programs.run("snas", all, name: "refused")
            #expect(outcome.status == .exited(code.rawValue), "\(words): \(outcome.notes)")
            #expect(outcome.notes.contains(part) && outcome.output.isEmpty, "\(words): \(outcome.notes)")
            #expect(outcome.notes.split(separator: "\n").count == 1, "\(outcome.notes)")
            #expect(!FileSystem.exists(out), "\(words)")
        }
        let shard = ["--shard", "0"]
        let step = ["--step", "1", "--shard", "0"]
        try expectRefusal(["--step", "5"] + shard, .usage, "is not done: the run has steps 0 to 4")
        try expectRefusal(["--step", "-1"] + shard, .usage, "--step is '-1'; it takes 0 to 1000000000")
        try expectRefusal(["--step", "last"] + shard, .usage, "--step is 'last'")
        try expectRefusal(shard, .usage, "snas trace wants --step")
        try expectRefusal(["--step", "1", "--shard", "1"], .usage, "has shards 0 to 0")
        try expectRefusal(
            ["--step", "4", "--shard", "0", "--round", "99"], .usage,
            "0 (the step of weights and alpha), 1 to 8 (the evaluation behind the step)")
        try expectRefusal(step + ["--out", programs.folder], .cannotCreate, "is a folder")
        try expectRefusal(step, of: "\(programs.folder)/nowhere", .noInput, "no run in")
        let known = programs.text("run/kind.json")
        let other = known.replacing(/"probe": ".{4}/, with: "\"probe\": \"0000")
        try FileSystem.writeAtomically("\(run)/kind.json", Array(other.utf8))
        try expectRefusal(step, .protocolMismatch, "this machine computes other bits than the workers")
        let allowed = try programs.run(
            "snas", ["trace", "--run", run, "--allow_mixed_kinds", "--out", out] + step, name: "allowed")
        #expect(allowed.status == .exited(0) && allowed.notes.contains("warning: this machine computes"))
        try FileSystem.removeTree(out)
        try FileSystem.writeAtomically("\(run)/kind.json", Array(known.utf8))
        // The second step's line of the journal is another's.
        var lines = programs.text("run/journal.jsonl").split(separator: "\n").map(String.init)
        lines[1] = lines[1].replacing(/"weights":".{4}/, with: "\"weights\":\"0000")
        try FileSystem.writeAtomically("\(run)/journal.jsonl", Array((lines.joined(separator: "\n") + "\n").utf8))
        try FileSystem.removeTree("\(run)/checkpoints")
        try expectRefusal(["--step", "3"] + shard, .internalFault, "step 1 of '\(run)' computed again gives alpha")
        try FileSystem.writeFile("\(run)/branch.json", Array("{\"step\":3,\"path\":\"/other\"}".utf8))
        try expectRefusal(step, .noInput, "goes on from step 3 of /other and keeps no checkpoint")
        try FileSystem.removeTree("\(run)/configuration.txt")
        try expectRefusal(step, .noInput, "holds no run that has begun")
    }
}
