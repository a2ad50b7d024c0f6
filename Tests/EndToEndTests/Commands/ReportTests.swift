import Formats
import Host
import Testing

/// `snas report`: runs as one HTML file. The page itself is tried in a browser by `deploy/page/test.sh`.
@Suite
struct ReportTests {
    private static let fixtures = "\(FileSystem.parent(of: FileSystem.parent(of: #filePath)))/Fixtures"

    private func copy(_ name: String, _ programs: Programs, as other: String) throws -> String {
        let place = "\(programs.folder)/\(other)"
        try FileSystem.createDirectory(FileSystem.parent(of: place))
        #expect(Tools.run(words: ["cp", "-r", "\(Self.fixtures)/format-1/\(name)", place]))
        return place
    }

    private func runs(in html: String) throws -> [JSONValue] {
        let start = try #require(html.firstRange(of: "id=\"data\">"))
        let end = try #require(html[start.upperBound...].firstRange(of: "</script>"))
        let data = try JSONValue.parse(Array(html[start.upperBound..<end.lowerBound].utf8), source: "page")
        return data["runs"]?.elements ?? []
    }

    @Test("A run gets its page into its folder, the same bytes each time; several, and a folder of seeds, share one")
    func pages() throws {
        let programs = try Programs()
        let search = try copy("search", programs, as: "search")
        let retraining = try copy("retraining", programs, as: "retraining")
        let one = try programs.run("snas", ["report", search])
        #expect(one.status == .exited(0) && one.output == "\(search)/report.html\n", "\(one.notes)")
        let html = programs.text("search/report.html")
        #expect(try runs(in: html).first?["steps"]?["count"] == .integer(3))
        #expect(try programs.run("snas", ["report", search]).status == .exited(0))
        #expect(programs.text("search/report.html") == html)
        let both = try programs.run("snas", ["report", search, retraining, "--out", "\(programs.folder)/both.html"])
        #expect(both.status == .exited(0), "\(both.notes)")
        #expect(
            try runs(in: programs.text("both.html")).compactMap { $0["name"]?.text } == [search, retraining])
        let seeds = "\(programs.folder)/seeds"
        for seed in [10, 9] { _ = try copy("search", programs, as: "seeds/seed-\(seed)") }
        let printed = try programs.run("snas", ["report", seeds, "--out", "-"])
        let names = try runs(in: printed.output).compactMap { $0["name"]?.text }
        #expect(names == ["\(seeds)/seed-9", "\(seeds)/seed-10"])
    }

    @Test("A truth table says where the run's cell stands, without training anything")
    func truth() throws {
        let programs = try Programs()
        let search = try copy("search", programs, as: "search")
        let outcome = try programs.run(
            "snas", ["report", search, "--truth", "\(Self.fixtures)/truth-digits.jsonl"])
        #expect(outcome.status == .exited(0), "\(outcome.notes)")
        let html = programs.text("search/report.html")
        #expect(html.contains("Among 2254 random cells trained from scratch"))
        #expect(html.contains("best of 100 random cells"))
        #expect(!html.contains("not in the table"), "all cells of one node are in it")
    }

    @Test("Damaged metrics cost their lines alone, and are named")
    func damaged() throws {
        let programs = try Programs()
        let search = try copy("search", programs, as: "search")
        let lines = programs.text("search/metrics.jsonl").split(separator: "\n")
        try FileSystem.writeFile("\(search)/metrics.jsonl", Array("\(lines[0])\n{\n\(lines[3])\n".utf8))
        let outcome = try programs.run("snas", ["report", search])
        #expect(outcome.status == .exited(0))
        #expect(outcome.notes == "\(search): metrics.jsonl: 1 damaged line passed over\n")
        let told = try runs(in: programs.text("search/report.html")).first
        #expect(told?["steps"]?["count"] == .integer(1) && told?["epochs"]?.elements?.count == 1)
    }

    @Test("No run, a newer format, a place that cannot be written, too many runs and a bad table are each one sentence")
    func badInput() throws {
        let programs = try Programs()
        let search = try copy("search", programs, as: "search")
        let newer = try copy("search", programs, as: "newer")
        try FileSystem.writeFile("\(newer)/format", Array("9\n".utf8))
        try FileSystem.writeFile("\(programs.folder)/bad.jsonl", Array("{}\n".utf8))
        let cases: [(words: [String], code: ExitCode, part: String)] = [
            ([], .usage, "takes the folders of one run or several"),
            (["@/nowhere"], .noInput, "no run in"),
            ([programs.folder], .noInput, "no run in"),
            (["@/newer"], .protocolMismatch, "has format 9, which a newer snas wrote"),
            ([search, "--out", "@/nowhere/page.html"], .cannotCreate, "there is no folder"),
            ([search, "--out", "@"], .cannotCreate, "is a folder"),
            ([String](repeating: search, count: 13), .usage, "at most 12 runs, these are 13"),
            ([search, "--truth", "@/nowhere.jsonl"], .noInput, "there is no truth table"),
            ([search, "--truth", "@/bad.jsonl"], .data, "no truth table"),
        ]
        for (words, code, part) in cases {
            let given = words.map { $0.replacing("@", with: programs.folder) }
            let outcome = try programs.run("snas", ["report"] + given)
            #expect(outcome.status == .exited(code.rawValue), "\(given): \(outcome.notes)")
            #expect(outcome.notes.contains(part) && outcome.output.isEmpty, "\(given): \(outcome.notes)")
            #expect(outcome.notes.split(separator: "\n").count == 1, "\(outcome.notes)")
        }
        #expect(!FileSystem.exists("\(search)/report.html"))
    }
}
