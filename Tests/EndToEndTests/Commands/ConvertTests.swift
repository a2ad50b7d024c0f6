import Formats
import Host
import Testing

/// `snas convert`, and files with several genotypes, as a user runs them.
@Suite
struct ConvertTests {
    private static let forms = [
        "darts", "snas", "nested", "katib", "aw_nas", "gdas", "nas_bench_201", "vega", "nas_bench_301", "json",
    ]

    private func convert(_ programs: Programs, _ words: String...) throws -> Programs.Outcome {
        try programs.run("snas", ["convert"] + words, name: "convert")
    }

    /// What a command prints that ends well and has nothing to note.
    private func output(_ programs: Programs, _ words: String...) throws -> String {
        let outcome = try programs.run("snas", ["convert"] + words, name: "convert")
        #expect(outcome.status == .exited(0) && outcome.notes.isEmpty, "\(words): \(outcome.notes)")
        return outcome.output
    }

    @Test(
        "A published cell goes into every form of pairs of cells and comes back, through standard output and through files"
    )
    func forms() throws {
        let programs = try Programs()
        let darts = try output(programs, "--genotype", "SNAS_mild", "--to", "darts")
        #expect(
            darts.hasPrefix("Genotype(normal=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ") && darts.hasSuffix(")\n"))
        for form in Self.forms where form != "nas_bench_201" && form != "snas" {
            let text = try output(programs, "--genotype", "SNAS_mild", "--to", form)
            let file = "\(programs.folder)/\(form).txt"
            #expect(try output(programs, "--genotype", "SNAS_mild", "--to", form, "--out", file).isEmpty)
            #expect(programs.text("\(form).txt") == text)
            #expect(try output(programs, "--genotype", file, "--to", "darts") == darts, "\(form): \(text)")
        }
        let all = try output(programs, "--genotype", "SNAS_mild", "--to", "snas")
        #expect(try output(programs, "--genotype", "SNAS_mild_edge_all", "--to", "SNAS") == all)
        let single = "|nor_conv_3x3~0|+|none~0|skip_connect~1|"
        #expect(try output(programs, "--genotype", single, "--to", "nas-bench-201", "--out", "-") == single + "\n")
    }

    @Test(
        "Of a log the last genotype is taken and a note says which; --pick takes another, for every command that takes a cell"
    )
    func picks() throws {
        let programs = try Programs()
        let (first, second) = try (
            output(programs, "--genotype", "DARTS_V1", "--to", "darts"),
            output(programs, "--genotype", "PC-DARTS-image", "--to", "darts")
        )
        let log =
            "11/30 02:15:01 PM gpu device = 0\r\nFIRST = \(first.dropLast())\r\n11/30 02:15:03 PM genotype = \(second)"
        try FileSystem.writeFile("\(programs.folder)/log.txt", Array(log.utf8))
        let file = "\(programs.folder)/log.txt"
        let last = try convert(programs, "--genotype", file, "--to", "darts")
        #expect(last.output == second)
        #expect(
            last.notes
                == "of the 2 genotypes in \(file) number 2 'genotype' in line 3 is taken; --pick NAME or a number takes another\n"
        )
        #expect(try output(programs, "--genotype", file, "--to", "darts", "--pick", "1") == first, "nothing to note")
        let described = try programs.run("snas", ["describe", "--genotype", file, "--pick", "first", "--json"])
        let known = try programs.run("snas", ["describe", "--genotype", "DARTS_V1", "--json"])
        #expect(described.output == known.output && described.status == .exited(0))
        let drawn = try programs.run(
            "snas", ["draw", "--genotype", file, "--pick", "2", "--out", "\(programs.folder)/pictures"])
        #expect(drawn.status == .exited(0) && programs.text("pictures/normal.svg").contains("dil_conv_5x5"))
        let retraining = try programs.run(
            "snas",
            [
                "retrain", "--genotype", file, "--data", "digits", "--init_channels", "2",
                "--layers", "3",
                "--max_steps", "1", "--batch_size", "8", "--shards", "1", "--workers", "1", "--run",
                "\(programs.folder)/run",
            ])
        #expect(retraining.status == .exited(0), "\(retraining.notes)")
        #expect(retraining.output.hasPrefix("genotype = \(second)"))
        #expect(retraining.notes.contains("of the 2 genotypes in \(file) number 2"))
    }

    @Test("json says where a cell came from: of a file its SHA-256, dialect, name and line, of a run what the run says")
    func provenance() throws {
        let programs = try Programs()
        func provenance(_ words: String...) throws -> JSONValue {
            let outcome = try programs.run("snas", ["convert", "--to", "json"] + words, name: "json")
            #expect(outcome.status == .exited(0), "\(outcome.notes)")
            let document = try JSONValue.parse(Array(outcome.output.utf8), source: "json")
            #expect(document["normal"]?.elements?.first?["operation"]?.text != nil)
            return try #require(document["provenance"])
        }
        let known = try provenance("--genotype", "darts")
        #expect(known["source"]?.text == "known" && known["name"]?.text == "DARTS_V2")
        let bytes = Array("\nBEST = |none~0|+|noise~0|none~1|\n".utf8)
        try FileSystem.writeFile("\(programs.folder)/g.py", bytes)
        let file = try provenance("--genotype", "\(programs.folder)/g.py")
        #expect(file["source"]?.text == "\(programs.folder)/g.py" && file["dialect"]?.text == "nas_bench_201")
        #expect(file["sha256"]?.text == Hexadecimal.string(SHA256.digest(bytes)))
        #expect(file["name"]?.text == "BEST" && file["line"]?.integer == 2 && file["number"]?.integer == 1)
        let run = "\(programs.folder)/run"
        let random = try programs.run("snas", ["local", "--search", "random", "--run", run], name: "random")
        #expect(random.status == .exited(0), "\(random.notes)")
        let own = try JSONValue.parse(Array(programs.text("run/genotype.json").utf8), source: "run")
        #expect(own["provenance"]?["seed"]?.integer == 2)
        for path in [run, "\(run)/genotype.json"] {
            #expect(try provenance("--genotype", path) == own["provenance"], "\(path)")
        }
        // The document made of a run's says the same again.
        try FileSystem.writeFile("\(programs.folder)/again.json", Array(programs.text("json.out").utf8))
        #expect(try provenance("--genotype", "\(programs.folder)/again.json") == own["provenance"])
        // The three lines that the run printed, and its folder, are the same cell.
        try FileSystem.writeFile("\(programs.folder)/saved.txt", Array(random.output.utf8))
        let (saved, folder) = try (
            convert(programs, "--genotype", "\(programs.folder)/saved.txt", "--to", "snas"),
            convert(programs, "--genotype", run, "--to", "snas")
        )
        #expect(saved.status == .exited(0) && saved.output == folder.output && saved.notes.contains("'Best-Genotype'"))
    }

    @Test("What cannot be converted ends in one sentence with the evidence and the exit code, and nothing is written")
    func refused() throws {
        let programs = try Programs()
        let cut = "genotype = Genotype(normal=[('none', 0), ('none'"
        try FileSystem.writeFile("\(programs.folder)/cut.txt", Array(cut.utf8))
        try FileSystem.writeFile("\(programs.folder)/several.py", Array("A = |none~0|\nB = |noise~0|\n".utf8))
        try FileSystem.writeFile("\(programs.folder)/empty.txt", [])
        try FileSystem.createDirectory("\(programs.folder)/experiment")
        try FileSystem.writeFile("\(programs.folder)/experiment/log.txt", Array("A = |none~0|\n".utf8))
        let folder = programs.folder
        for (words, code, part) in [
            (
                ["--genotype", "DARTS"], ExitCode.usage,
                "snas convert wants --to with a form: darts, snas, nested, katib"
            ),
            (["--genotype", "DARTS", "--to", "dart"], .usage, "--to is 'dart'; it takes darts, "),
            (["--genotype", "DARTS", "--to", "dart"], .usage, "did you mean 'darts'?"),
            (["--to", "darts"], .usage, "snas convert wants --genotype"),
            (["--to", "darts", "--pick", "1"], .usage, "--pick goes with --genotype"),
            (["--genotype", "DARTS", "--to", "darts", "--pick", "1"], .usage, "'DARTS' is one cell"),
            (["--genotype", "SNAS", "--to", "darts"], .usage, "; cells of SNAS are SNAS_mild, "),
            (["--genotype", "RDARTS", "--to", "darts"], .usage, "no text Genotype(...); known are DARTS_V1, "),
            (
                ["--genotype", "SNAS_aggressive_edge_all", "--to", "darts"], .data,
                "darts cannot express this cell: reduce node 2 has 1 edges that are not none, and two a node are written; json, snas, aw_nas, "
                    + "vega can"
            ),
            (
                ["--genotype", "NASNet", "--to", "nas_bench_301"], .data,
                "its normal cell has 5 nodes and gives on [2, 3, 4, 5, 6]"
            ),
            (["--genotype", "|none~0|", "--to", "darts"], .data, "it is one cell with one input"),
            (
                ["--genotype", "|none~0|+", "--to", "json"], .usage,
                "--genotype: node 2: '|operation~source|...|' expected (line 1, column 10"
            ),
            (
                ["--genotype", "\(folder)/cut.txt", "--to", "json"], .data,
                "cut.txt: ',' or ')' expected (line 1, column 49: the line ends)"
            ),
            (["--genotype", "\(folder)/empty.txt", "--to", "json"], .data, "empty.txt: no genotype in it"),
            (
                ["--genotype", "\(folder)/several.py", "--to", "json", "--pick", "C"], .usage,
                "several.py: there is no genotype 'C'; there are 2, with the names A, B"
            ),
            (["--genotype", "\(folder)/none.txt", "--to", "json"], .noInput, "there is no genotype file"),
            (
                ["--genotype", "\(folder)/experiment", "--to", "json"], .noInput,
                "name the file that holds a genotype, as \(folder)/experiment/log.txt"
            ),
            (
                ["--genotype", "DARTS", "--to", "json", "--out", "\(folder)/no/g.json"], .cannotCreate,
                "there is no folder"
            ),
        ] as [([String], ExitCode, String)] {
            let outcome = try programs.run("snas", ["convert"] + words)
            #expect(outcome.status == .exited(code.rawValue), "\(words): \(outcome.notes)")
            #expect(outcome.output.isEmpty && outcome.notes.contains(part), "\(words): \(outcome.notes)")
            #expect(outcome.notes.split(separator: "\n").count { !$0.hasPrefix("'DARTS' is") } == 1, "\(outcome.notes)")
        }
    }
}
