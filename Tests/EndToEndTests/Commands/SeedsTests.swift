import Formats
import Host
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// `--seeds`: the same search with several seeds, and what is reported of them.
@Suite
struct SeedsTests {
    private static let words = ["--workers", "1", "--threads", "2"] + Programs.small(steps: 20)

    @Test("Three seeds are three searches; the table is theirs, the result is the best one's, and nothing is run twice")
    func series() throws {
        let programs = try Programs()
        let place = ["--run", "\(programs.folder)/series"]
        let single = try programs.run(
            "snas", ["local", "--run", "\(programs.folder)/single"] + Self.words, name: "single")
        // Stopped in its second seed, and repeated.
        let stopped = try programs.start("snas", ["local", "--seeds", "3"] + place + Self.words, name: "stopped")
        #expect(programs.wait(for: "\"step\"", lines: 1, in: "series/seed-3/metrics.jsonl"))
        stopped.send(signal: SIGTERM)
        let early = programs.finish(stopped, name: "stopped")
        #expect(early.status == .exited(ExitCode.temporary.rawValue), "\(early.notes)")
        #expect(early.output.isEmpty && early.notes.contains("go on with the same command and --run"))
        let outcome = try programs.run("snas", ["local", "--seeds", "3"] + place + Self.words, name: "again")
        #expect(outcome.status == .exited(0), "\(outcome.notes)")
        #expect(outcome.notes.contains("seed 2 (1 of 3") && outcome.notes.contains("is finished"))
        let generations = try (2...4).map {
            try FileSystem.list("\(programs.folder)/series/seed-\($0)/generations").count
        }
        #expect(generations == [1, 2, 1])
        let table = try JSONValue.parse(Array(programs.text("series/seeds.json").utf8), source: "seeds.json")
        let rows = try #require(table["seeds"]?.elements)
        #expect(rows.map { $0["seed"]?.integer } == [2, 3, 4])
        #expect(rows[0]["fingerprint"]?.text == single.fingerprint, "a seed of a series is a search like any other")
        #expect(Set(rows.map { $0["fingerprint"]?.text }).count == 3)
        let accuracies = try rows.map { try #require($0["derived_accuracy"]?.number) }
        let best = try #require(rows.first { $0["derived_accuracy"]?.number == accuracies.max() })
        #expect(outcome.fingerprint == best["fingerprint"]?.text && outcome.output.split(separator: "\n").count == 3)
        #expect(table["best_seed"] == best["seed"])
        let mean = try #require(table["mean"]?["derived_accuracy"]?.number)
        #expect(abs(mean - accuracies.reduce(0, +) / 3) < 1e-12)
        for row in rows { #expect((1_370_134...7_974_550).contains(row["parameters"]?.integer ?? 0)) }
        try expectRefusals(programs, place)
    }

    @Test("Of several seeds the cell is kept that is best when it is trained anew on what the searches had")
    func pick() throws {
        let programs = try Programs()
        let series = "\(programs.folder)/series"
        let words = ["local", "--seeds", "3", "--run", series] + Self.words
        let plain = try programs.run("snas", words, name: "plain")
        #expect(plain.status == .exited(0), "\(plain.notes)")
        #expect(plain.notes.contains("two seeds keep the same operation on "))
        let outcome = try programs.run("snas", words + ["--pick"], name: "pick")
        #expect(outcome.status == .exited(0), "\(outcome.notes)")
        #expect(
            outcome.notes.contains("each of the 3 cells is trained from scratch")
                && outcome.notes.contains(" % of one search"))
        let table = try JSONValue.parse(Array(programs.text("series/seeds.json").utf8), source: "seeds.json")
        let rows = try #require(table["seeds"]?.elements)
        let best = try #require(
            rows.max {
                let (one, two) = ($0["picked_accuracy"]?.number ?? -1, $1["picked_accuracy"]?.number ?? -1)
                return one == two ? ($0["picked_loss"]?.number ?? 0) > ($1["picked_loss"]?.number ?? 0) : one < two
            })
        #expect(outcome.fingerprint == best["fingerprint"]?.text && table["best_seed"] == best["seed"])
        // What was trained is a retraining with the search's settings on its gradient images, and is trained once.
        let trained = try programs.text("series/pick.jsonl").split(separator: "\n").map {
            try JSONValue.parse(Array($0.utf8), source: "pick.jsonl")
        }
        #expect(trained.count == 4 && trained[0]["judge_images"]?.integer == 300)
        let retrained = try programs.run(
            "snas",
            [
                "retrain", "--config", "\(series)/seed-2/configuration.yaml", "--genotype",
                try #require(trained[1]["genotype"]?.text), "--seed", "1", "--run", "\(programs.folder)/again",
            ], name: "retrain")
        #expect(retrained.fingerprint == trained[1]["fingerprint"]?.text, "\(retrained.notes)")
        let again = try programs.run("snas", words + ["--pick"], name: "again")
        #expect(again.output == outcome.output && programs.text("series/pick.jsonl").split(separator: "\n").count == 4)
        let unjudged = try programs.run(
            "snas",
            ["local", "--seeds", "2", "--pick", "--run", "\(programs.folder)/unjudged"] + Self.words
                + ["--set", "data.train_portion=1"], name: "unjudged")
        #expect(unjudged.status == .exited(ExitCode.configuration.rawValue), "\(unjudged.notes)")
        #expect(
            unjudged.notes.contains("data.train_portion holds none out")
                && !FileSystem.exists("\(programs.folder)/unjudged"), "refused before the first search")
        let alone = try programs.run("snas", ["local", "--pick"] + Self.words, name: "alone")
        #expect(alone.status == .exited(ExitCode.usage.rawValue) && alone.notes.contains("--pick goes with --seeds N"))
    }

    private func expectRefusals(_ programs: Programs, _ place: [String]) throws {
        func expect(_ words: [String], _ code: ExitCode, _ part: String) throws {
            let outcome = try programs.run("snas", ["local"] + words + Self.words, name: "refused")
            #expect(outcome.status == .exited(code.rawValue) && outcome.notes.contains(part), "\(outcome.notes)")
            #expect(outcome.output.isEmpty)
        }
        try expect(["--seeds", "0"] + place, .usage, "--seeds is '0'; it takes 1 to 1000")
        try expect(
            ["--seeds", "2", "--momentum", "0.8"] + place, .configuration, "was begun with training.momentum = 0.9")
        try expect(["--seeds", "2", "--run", programs.folder], .cannotCreate, "is no folder of seeds")
        try FileSystem.createDirectory("\(programs.folder)/mine/seed-2")
        try FileSystem.writeFile("\(programs.folder)/mine/seed-2/letter.txt", [1])
        try expect(
            ["--seeds", "2", "--run", "\(programs.folder)/mine"], .cannotCreate, "is no run (it holds letter.txt)")
        #expect(FileSystem.exists("\(programs.folder)/mine/seed-2/letter.txt"))
    }

    @Test("What a crash left of a run that was being made is begun again")
    func halfMade() throws {
        let programs = try Programs()
        let seed = "\(programs.folder)/series/seed-2"
        try FileSystem.createDirectory("\(seed)/checkpoints")
        for name in ["lease.json", "identity.tmp"] { try FileSystem.writeFile("\(seed)/\(name)", []) }
        let outcome = try programs.run(
            "snas", ["local", "--seeds", "1", "--run", "\(programs.folder)/series"] + Self.words)
        #expect(outcome.status == .exited(0), "\(outcome.notes)")
        #expect(outcome.notes.contains("mean +- deviation"))
    }
}
