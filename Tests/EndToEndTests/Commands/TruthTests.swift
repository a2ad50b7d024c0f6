import Formats
import Host
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// `snas truth` with real processes: a table is a function of recipe, data and seeds, as everything here is.
@Suite(.serialized)
struct TruthTests {
    /// Two epochs of a small network, judged on half of the digits.
    private static let recipe = [
        "--nodes", "1", "--init_channels", "4", "--layers", "3", "--epochs", "2", "--batch_size", "40", "--shards", "5",
        "--learning_rate", "0.05", "--cutout", "false", "--auxiliary", "false", "--judge_share", "0.5",
    ]
    private static let cells = ["--cells", "4", "--seeds", "2"]

    private func truth(_ programs: Programs, _ words: [String], table: String = "table.jsonl") throws
        -> Programs.Outcome
    {
        try programs.run("snas", ["truth", "--table", "\(programs.folder)/\(table)"] + words, name: "truth")
    }

    private func make(_ programs: Programs, threads: Int, table: String) throws -> String {
        let outcome = try truth(programs, Self.recipe + Self.cells + ["--threads", "\(threads)"], table: table)
        #expect(outcome.status == .exited(0), "\(outcome.notes)")
        #expect(outcome.output.isEmpty)
        return programs.text(table)
    }

    private func rows(_ text: String) throws -> [JSONValue] {
        try text.split(separator: "\n").map { try JSONValue.parse(Array($0.utf8), source: "table") }
    }

    @Test(
        "One thread or two, at once or cut off anywhere: the same bytes; eight lines in the cells' order, seed after seed"
    )
    func sameBytes() throws {
        let programs = try Programs()
        let reference = try make(programs, threads: 1, table: "one")
        #expect(try make(programs, threads: 2, table: "two") == reference)
        let rows = try rows(reference)
        #expect(rows.count == 9 && rows[0]["format"]?.text == "snas truth table 1")
        #expect(rows[0]["judge_images"]?.integer == 750 && rows[0]["training_images"]?.integer == 750)
        #expect(rows.dropFirst().map { $0["seed"]?.integer } == [1, 1, 1, 1, 2, 2, 2, 2])
        #expect(rows[1...4].map { $0["genotype"] } == rows[5...8].map { $0["genotype"] })
        #expect(Set(rows.dropFirst().compactMap { $0["fingerprint"]?.text }).count == 8)
        let bytes = Array(reference.utf8)
        for cut in [10, bytes.count / 2, bytes.count - 3] {
            try FileSystem.writeFile("\(programs.folder)/cut", Array(bytes[..<cut]))
            #expect(try make(programs, threads: 2, table: "cut") == reference)
        }
    }

    @Test("A training has the fingerprint of a retraining with its settings and seed, in shards of one part")
    func equalsRetraining() throws {
        let programs = try Programs()
        for row in try rows(try make(programs, threads: 2, table: "table")).dropFirst(4).prefix(2) {
            let genotype = try #require(row["genotype"]?.text)
            let seed = try #require(row["seed"]?.integer)
            let run = "\(programs.folder)/retrain-\(seed)"
            let outcome = try programs.run(
                "snas",
                [
                    "retrain", "--genotype", genotype, "--seed", "\(seed)", "--run", run, "--workers", "2", "--threads",
                    "1", "--shard_parts", "1",
                ]
                    + Self.recipe.dropFirst(2), name: "retrain")
            #expect(outcome.fingerprint != nil, "\(outcome.notes)")
            #expect(outcome.fingerprint == row["fingerprint"]?.text)
        }
    }

    @Test("A table whose program was killed, whose worker was killed, or that was stopped goes on to the same bytes")
    func killed() throws {
        let programs = try Programs()
        let reference = try make(programs, threads: 1, table: "reference")
        let words = ["truth", "--table", "\(programs.folder)/table", "--threads", "1"] + Self.recipe + Self.cells
        let killed = try programs.start("snas", words, name: "killed")
        #expect(programs.wait(for: "fingerprint", lines: 2, in: "table"))
        killed.send(signal: SIGKILL)
        _ = killed.wait()
        let stopped = try programs.start("snas", words, name: "stopped")
        #expect(programs.wait(for: "fingerprint", lines: 4, in: "table"))
        stopped.send(signal: SIGTERM)
        let ending = programs.finish(stopped, name: "stopped", within: 60)
        #expect(
            ending.status == .exited(ExitCode.temporary.rawValue) && ending.notes.contains("the same command goes on"))
        // The stopped one may have got further than its fourth line: the new worker has begun when there is one more.
        let done = programs.text("table").split(separator: "\n").count { $0.contains("fingerprint") }
        let parent = try programs.start("snas", words, name: "parent")
        #expect(programs.wait(for: "fingerprint", lines: done + 1, in: "table"))
        let worker = try #require(ProcessFigures.children(of: parent.processIdentifier).first)
        kill(worker, SIGKILL)
        let outcome = programs.finish(parent, name: "parent", within: 300)
        #expect(outcome.status == .exited(0), "\(outcome.notes)")
        #expect(outcome.notes.contains("ended with signal 9; its trainings go to another"))
        #expect(programs.text("table") == reference)
    }

    @Test(
        "Another recipe, another choice of cells, a file that is something else and one that is being written are refused"
    )
    func refusals() throws {
        let programs = try Programs()
        let reference = try make(programs, threads: 2, table: "table.jsonl")
        func expectRefusal(_ words: [String], _ code: ExitCode, _ parts: String...) throws {
            let outcome = try truth(programs, words)
            #expect(outcome.status == .exited(code.rawValue), "\(outcome.notes)")
            for part in parts { #expect(outcome.notes.contains(part), "\(outcome.notes)") }
            #expect(outcome.output.isEmpty)
        }
        try expectRefusal(
            Self.recipe + Self.cells + ["--momentum", "0.8"], .configuration,
            "the table's recipe has training.momentum = 0.9, now it is training.momentum = 0.8")
        try expectRefusal(
            Self.recipe + ["--cells", "5"], .configuration, "the number of cells is 4 in the table, now it is 5")
        try expectRefusal(Self.recipe + Self.cells + ["--cell_seed", "2"], .configuration, "the choice of cells")
        try expectRefusal(Self.recipe + ["--cells", "3000"], .usage, "2254 distinct live cells")
        try expectRefusal(["--nodes", "2"] + Self.recipe.dropFirst(2), .usage, "give --cells N")
        try expectRefusal(Self.recipe + ["--seed", "3"], .usage, "unknown flag --seed")
        try expectRefusal(Self.recipe + ["--k", "3"], .usage, "--k goes with --rank")
        try expectRefusal(["--rank", "SNAS_mild", "--cells", "4"], .usage, "--rank leaves the table as it is")
        try expectRefusal(["--rank", "SNAS_mild", "--epochs", "3"], .configuration, "training.epochs = 2")
        #expect(programs.text("table.jsonl") == reference)
        try FileSystem.writeFile("\(programs.folder)/other", Array("somebody's text".utf8))
        let other = try truth(programs, Self.recipe + Self.cells, table: "other")
        #expect(other.status == .exited(ExitCode.data.rawValue) && programs.text("other") == "somebody's text")
        let held = try AppendedFile("\(programs.folder)/table.jsonl")
        let second = try truth(programs, Self.recipe + Self.cells)
        #expect(second.status == .exited(ExitCode.cannotCreate.rawValue) && second.notes.contains("another process"))
        withExtendedLifetime(held) {}
    }

    @Test("A mistake leaves no table behind: no images that judge, a folder that is not there, no file named")
    func nothingLeft() throws {
        let programs = try Programs()
        let unjudged = try truth(programs, Self.recipe.dropLast() + ["0"] + Self.cells, table: "unjudged")
        #expect(unjudged.status == .exited(ExitCode.configuration.rawValue), "\(unjudged.notes)")
        #expect(unjudged.notes.contains("data.judge_share is too small"))
        #expect(!FileSystem.exists("\(programs.folder)/unjudged"))
        let nowhere = try truth(programs, Self.recipe + Self.cells, table: "nowhere/table")
        #expect(nowhere.status == .exited(ExitCode.cannotCreate.rawValue), "\(nowhere.notes)")
        let unnamed = try programs.run("snas", ["truth"], name: "unnamed")
        #expect(unnamed.status == .exited(ExitCode.usage.rawValue))
        #expect(unnamed.notes.split(separator: "\n").count == 1 && unnamed.notes.contains("--table F"))
    }

    @Test("Found cells are ranked: those of the table by its lines, others trained once and kept beside it")
    func ranks() throws {
        let programs = try Programs()
        let reference = try make(programs, threads: 2, table: "table.jsonl")
        let genotype = try #require(try rows(reference)[2]["genotype"]?.text)
        let words = ["--rank", genotype, "SNAS_mild", "--k", "2", "--json", "--threads", "2"]
        let picture = ["--picture", "\(programs.folder)/picture.svg"]
        let first = try truth(programs, words + picture)
        #expect(first.status == .exited(0), "\(first.notes)")
        #expect(programs.text("picture.svg").contains("SNAS_mild"))
        let kept = programs.text("table.jsonl.found")
        // SNAS_mild and two rivals, with two seeds each, unless a rival is among the table's cells.
        #expect(kept.split(separator: "\n").count <= 7 && kept.contains("\"chosen\":\"given\""))
        let again = try truth(programs, words)
        #expect(again.output == first.output && programs.text("table.jsonl.found") == kept)
        #expect(programs.text("table.jsonl") == reference)
        let value = try JSONValue.parse(Array(first.output.utf8), source: "ranks")
        let found = try #require(value["found"]?.elements)
        let losses = try rows(reference).dropFirst().filter { $0["genotype"]?.text == genotype }.map {
            try #require($0["loss"]?.number)
        }
        #expect(found[0]["losses"]?.elements?.compactMap(\.number) == losses)
        // Itself counts half.
        let share = try #require(found[0]["share_better"]?.number)
        #expect([0.125, 0.375, 0.625, 0.875].contains(share))
        #expect(value["random_draws"]?.integer == 2 && value["training_seeds"]?.integer == 2)
        #expect(value["matched"] == .null)
    }

    @Test(
        "Found cells are compared with random ones of their size, which are trained once; one that has none is refused")
    func matched() throws {
        let programs = try Programs()
        let reference = try make(programs, threads: 2, table: "table.jsonl")
        let genotypes = try rows(reference)[1...2].map { try #require($0["genotype"]?.text) }
        let words = ["--rank"] + genotypes + ["--matched", "3", "--json", "--threads", "2"]
        let first = try truth(programs, words)
        #expect(first.status == .exited(0), "\(first.notes)")
        let value = try JSONValue.parse(Array(first.output.utf8), source: "ranks")
        let matched = try #require(value["matched"])
        let rivals = try #require(matched["rival_losses"]?.elements).map { $0.elements?.compactMap(\.number) ?? [] }
        #expect(rivals.map(\.count) == [3, 3])
        let found = try #require(value["found"]?.elements).compactMap { $0["loss"]?.number }
        let mean = { (values: [Double]) in values.reduce(0, +) / Double(values.count) }
        let difference = try #require(matched["difference_of_losses"]?.number)
        #expect(abs(difference - (mean(found) - mean(rivals.flatMap { $0 }))) < 1e-12)
        #expect((1 / 28.0...1).contains(try #require(matched["p_lower"]?.number)))
        let kept = programs.text("table.jsonl.found")
        #expect(try truth(programs, words).output == first.output && programs.text("table.jsonl.found") == kept)
        let large = try truth(programs, ["--rank", "SNAS_mild", "--matched", "1", "--threads", "2"])
        #expect(large.status == .exited(ExitCode.configuration.rawValue), "\(large.notes)")
        #expect(large.notes.contains("'SNAS_mild' is no cell of the table's space, which has 1 "))
    }

    @Test("A search's run says itself how many trainings it cost")
    func searchCost() throws {
        let programs = try Programs()
        _ = try make(programs, threads: 2, table: "table.jsonl")
        let search = try programs.run(
            "snas",
            ["local", "--workers", "1", "--threads", "2", "--run", "\(programs.folder)/run", "--nodes", "1"]
                + Programs.small(steps: 8), name: "search")
        #expect(search.status == .exited(0), "\(search.notes)")
        let run = "\(programs.folder)/run"
        let outcome = try truth(programs, ["--rank", run, "--one_shot", run])
        #expect(outcome.output.contains("Kendall's tau-b of one-shot accuracy in \(run) with the cells' worth: "))
        let table = try truth(programs, ["--rank", "SNAS_mild", "--one_shot", programs.folder])
        #expect(
            table.status == .exited(ExitCode.noInput.rawValue) && table.notes.contains("weights.safetensors is missing")
        )
        #expect(outcome.status == .exited(0), "\(outcome.notes)")
        #expect(
            outcome.output.contains("trainings cost as much as a search): 320 images trained (x 3)"),
            "\(outcome.output)")
        #expect(outcome.output.contains("best of ") && outcome.output.contains("every edge sep_conv_5x5"))
    }
}
