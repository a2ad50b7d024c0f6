import Formats
import Host
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// A derived network trained and tested with real processes: the same promises as a search's.
@Suite(.serialized)
struct RetrainTests {
    /// Two epochs of seven steps on the digits, three cells of eight channels, five shards of eight images.
    private static let small = [
        "retrain", "--genotype", "SNAS_mild", "--init_channels", "8", "--layers", "3", "--epochs", "2", "--batch_size",
        "40", "--shards", "5", "--train_portion", "0.2", "--drop_path_prob", "0.4",
    ]

    private func retrain(_ programs: Programs, _ words: [String], run: String = "run") throws -> String {
        let outcome = try programs.run("snas", Self.small + ["--run", "\(programs.folder)/\(run)"] + words)
        #expect(outcome.status == .exited(0), "\(outcome.notes)")
        #expect(outcome.output.hasPrefix("genotype = Genotype(normal=[('sep_conv_3x3', 0)"))
        return try #require(outcome.fingerprint, "\(outcome.notes)")
    }

    @Test("One worker or two, one thread or two: the same fingerprint; another seed or genotype: another")
    func sameBits() throws {
        let programs = try Programs()
        let reference = try retrain(programs, ["--workers", "1", "--threads", "1"], run: "one")
        #expect(reference.count == 64)
        #expect(try retrain(programs, ["--workers", "2", "--threads", "1"], run: "two") == reference)
        #expect(try retrain(programs, ["--workers", "1", "--threads", "2"], run: "threads") == reference)
        #expect(try retrain(programs, ["--workers", "1", "--seed", "3"], run: "seed") != reference)
        #expect(try retrain(programs, ["--workers", "1", "--pool_batch_norm", "true"], run: "pools") != reference)
    }

    @Test("A retraining whose coordinator was killed goes on to the same bits, each step with one line")
    func killed() throws {
        let programs = try Programs()
        let words = ["--workers", "1", "--threads", "1"]
        let reference = try retrain(programs, words, run: "reference")
        let run = "\(programs.folder)/run"
        let killed = try programs.start(
            "snas", Self.small + words + ["--run", run, "--checkpoint_interval_s", "0"], name: "killed")
        #expect(programs.wait(for: "\"kind\":\"step\"", lines: 5, in: "run/metrics.jsonl"))
        killed.send(signal: SIGKILL)
        _ = killed.wait()
        let early = try programs.run("snas", ["evaluate", "--run", run], name: "early")
        #expect(early.status == .exited(ExitCode.noInput.rawValue))
        #expect(early.notes.contains("has not ended") && early.notes.contains("snas resume"))
        let outcome = try programs.run("snas", ["resume", run, "--workers", "2", "--threads", "1"], name: "resumed")
        #expect(outcome.status == .exited(0), "\(outcome.notes)")
        #expect(outcome.fingerprint == reference, "\(outcome.notes)")
        let lines = programs.text("run/metrics.jsonl").split(separator: "\n")
        #expect(lines.count { $0.contains("\"kind\":\"step\"") } == 14)
        #expect(lines.count { $0.contains("\"kind\":\"epoch\"") } == 2)
    }

    @Test("A retrained network recognises test images; one worker and two count the same, and the run stays as it was")
    func evaluated() throws {
        let programs = try Programs()
        let run = "\(programs.folder)/run"
        let outcome = try programs.run(
            "snas",
            [
                "retrain", "--genotype", "SNAS_mild", "--init_channels", "8", "--layers", "3", "--epochs", "4",
                "--batch_size", "32", "--shards", "2", "--cutout", "false", "--drop_path_prob", "0", "--run", run,
                "--workers", "2", "--threads", "1",
            ])
        #expect(outcome.status == .exited(0), "\(outcome.notes)")
        for file in [
            "weights.safetensors", "network.json", "metrics.jsonl", "log.txt", "curves.svg", "genotype.json",
            "genotype.txt", "normal.svg", "reduce.svg", "configuration.yaml", "journal.jsonl",
        ] { #expect((FileSystem.size("\(run)/\(file)") ?? 0) > 100, "\(file)") }
        let before = try FileSystem.list(run)
        let words = ["evaluate", "--run", run, "--threads", "1", "--json", "--workers"]
        let one = try programs.run("snas", words + ["1"], name: "one")
        let two = try programs.run("snas", words + ["2"], name: "two")
        #expect(one.status == .exited(0), "\(one.notes)")
        #expect(one.output == two.output)
        #expect(try FileSystem.list(run) == before)
        let value = try JSONValue.parse(Array(one.output.utf8), source: "evaluation")
        #expect(value["images"]?.integer == 297 && value["statistics"]?.text == "running")
        let accuracy = try #require(value["top1"]?["accuracy"]?.number)
        #expect(accuracy > 0.8, "\(one.output)")
        let rows = try #require(value["confusion"]?.elements).map { $0.elements?.compactMap(\.integer) ?? [] }
        #expect(rows.count == 10 && rows.joined().reduce(0, +) == 297)
        #expect((0..<10).map { rows[$0][$0] }.reduce(0, +) == value["top1"]?["hits"]?.integer)
        let error = try #require(value["top1"]?["standard_error"]?.number)
        #expect(abs(error - (accuracy * (1 - accuracy) / 297).squareRoot()) < 1e-12)
        let people = try programs.run("snas", ["evaluate", "--run", run, "--workers", "1"], name: "people")
        #expect(people.output.contains("top-1 = ") && people.output.contains("class 9: "))
    }

    @Test(
        "Whoever trains a cell in another network than it was searched in reads so once; in the same one nothing is said"
    )
    func anotherNetwork() throws {
        let programs = try Programs()
        let search = try programs.run(
            "snas", ["local", "--run", "\(programs.folder)/search"] + Programs.small(steps: 1), name: "search")
        #expect(search.status == .exited(0), "\(search.notes)")
        for layers in [3, 4] {
            let outcome = try programs.run(
                "snas",
                [
                    "retrain", "--genotype", "\(programs.folder)/search", "--workers", "1", "--threads", "2",
                    "--init_channels", "4", "--layers", "\(layers)", "--batch_size", "40",
                    "--shards", "5", "--max_steps", "1", "--run", "\(programs.folder)/\(layers)",
                ])
            #expect(outcome.status == .exited(0), "\(outcome.notes)")
            let note = "was searched in 3 cells of 4 channels and is trained in 4 of 4"
            for text in [outcome.notes, programs.text("\(layers)/log.txt")] {
                #expect(text.contains(note) == (layers == 4), "\(text)")
            }
        }
    }

    @Test(
        "Weights that do not fit are named by their tensor; test sets that do not fit, a search and a bare call refused"
    )
    func refusals() throws {
        let programs = try Programs()
        let words = ["--workers", "1", "--threads", "2", "--max_steps", "1"]
        _ = try retrain(programs, words, run: "mild")
        _ = try retrain(programs, words + ["--pool_batch_norm", "true"], run: "pools")
        func expectRefusal(
            _ words: [String], code: ExitCode, saying parts: String..., source: SourceLocation = #_sourceLocation
        ) throws {
            let filled = words.map { $0.replacing("@", with: programs.folder) }
            let outcome = try programs.run("snas", filled, name: "refused")
            #expect(outcome.status == .exited(code.rawValue), "\(outcome.notes)", sourceLocation: source)
            for part in parts { #expect(outcome.notes.contains(part), "\(outcome.notes)", sourceLocation: source) }
            #expect(outcome.output.isEmpty, sourceLocation: source)
        }
        try expectRefusal(
            ["evaluate", "--run", "@/mild", "--weights", "@/pools/weights.safetensors"], code: .data,
            saying: "pools/weights.safetensors", " tensors are not the network's ('cells.",
            "the network's have none (the run was without --pool_batch_norm)")
        try expectRefusal(
            ["evaluate", "--run", "@/pools", "--weights", "@/mild/weights.safetensors"], code: .data,
            saying: " tensors of the network are missing ('cells.",
            "the network's pools have a batch norm, the file's have none")
        try expectRefusal(["evaluate", "--run", "@/mild", "--weights", "@/none"], code: .noInput, saying: "no file")
        try FileSystem.writeFile("\(programs.folder)/data_batch_1.bin", [0])
        try expectRefusal(
            ["evaluate", "--run", "@/mild", "--data", "@"], code: .noInput, saying: "test_batch.bin is missing")
        try FileSystem.writeFile("\(programs.folder)/train.bin", [0])
        try FileSystem.removeTree("\(programs.folder)/data_batch_1.bin")
        try FileSystem.writeFile("\(programs.folder)/test.bin", [UInt8](repeating: 1, count: 3074))
        try expectRefusal(
            ["evaluate", "--run", "@/mild", "--data", "@"], code: .data, saying: "100 classes", "the 10 of digits")
        let search = try programs.run(
            "snas", ["local", "--run", "\(programs.folder)/search"] + Programs.small(steps: 1), name: "search")
        #expect(search.status == .exited(0), "\(search.notes)")
        try expectRefusal(["evaluate", "--run", "@/search"], code: .usage, saying: "is a search", "snas retrain")
        try expectRefusal(["evaluate", "--run", "@/nothing"], code: .noInput, saying: "no run in")
        try expectRefusal(["evaluate"], code: .usage, saying: "--run")
        try expectRefusal(["retrain", "--run", "@/new"], code: .usage, saying: "--genotype")
        try expectRefusal(["retrain", "--genotype", "DARTS_V2", "--temp", "2"], code: .usage, saying: "--temp")
        try expectRefusal(
            ["local", "--set", "retrain.genotype=DARTS_V2", "--run", "@/new"], code: .usage, saying: "snas retrain")
        try expectRefusal(
            ["retrain", "--genotype", "DARTS_V2", "--cutout_length", "16", "--run", "@/new"], code: .configuration,
            saying: "cuts everything")
        #expect(!FileSystem.exists("\(programs.folder)/new"))
    }
}
