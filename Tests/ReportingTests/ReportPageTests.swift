import Formats
import Reporting
import Testing

/// The page that shows runs, as text: what is in it, and what cannot get into it.
@Suite
struct ReportPageTests {
    private static let hostile = #"</script><img src=x onerror="alert(1)"><!-- <script> & ' "#

    /// What stands between the first `start` and the `end` behind it.
    private func between(_ start: String, _ end: String, in html: String) throws -> String {
        let opened = try #require(html.firstRange(of: start))
        let closed = try #require(html[opened.upperBound...].firstRange(of: end))
        return String(html[opened.upperBound..<closed.lowerBound])
    }

    private func island(_ html: String) throws -> JSONValue {
        let text = try between(#"<script type="application/json" id="data">"#, "</script>", in: html)
        return try JSONValue.parse(Array(text.utf8), source: "island")
    }

    private func run(named name: String) -> PageRun {
        var run = PageRun(name: name)
        run.warnings = [.init(time: name, level: "warning", message: name)]
        run.settings = [.init(key: "run.seed", value: name, origin: name)]
        run.facts = [.init("host", name)]
        run.remarks = [name]
        run.status = .object(["state": .string("running"), "notes": .array([.string(name)])])
        return run
    }

    @Test("Whatever a name or a note is, it stands in the page as data: no element of its own, and read back as it was")
    func escaping() throws {
        let html = ReportPage([run(named: Self.hostile)]).html
        // The data's end and the script's.
        #expect(html.ranges(of: "</script").count == 2)
        #expect(!html.contains("<img") && !html.contains("<!--"))
        let data = try island(html)
        let told = try #require(data["runs"]?.elements?.first)
        #expect(told["name"]?.text == Self.hostile && told["status"]?["notes"]?.elements == [.string(Self.hostile)])
        #expect(told["warnings"]?.elements?.first?.elements?.last?.text == Self.hostile)
    }

    @Test("The page's policy lets nothing run but its own script, by its digest, and fetches nothing from anywhere")
    func policy() throws {
        let html = ReportPage([run(named: "a")]).html
        let policy = try between("Content-Security-Policy\" content=\"", "\"", in: html)
        let script = try between("</script>\n<script>", "</script>", in: html)
        let style = try between("<style>", "</style>", in: html)
        for (kind, text) in [("script", script), ("style", style)] {
            #expect(text.utf8.count > 1000)
            #expect(policy.contains("\(kind)-src 'sha256-\(Base64.string(SHA256.digest(Array(text.utf8))))'"))
        }
        #expect(policy.hasPrefix("default-src 'none'; "))
        #expect(!policy.contains("unsafe") && !policy.contains("connect-src"))
        for word in ["innerHTML", "insertAdjacentHTML", "eval(", "http://", "https://"] {
            let allowed = word == "http://" ? 1 : 0
            #expect(script.ranges(of: word).count == allowed, "\(word): but for the name of SVG's own elements")
        }
        #expect(!style.contains("url(") && !style.contains("@import"))
        let live = ReportPage.live(run(named: "a")).html
        #expect(live.contains("; connect-src 'self'"))
        #expect(try island(live)["live"] == .bool(true))
    }

    @Test("The same values give the same bytes, one run or several, in their order")
    func deterministic() throws {
        let runs = ["b", "a", "c"].map(run)
        let html = ReportPage(runs).html
        #expect(html == ReportPage(runs).html)
        #expect(try island(html)["runs"]?.elements?.compactMap { $0["name"]?.text } == ["b", "a", "c"])
    }

    // MARK: Steps and epochs

    private func step(_ number: Int, perEpoch: Int, loss: Double) -> JSONValue {
        .object([
            "kind": .string("step"), "step": .integer(number), "epoch": .integer(number / perEpoch),
            "loss": .number(loss), "skipped": .bool(number == 7),
        ])
    }

    private func told(_ steps: PageSteps) throws -> JSONValue {
        var run = PageRun(name: "a")
        run.steps = steps
        return try #require(try island(ReportPage([run]).html)["runs"]?.elements?.first)
    }

    @Test("Few steps stand as they are; of 100,000 there are at most 2,000 points, each the mean of as many steps")
    func thinning() throws {
        var few = PageSteps()
        for number in 0..<6 { few.add(step(number, perEpoch: 4, loss: Double(number))) }
        let all = try #require(try told(few)["steps"])
        #expect(all["every"] == .integer(1) && all["loss"]?.elements == (0..<6).map { .number(Double($0)) })
        #expect(few.perEpoch == 4)
        var many = PageSteps()
        for number in 0..<100_000 { many.add(step(number, perEpoch: 500, loss: Double(number))) }
        #expect(many.count == 100_000 && many.skipped == 1 && many.perEpoch == 500 && many.stepsPerPoint == 64)
        let thinned = try #require(try told(many)["steps"])
        let losses = (thinned["loss"]?.elements ?? []).compactMap(\.number)
        let first = (thinned["step"]?.elements ?? []).compactMap(\.integer)
        #expect((PageSteps.pointLimit / 2...PageSteps.pointLimit).contains(losses.count) && first.count == losses.count)
        try #require(losses.count > 1 && first.count > 1)
        #expect(losses[0] == 31.5 && losses[1] == 95.5 && first[1] == 64)
        // The last point has the 32 steps that are left of 100,000 by 64.
        #expect(losses.last == 99_983.5 && first.last == 99_968)
        #expect(thinned["accuracy"]?.elements?.allSatisfy { $0 == .null } == true, "what steps do not say is null")
    }

    @Test("An epoch's tables become rows of numbers, the operations' names stand once, and what is no epoch is none")
    func epochs() throws {
        let table = JSONValue.object([
            "normal": .array([.object(["none": .number(0.12345678), "max_pool_3x3": .number(0.87654322)])])
        ])
        let line = JSONValue.object([
            "kind": .string("epoch"), "epoch": .integer(3), "entropy": .number(0.1), "probabilities": table,
            "genotype": .string("Genotype"),
        ])
        var run = PageRun(name: "a")
        run.epochs = [try #require(PageEpoch(line))]
        let told = try #require(try island(ReportPage([run]).html)["runs"]?.elements?.first)
        let rows = told["epochs"]?.elements?.first?["probabilities"]?["normal"]?.elements
        #expect(rows == [.array([.number(0.1235), .number(0.8765)])])
        #expect(
            told["operations"]?["normal"]?.elements == [.array([.string("none"), .string("max_pool_3x3")])])
        #expect(told["epochs"]?.elements?.first?["entropy"]?.number == 0.1)
        for other in [JSONValue.null, .object(["kind": .string("epoch")]), step(1, perEpoch: 1, loss: 1)] {
            #expect(PageEpoch(other) == nil)
        }
        let odd = JSONValue.object([
            "kind": .string("epoch"), "epoch": .integer(0), "credits": .string("none"), "probabilities": .array([]),
        ])
        #expect(PageEpoch(odd)?.genotype == nil, "tables of another form are left out")
    }
}
