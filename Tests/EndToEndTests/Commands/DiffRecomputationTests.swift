import Formats
import Host
import Testing

/// `snas diff --recompute`: the round, shard and tensor in which two runs part first.
@Suite
struct DiffRecomputationTests {
    /// Three steps an epoch, and one of the second: what acts from the second epoch on parts two runs in step 3.
    private static func words(_ programs: Programs, _ name: String) -> [String] {
        [
            "local", "--workers", "1", "--threads", "2", "--data", "digits", "--run", "\(programs.folder)/\(name)",
            "--init_channels", "4", "--layers", "3", "--nodes", "1", "--batch_size", "40", "--shards", "5", "--epochs",
            "3", "--max_steps", "4", "--judge_share", "0.8", "--train_portion", "0.5", "--networks", "derived",
            "--seed",
            "2", "--arch_learning_rate", "0.05", "--warmup", "0",
        ]
    }

    private func search(_ programs: Programs, _ name: String, _ more: [String] = []) throws {
        let outcome = try programs.run("snas", Self.words(programs, name) + more)
        #expect(outcome.status == .exited(0), "\(outcome.notes)")
    }

    private func copy(_ name: String, as other: String, _ programs: Programs) {
        #expect(Tools.run(words: ["cp", "-r", "\(programs.folder)/\(name)", "\(programs.folder)/\(other)"]))
    }

    private func recomputed(_ programs: Programs, _ name: String, _ more: [String] = []) throws -> Programs.Outcome {
        try programs.run(
            "snas",
            ["diff", "\(programs.folder)/first", "\(programs.folder)/\(name)", "--recompute", "--threads", "2"] + more)
    }

    private func json(_ outcome: Programs.Outcome) throws -> JSONValue {
        #expect(outcome.status == .exited(1), "\(outcome.notes)")
        let told = try JSONValue.parse(Array(outcome.output.utf8), source: "diff")
        return try #require(told["recomputation"], "\(outcome.output)")
    }

    @Test(
        "Another temperature from an epoch on: the round's mixing, the first shard that draws otherwise, and its first tensor"
    )
    func temperature() throws {
        let programs = try Programs()
        try search(programs, "first")
        try search(programs, "second", ["--temp_min", "0.5"])
        let answer = try json(try recomputed(programs, "second", ["--json"]))
        #expect(answer["step"]?.integer == 3 && answer["same_question"] == .bool(false))
        #expect(answer["before"]?["vectors"]?.elements?.isEmpty == true, "\(answer)")
        let round = try #require(answer["rounds"]?.elements?.first)
        #expect(round["asked"]?.elements?.first?.text?.hasPrefix("mixing: relaxed(temperature: ") == true, "\(round)")
        #expect(round["first_input"]?["shard"]?.integer == 0)
        #expect(round["first_input"]?["what"]?.elements == [.string("mixture")])
        let found = try #require(round["first_contribution"])
        // The stem is the first tensor of the layout, and everything behind it parts its gradient.
        #expect(found["shard"]?.integer == 0 && found["first"]?["tensor"]?.text == "stem.0.weight", "\(found)")
        #expect(found["first"]?["index"]?.elements?.count == 4)
        #expect(round["differing_shards"]?.integer == 5)
        #expect(answer["confirmed"] == .object(["first": .bool(true), "second": .bool(true)]), "\(answer)")
        let operators = try recomputed(programs, "second", ["--kernels", "operators"])
        #expect(operators.status == .exited(76), "\(operators.notes)")
        #expect(operators.notes.contains("this machine is of another kind than the workers of"), "\(operators.notes)")
    }

    @Test("Another learning rate: shards read and give the same, and what differs is how the step is taken")
    func learningRate() throws {
        let programs = try Programs()
        try search(programs, "first")
        try search(programs, "second", ["--learning_rate_min", "0.01"])
        let outcome = try recomputed(programs, "second")
        #expect(outcome.status == .exited(1), "\(outcome.notes)")
        for part in [
            "they part in step 3; they differ in training.learning_rate_min", "it is a step of epoch 1",
            "the weights part, alpha does not",
            "before step 3 both have the same state", "round 0: all 5 shards contribute the same bits",
            "the shards contribute the same: what differs is how the step is taken",
            "weights: 'stem.0.weight' [0, 0, 0, 0]: ",
            "the second's journal of step 3 is confirmed",
        ] {
            #expect(outcome.output.contains(part), "\(part): \(outcome.output)")
        }
    }

    @Test(
        "A weight that changed in a checkpoint: its tensor, index and values before the step, and whose journal is confirmed"
    )
    func changedWeight() throws {
        let programs = try Programs()
        try search(programs, "first")
        copy("first", as: "second", programs)
        let (before, after) = try changeWeight("second", programs)
        let resumed = try programs.run(
            "snas", ["resume", "\(programs.folder)/second", "--workers", "1", "--threads", "2"])
        #expect(resumed.status == .exited(0), "\(resumed.notes)")
        let outcome = try recomputed(programs, "second")
        #expect(outcome.status == .exited(1), "\(outcome.notes)")
        for part in [
            "the second, from checkpoint step-0000000003-epoch-0000000001: what is after step 2 is not what its journal has",
            "before step 3 their states differ",
            "weights: 'classifier.bias' [9]: \(before) against \(after) (1 value of 1 tensor differs)",
            "round 0: all 5 shards read the same images, mixtures and masks",
            "round 0, shard 0 is the first whose contribution differs (5 of 5 do)",
            "the first's journal of step 3 is confirmed", "the second's journal of step 3 is confirmed",
        ] {
            #expect(outcome.output.contains(part), "\(part): \(outcome.output)")
        }
    }

    @Test(
        "Of two answers to one question this machine says which it confirms; where the state is right the journal alone was changed"
    )
    func oneQuestion() throws {
        let programs = try Programs()
        try search(programs, "first")
        copy("first", as: "second", programs)
        #expect(try recomputed(programs, "second").output.contains("no step parts: nothing was computed again"))
        var journal = programs.text("second/journal.jsonl").split(separator: "\n").map(String.init)
        let digest = try #require(journal[3].firstMatch(of: /"weights":"(\w{32})"/)?.1)
        journal[3] = journal[3].replacing(digest, with: String(digest.reversed()))
        try FileSystem.writeFile(
            "\(programs.folder)/second/journal.jsonl", Array((journal.joined(separator: "\n") + "\n").utf8))
        let outcome = try recomputed(programs, "second")
        #expect(outcome.status == .exited(1), "\(outcome.notes)")
        for part in [
            "both were asked the same, and one answer is right: this machine's is",
            "the first's journal of step 3 is confirmed: this machine computes the same",
            "the second's journal of step 3 is not what this machine computes",
            "the same: its journal alone is damaged",
        ] {
            #expect(outcome.output.contains(part), "\(part): \(outcome.output)")
        }
        #expect(!outcome.output.contains("the first left after it"), "\(outcome.output)")
    }

    // MARK: A weight that changed

    /// Changes the last value of the classifier's bias in the checkpoint that ends the first epoch, as a bit of memory might, with
    /// digests that are right; the run is cut there, to be resumed.
    ///
    /// - Returns: the value before and after.
    private func changeWeight(_ name: String, _ programs: Programs) throws -> (Float, Float) {
        let run = "\(programs.folder)/\(name)"
        let checkpoint = "step-0000000003-epoch-0000000001"
        for other in try FileSystem.list("\(run)/checkpoints") where other != checkpoint {
            try FileSystem.removeTree("\(run)/checkpoints/\(other)")
        }
        for result in ["weights.safetensors", "genotype.json", "genotype.txt"] {
            try FileSystem.removeTree("\(run)/\(result)")
        }
        let journal = programs.text("\(name)/journal.jsonl").split(separator: "\n").prefix(3)
        try FileSystem.writeFile("\(run)/journal.jsonl", Array((journal.joined(separator: "\n") + "\n").utf8))
        let folder = "\(run)/checkpoints/\(checkpoint)"
        let bytes = try FileSystem.readFile("\(folder)/state.safetensors", limitBytes: 1 << 26)
        var tensors = try SafetensorsFile.parse(bytes, source: "state").tensors
        let place = try #require(tensors.firstIndex { $0.name == "weights" })
        var weights = tensors[place].values
        let before = try #require(weights.last)
        weights[weights.count - 1] = before + 0.5
        tensors[place] = .init(name: "weights", shape: tensors[place].shape, values: weights)
        let changed = SafetensorsFile(tensors: tensors).serialized()
        try FileSystem.writeFile("\(folder)/state.safetensors", changed)
        var fingerprint = SHA256Stream()
        for name in ["alphas_normal", "alphas_reduce", "weights", "running_statistics"] {
            let values = try #require(tensors.first { $0.name == name }?.values)
            fingerprint.update(LittleEndian.bytes(of: values))
        }
        var state = programs.text("\(name)/checkpoints/\(checkpoint)/state.json")
        for (key, digest) in [("fingerprint", fingerprint.finish()), ("tensors_sha256", SHA256.digest(changed))] {
            let old = try #require(
                state.firstMatch(of: try Regex("\"\(key)\": \"([0-9a-f]{64})\""))?.output[1].substring)
            state = state.replacing(old, with: Hexadecimal.string(digest))
        }
        try FileSystem.writeFile("\(folder)/state.json", Array(state.utf8))
        return (before, before + 0.5)
    }
}
