import Formats
import Host
import Testing

/// `--search random`: the baseline without a search.
@Suite
struct RandomTests {
    private func draw(_ programs: Programs, _ name: String, _ words: [String]) throws -> Programs.Outcome {
        let place = ["local", "--search", "random", "--run", "\(programs.folder)/\(name)"]
        return try programs.run("snas", place + words, name: name)
    }

    private func parameters(_ programs: Programs, _ name: String) throws -> Int {
        let result = try JSONValue.parse(Array(programs.text("\(name)/genotype.json").utf8), source: "genotype.json")
        return try #require(result["provenance"]?["parameters"]?.integer)
    }

    @Test("A random cell is the seed's alone, has the size that was asked for, and ends with a search's three lines")
    func budgets() throws {
        let programs = try Programs()
        let first = try draw(programs, "first", ["--random_params", "2.8M", "--random_tolerance", "2"])
        #expect(first.status == .exited(0), "\(first.notes)")
        let lines = first.output.split(separator: "\n")
        #expect(lines.count == 3 && lines[0].hasPrefix("genotype = Genotype(normal=[('"))
        #expect(lines[1].hasPrefix("Best-Genotype=Genotype(normal=[('") && first.fingerprint?.count == 64)
        #expect((2_744_000...2_856_000).contains(try parameters(programs, "first")))
        let again = try draw(programs, "again", ["--random_params", "2800k", "--random_tolerance", "2"])
        #expect(again.output == first.output)
        let other = try draw(programs, "other", ["--random_params", "2.8M", "--random_tolerance", "2", "--seed", "3"])
        #expect(other.fingerprint != nil && other.fingerprint != first.fingerprint)
        let free = try draw(programs, "free", [])
        #expect(free.status == .exited(0) && free.fingerprint != first.fingerprint)
        for file in ["genotype.txt", "normal.svg", "reduce.svg", "alphas.safetensors", "configuration.yaml"] {
            #expect((FileSystem.size("\(programs.folder)/free/\(file)") ?? 0) > 100, "\(file)")
        }
    }

    @Test(
        "A random cell of another space is told and sized as that space's; a cell of one is no measure for the other"
    )
    func spaces() throws {
        let programs = try Programs()
        let flags = ["--space", "nas_bench_201", "--layers", "15"]
        let cell = try draw(programs, "staged", flags + ["--random_params", "0.5M", "--random_tolerance", "20"])
        #expect(cell.status == .exited(0) && cell.output.hasPrefix("genotype = |"), "\(cell.notes)")
        #expect((400_000...600_000).contains(try parameters(programs, "staged")))
        #expect(!FileSystem.exists("\(programs.folder)/staged/reduce.svg"))
        let like = try draw(programs, "like", flags + ["--random_like", "\(programs.folder)/staged"])
        #expect(like.status == .exited(0), "\(like.notes)")
        let other = try draw(programs, "other", ["--random_like", "\(programs.folder)/staged"])
        #expect(other.status == .exited(ExitCode.usage.rawValue) && other.notes.contains("stacked in another way"))
        let plan = "\(programs.folder)/plan.yaml"
        try FileSystem.writeAtomically(plan, Array("space:\n  init_channels: 6\n  layers: 4\n".utf8))
        let unfilled = try draw(programs, "unfilled", flags + ["--random_plan", plan])
        #expect(unfilled.status == .exited(ExitCode.configuration.rawValue), "\(unfilled.notes)")
        let pair = try draw(programs, "pair", ["--space", "s2"])
        #expect(pair.status == .exited(0) && !pair.output.contains("none") && !pair.output.contains("pool"))
    }

    @Test("A random cell is matched in the network that is trained: its channels, its cells, its images, its classes")
    func matched() throws {
        let programs = try Programs()
        func size(_ name: String, _ words: [String]) throws -> Int {
            let outcome = try draw(programs, name, words)
            #expect(outcome.status == .exited(0), "\(outcome.notes)")
            return try parameters(programs, name)
        }
        try FileSystem.writeFile(
            "\(programs.folder)/plan.yaml", Array("space:\n  init_channels: 6\n  layers: 3\n".utf8))
        let plan = ["--random_plan", "\(programs.folder)/plan.yaml"]
        let like = try size("like", ["--random_like", "SNAS_mild", "--seed", "5"] + plan)
        let described = try programs.run(
            "snas",
            ["describe", "--genotype", "SNAS_mild", "--init_channels", "6", "--layers", "3", "--json"],
            name: "described")
        let result = try JSONValue.parse(Array(described.output.utf8), source: "described")
        // That is for images of three channels; digits have one, and the stem's 3 x 3 filters give 3 x 6 channels.
        let own = try #require(result["parameters"]?.integer) - 2 * 9 * 18
        #expect(abs(Double(like - own)) <= 0.05 * Double(own), "\(like) of \(own)")
        let drawn = try JSONValue.parse(Array(programs.text("like/genotype.json").utf8), source: "genotype.json")
        let of = drawn["provenance"]?["parameters_of"]
        #expect(of?["channels"]?.integer == 6 && of?["layers"]?.integer == 3)
        #expect(of?["image"]?.elements?.map(\.integer) == [1, 8, 8] && of?["classes"]?.integer == 10)
        // Without the plan the size is that of the papers' network, for a cell as for a number.
        #expect((1_300_000...8_000_000).contains(try size("papers", ["--random_like", "SNAS_mild"])))
    }

    @Test(
        "Sizes that no cell has, methods that are not there and flags that mean nothing are refused, and nothing is left"
    )
    func refusals() throws {
        func expect(_ words: [String], _ code: ExitCode, _ part: String) throws {
            let programs = try Programs()
            let outcome = try programs.run("snas", ["local", "--run", "\(programs.folder)/run"] + words)
            #expect(outcome.status == .exited(code.rawValue) && outcome.notes.contains(part), "\(outcome.notes)")
            #expect(outcome.output.isEmpty && !FileSystem.exists("\(programs.folder)/run"))
        }
        let random = ["--search", "random"]
        try expect(random + ["--random_params", "1M"], .configuration, "random cells has 1000000 weights +- 5.0 %")
        try expect(random + ["--random_params", "many"], .usage, "--random_params is 'many'")
        try expect(random + ["--random_tolerance", "-1"], .usage, "0 to 100 per cent")
        try expect(random + ["--pick"], .usage, "--pick chooses among the cells of searches")
        try expect(random + ["--seeds", "3"], .usage, "--seeds repeats a search")
        try expect(
            random + ["--random_like", "SNAS_mild", "--random_params", "2M"], .usage, "both ask for a size; give one")
        try expect(random + ["--random_like", "SNAS_wild"], .usage, "SNAS_wild")
        try expect(["--random_like", "SNAS_mild"], .usage, "--random_like goes with --search random")
        try expect(random + ["--random_plan", "/nowhere.yaml"], .noInput, "/nowhere.yaml")
        try expect(["--method", "adam"], .usage, "--search is 'adam'; it takes snas, darts, gdas")
        try expect(["--random_params", "2M"], .usage, "--random_params goes with --search random")
    }
}
