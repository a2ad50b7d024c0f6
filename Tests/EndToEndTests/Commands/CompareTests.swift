import Formats
import Host
import Testing

/// `snas compare` with real processes, on the tests' table of all cells of one node.
@Suite(.serialized)
struct CompareTests {
    private static let table =
        FileSystem.parent(of: FileSystem.parent(of: #filePath)) + "/Fixtures/truth-digits.jsonl"
    private static let settings = [
        "--init_channels", "4", "--layers", "3", "--batch_size", "40", "--shards", "5", "--epochs", "2",
        "--train_portion", "0.8", "--warmup", "0.5", "--every_epochs", "1000", "--recalibration_images", "128",
        "--children", "2", "--reward_images", "10", "--seeds", "2",
    ]

    private func compare(_ programs: Programs, _ words: [String], table: String = table) throws -> Programs.Outcome {
        try programs.run(
            "snas", ["compare", "--table", table, "--run", "\(programs.folder)/runs"] + words + Self.settings,
            name: "compare")
    }

    @Test("Methods get epochs of equal cost, each cell a rank in the table; the same command says the same again")
    func ranks() throws {
        let programs = try Programs()
        let words = ["--search", "snas,enas", "--json", "--picture", "\(programs.folder)/ranks.svg"]
        let outcome = try compare(programs, words)
        #expect(outcome.status == .exited(0), "\(outcome.notes)")
        let value = try JSONValue.parse(Array(outcome.output.utf8), source: "compare")
        let methods = try #require(value["methods"]?.elements)
        #expect(methods.map { $0["method"]?.text } == ["snas", "enas"] && value["cells"]?.integer == 2254)
        let epochs = methods.compactMap { $0["epochs"]?.integer }
        #expect(epochs[0] == 2 && epochs[1] > 2)
        let work = methods.compactMap { $0["runs"]?.elements }.map { runs in
            runs.compactMap { $0["multiply_adds"]?.number }.reduce(0, +) / Double(runs.count)
        }
        // Counted as drawn: whole epochs of such short searches cannot come nearer.
        #expect(work.count == 2 && abs(work[1] / work[0] - 1) < 0.03 + 1 / Double(2 * epochs[1]), "\(work)")
        for method in methods {
            let shares = try #require(method["share_better"]?.elements).compactMap(\.number)
            #expect(shares.count == 2 && shares.allSatisfy { (0...1).contains($0) })
            #expect(abs((method["mean_share_better"]?.number ?? 2) - (shares[0] + shares[1]) / 2) < 1e-12)
            #expect(method["runs"]?.elements?.first?["derived_accuracy"]?.number != nil)
        }
        #expect(programs.text("ranks.svg").contains(">enas<"))
        let again = try compare(programs, words)
        #expect(again.output == outcome.output, "nothing is searched twice")
    }

    @Test("A table that is not there, an unknown method and a comparison of nothing end with a sentence")
    func refusals() throws {
        let programs = try Programs()
        let missing = try compare(programs, [], table: "\(programs.folder)/none.jsonl")
        #expect(missing.status == .exited(ExitCode.noInput.rawValue), "\(missing.notes)")
        for (list, sentence) in [("snas,nasnet", "it takes some of snas,"), ("random", "name a method beside it")] {
            let outcome = try compare(programs, ["--search", list])
            #expect(outcome.status == .exited(ExitCode.usage.rawValue) && outcome.notes.contains(sentence), "\(list)")
        }
    }
}
