import Formats
import Host
import SearchSpace
import Testing
import Tools

@Suite
struct SeedTableTests {
    private static let target = NetworkPlan.target(.darts())

    private func row(
        _ seed: Int, derived: Double?, soft: Double? = 0.5, entropy: Double? = 40, weights: Int = 2_000_000,
        picked: SeedTable.Row.Trained? = nil
    )
        -> SeedTable.Row
    {
        let alpha = EdgeTable<Float>(SearchSpace.darts().shape, repeating: 0)
        return SeedTable.Row(
            seed: seed, run: "runs/seed-\(seed)", genotype: .derived(from: alpha, in: .darts()),
            fingerprint: "f\(seed)", derived: derived, soft: soft, entropy: entropy, weights: weights, alpha: alpha,
            picked: picked)
    }

    @Test("What is in the way of any seed, or of the table, is found before the first search, and nothing is made")
    func places() throws {
        let folder = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
        defer { try? FileSystem.removeTree(folder) }
        func refusal() -> String {
            do { _ = try SeedSeries(in: folder, seeds: [2, 3, 4]) } catch { return error.userSentence }
            return "taken"
        }
        #expect(refusal() == "taken")
        try FileSystem.createDirectory("\(folder)/seed-2")
        #expect(refusal() == "taken", "an empty folder is a fine place for a run")
        try FileSystem.writeFile("\(folder)/seeds.json.tmp", [1])
        #expect(refusal() == "taken", "what a crash left of the table is written over")
        try FileSystem.removeTree("\(folder)/seeds.json.tmp")
        try FileSystem.writeFile("\(folder)/seed-4", [])
        #expect(refusal().contains("'\(folder)/seed-4' is a file; a run needs a folder of its own"))
        try FileSystem.removeTree("\(folder)/seed-4")
        try FileSystem.createDirectory("\(folder)/seed-3/thesis")
        #expect(refusal().contains("'\(folder)/seed-3' exists and is no run (it holds thesis)"))
        try FileSystem.removeTree("\(folder)/seed-3")
        try FileSystem.createDirectory("\(folder)/seeds.json")
        #expect(refusal().contains("'\(folder)/seeds.json' is a folder"))
        #expect(try FileSystem.list(folder) == ["seed-2", "seeds.json"])
    }

    @Test("Mean and sample deviation: n - 1 below the line, no deviation of one value and no mean of none")
    func spread() throws {
        let of = SeedTable.spread([0.90, 0.94, 0.95, 0.97])
        #expect(abs(try #require(of.mean) - 0.94) < 1e-12)
        // Squares 16, 0, 1, 9 of a hundredth's hundredth: 26 / 3.
        #expect(abs(try #require(of.deviation) - 0.01 * (26.0 / 3).squareRoot()) < 1e-12)
        #expect(SeedTable.spread([0.5]).mean == 0.5 && SeedTable.spread([0.5]).deviation == nil)
        #expect(SeedTable.spread([]).mean == nil && SeedTable.spread([]).deviation == nil)
    }

    @Test("The best seed has the best derived network, of equals it is the lower one; seeds without one come last")
    func best() {
        func best(_ rows: [SeedTable.Row]) -> Int { SeedTable(rows: rows, target: Self.target).best.seed }
        #expect(best([row(2, derived: 0.9), row(3, derived: 0.95), row(4, derived: 0.95)]) == 3)
        #expect(best([row(2, derived: nil), row(3, derived: 0.1)]) == 3)
        #expect(best([row(2, derived: nil), row(3, derived: nil)]) == 2)
    }

    @Test(
        "Where cells were trained anew the best is chosen by that: accuracy, of equals the lower loss, then the lower seed"
    )
    func picked() {
        let rows = [row(2, derived: 0.9), row(3, derived: 0.5), row(4, derived: 0.8), row(5, derived: 0.7)]
        let trained = [(0.6, 1.0), (0.7, 0.9), (0.7, 0.8), (0.7, 0.8)].map {
            SeedTable.Row.Trained(accuracy: $0, loss: $1)
        }
        let table = SeedTable(rows: rows, target: Self.target)
        #expect(table.best.seed == 2 && !table.text.contains("trained anew"))
        let picking = table.picking(trained)
        #expect(picking.best.seed == 4)
        #expect(picking.text.contains("trained anew %") && picking.text.contains("of the cell trained from scratch"))
    }

    @Test("The table shows every seed, the mean and the deviation, in words and in a file")
    func forms() throws {
        let table = SeedTable(
            rows: [
                row(2, derived: 0.5, weights: 2_000_000),
                row(3, derived: 0.6, soft: nil, entropy: 42, weights: 3_000_000),
            ], target: Self.target)
        let lines = table.text.split(separator: "\n").map { $0.split(separator: "  ").map { $0.filter { $0 != " " } } }
        #expect(lines[0] == ["seed", "derived%", "softsample%", "entropy", "MweightsatC36L20"])
        #expect(lines[1] == ["2", "50.00", "50.00", "40.00", "2.000"])
        #expect(lines[2] == ["3*", "60.00", "-", "42.00", "3.000"])
        #expect(lines[3] == ["mean+-deviation", "55.00+-7.07", "50.00+--", "41.00+-1.41", "2.500+-0.707"])
        let folder = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
        defer { try? FileSystem.removeTree(folder) }
        try table.write(in: folder)
        let json = try JSONValue.parse(
            try FileSystem.readFile("\(folder)/seeds.json", limitBytes: 1 << 20), source: "seeds.json")
        #expect(json["seeds"]?.elements?.map { $0["seed"]?.integer } == [2, 3])
        #expect(json["seeds"]?.elements?.map { $0["soft_accuracy"]?.number } == [0.5, nil])
        #expect(json["best_seed"]?.integer == 3 && json["mean"]?["parameters"]?.number == 2_500_000)
        #expect(abs(try #require(json["sample_deviation"]?["derived_accuracy"]?.number) - 0.0707106781186) < 1e-9)
    }
}
