import Formats
import Host
import Testing

/// `snas measure latency`, and a search that reads what it wrote.
@Suite
struct MeasureTests {
    private static let network = ["--nodes", "2", "--target_channels", "4", "--target_layers", "3"]

    @Test("A measured table has every operation at every place, holds for its machine, and a search is asked by it")
    func tableAndSearch() throws {
        let programs = try Programs()
        let table = "\(programs.folder)/t.json"
        let measured = try programs.run(
            "snas",
            ["measure", "latency", "--data", "digits", "--repeats", "5", "--out", table, "--check", "3", "--json"]
                + Self.network)
        #expect(measured.status == .exited(0), "\(measured.notes)")
        let file = try JSONValue.parse(Array(programs.text("t.json").utf8), source: table)
        // The first cell at 8 x 8, two reductions behind it: 4 channels; 8 halving and not; 16 halving and not.
        let entries = try #require(file["entries"]?.elements)
        #expect(entries.count == 5 * 8)
        for entry in entries {
            let time = try #require(entry["median_ns"]?.integer)
            #expect(entry["operation"]?.text == "none" ? time == 0 : time >= 0)
        }
        let slow = try entries.filter { $0["operation"]?.text == "sep_conv_5x5" }.map {
            try #require($0["median_ns"]?.integer)
        }
        let fixed = try #require(file["fixed"]?["median_ns"]?.integer)
        #expect(fixed > 0 && slow.reduce(0, +) > 0)
        #expect(file["image"]?.elements?.map(\.integer) == [1, 8, 8] && file["host"]?.text == HostInfo.hostName())
        let check = try JSONValue.parse(Array(measured.output.utf8), source: "output")
        #expect(check["networks"]?.elements?.count == 3 && (check["median_ratio"]?.number ?? 0) > 0)

        // One edge of the normal cell is surely cheaper than all of both kinds' dearest operations.
        let target = fixed + slow.reduce(0, +)
        let asked = ["--latency_table", table, "--target_latency", "\(target)ns"] + Self.network
        let search = try programs.run(
            "snas",
            ["local", "--workers", "1", "--threads", "1", "--run", "\(programs.folder)/run"] + Programs.small() + asked)
        #expect(search.status == .exited(0) && search.notes.contains("of latency"), "\(search.notes)")
        #expect(programs.text("run/latency.json") == programs.text("t.json"))
        let digest = Hexadecimal.string(SHA256.digest(Array(programs.text("t.json").utf8)))
        let genotype = try JSONValue.parse(Array(programs.text("run/genotype.json").utf8), source: "genotype.json")
        let budget = try #require(genotype["provenance"]?["budget"])
        #expect(budget["latency_table_sha256"]?.text == digest && budget["asked"]?["latency"]?.integer == target)
        let achieved = try #require(budget["achieved"]?["latency_ns"]?.integer)
        #expect(achieved >= fixed)
        let described = try programs.run(
            "snas",
            [
                "describe", "--genotype", "\(programs.folder)/run", "--image", "run", "--init_channels", "4",
                "--layers",
                "3", "--latency_table", table, "--json",
            ])
        let description = try JSONValue.parse(Array(described.output.utf8), source: "description")
        #expect(description["latency_ns"]?.integer == achieved, "\(described.notes)")

        let random = try programs.run(
            "snas",
            ["local", "--search", "random", "--random_tolerance", "20", "--run", "\(programs.folder)/drawn"] + asked)
        #expect(random.status == .exited(0), "\(random.notes)")
        let drawn = try JSONValue.parse(Array(programs.text("drawn/genotype.json").utf8), source: "genotype.json")
        let latency = try #require(drawn["provenance"]?["latency_ns"]?.integer)
        #expect(abs(latency - target) * 5 <= target && programs.text("drawn/latency.json") == programs.text("t.json"))
    }

    @Test("What cannot be measured or does not fit is refused, and no table and no run is left")
    func refusals() throws {
        let programs = try Programs()
        func expect(_ words: [String], _ code: ExitCode, _ part: String) throws {
            let outcome = try programs.run("snas", words, name: "refused")
            #expect(outcome.status == .exited(code.rawValue) && outcome.notes.contains(part), "\(outcome.notes)")
            let left = try FileSystem.list(programs.folder)
            #expect(left.allSatisfy { $0.hasPrefix("refused") })
        }
        let measure = ["measure", "latency"]
        try expect(measure + ["--repeats", "0"], .usage, "--repeats is '0'; it takes 1 to 10000")
        try expect(measure + ["--json"], .usage, "--json goes with --check N, or --genotype G")
        try expect(measure + ["--table", "/nowhere.json", "--check", "2"], .noInput, "/nowhere.json")
        try expect(measure + ["--out", "/nowhere/t.json"], .cannotCreate, "/nowhere")
        try expect(
            measure + ["--genotype", "SNAS_mild", "--nodes", "2"], .usage, "names a cell that is none of space darts")
        try expect(["measure"], .usage, "snas measure takes latency")
        let run = ["local", "--run", "\(programs.folder)/run"]
        try expect(run + ["--target_latency", "5ms"], .configuration, "nothing says how long operations take")
        try expect(run + ["--latency_table", "/nowhere.json"], .noInput, "/nowhere.json")
    }
}
