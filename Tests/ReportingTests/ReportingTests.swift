import Formats
import Reporting
import SearchSpace
import Testing

@Suite
struct PicturesTests {
    private func count(_ part: String, in text: String) -> Int { text.ranges(of: part).count }

    @Test("A cell's picture names every operation that is kept as often as it is kept, and every node")
    func cell() {
        let space = SearchSpace.darts()
        var alpha = EdgeTable<Float>(space.shape, repeating: 0)
        for edge in 0..<14 { alpha[.normal, edge, edge < 3 ? .sepConv5x5 : .skipConnect] = 1 }
        let svg = CellPicture(Genotype.derived(from: alpha, in: space), kind: .normal).svg
        #expect(svg.hasPrefix("<svg") && svg.hasSuffix("</svg>\n"))
        #expect(count("sep_conv_5x5", in: svg) == 3)
        #expect(count("skip_connect", in: svg) == 11)
        #expect(count("<text", in: svg) == count("</text>", in: svg))
        #expect(!svg.contains("nan") && !svg.contains("inf"))
        // The other kind keeps the first operation of equal ones on every edge: nothing.
        let empty = CellPicture(Genotype.derived(from: alpha, in: space), kind: .reduce).svg
        #expect(!empty.contains("sep_conv_5x5"))
    }

    @Test("A cell of five nodes draws each of its edges, two from one node too, and only what is concatenated")
    func fiveNodes() throws {
        let genotype = try #require(KnownGenotypes.named("NASNet"))
        let normal = CellPicture(genotype, kind: .normal).svg
        #expect(count("avg_pool_3x3", in: normal) == 3 && count("concat", in: normal) == 5)
        #expect(count(">node ", in: normal) == 5)
        // A line and its arrow head for each edge and each concatenated node.
        #expect(count("<path", in: normal) == 2 * (10 + 5))
        let reduce = CellPicture(genotype, kind: .reduce).svg
        #expect(count("sep_conv_7x7", in: reduce) == 2 && count("concat", in: reduce) == 3)
        #expect(count("<path", in: reduce) == 2 * (10 + 3))
    }

    @Test("Curves leave gaps where no value is, and a flat or empty one is drawn")
    func curves() throws {
        let svg = CurvePicture.svg([
            .init("accuracy", [0.1, nil, 0.5, .nan]), .init("flat", [1, 1]), .init("empty", [Double?]()),
        ])
        #expect(count("<polyline", in: svg) == 3)
        let points = try #require(svg.split(separator: "points=\"").dropFirst().first?.prefix { $0 != "\"" })
        #expect(points.split(separator: " ").count == 2)
        #expect(!svg.contains("nan") && !svg.contains("inf"))
    }

    @Test("Titles and names may hold what XML reserves, in curves and in distributions")
    func reserved() {
        let curves = CurvePicture.svg([
            .init("a < b & c", [.init(name: "<soft>", values: [0, 1]), .init(name: "&", values: [1, 0])])
        ])
        let escaped = [">a &lt; b &amp; c</text>", ">&lt;soft&gt;</text>", ">&amp;</text>"]
        for text in escaped { #expect(count(text, in: curves) == 1, "\(text)") }
        let distribution = DistributionPicture(
            title: "a < b & c", values: [1, 2], marks: [.init("<soft>", 1.5, .found)]
        ).svg
        #expect(count(escaped[0], in: distribution) == 1 && count(">&lt;soft&gt;: 1.5000", in: distribution) == 1)
    }

    @Test("Curves of one panel share its scale, and a legend names each in its colour")
    func panel() throws {
        let svg = CurvePicture.svg([
            .init("accuracy", [.init(name: "soft", values: [0, 1]), .init(name: "hard", values: [0.5, 0.5])])
        ])
        let lines = svg.split(separator: "\n")
        let curves = lines.filter { $0.hasPrefix("<polyline") }
        try #require(curves.count == 2)
        // The upper edge of the frame is 1, its middle 0.5.
        #expect(curves[0].contains("70.0,168.0 620.0,48.0"))
        #expect(curves[1].contains("70.0,108.0 620.0,108.0"))
        for name in ["soft", "hard"] { #expect(count(">\(name)</text>", in: svg) == 1) }
        let colours = curves.compactMap { $0.split(separator: "stroke=\"").last?.prefix { $0 != "\"" } }
        #expect(Set(colours).count == 2 && lines.contains { $0.contains("fill=\"\(colours[1])\">hard") })
    }
}

@Suite
struct ProgressTests {
    private let snapshot = ProgressSnapshot(
        epoch: 1, epochs: 20, step: 30, steps: 120, loss: 1.25, heldOut: [.init("soft", 0.5), .init("derived", 0.4)],
        workers: 1,
        imagesPerSecond: 99.6, secondsLeft: 3700)

    @Test("A line says epoch, step, loss, accuracies, workers, images/s and the time left")
    func text() {
        #expect(
            snapshot.text
                == "epoch 2/20, step 30/120, loss 1.2500, 1 worker, 100 images/s, soft 50.0 %, derived 40.0 %, 1 h 1 min left"
        )
    }

    @Test("An evaluation says what it looks at and how far it has come, in the log and in the status")
    func evaluation() throws {
        let evaluation = EvaluationSnapshot(
            subject: "soft sample, draw 2 of 4", epoch: 2, round: 4, rounds: 20, shardsDone: 120, shards: 391)
        let text = "evaluating epoch 3: soft sample, draw 2 of 4, round 4 of 20, 120 of 391 shards"
        #expect(evaluation.text == text && evaluation.line.text == text)
        func lines(epoch: Int) -> [String] {
            let status = JSONValue.object([
                "state": .string("running"),
                "evaluation": .object([
                    "epoch": .integer(epoch), "subject": .string("soft sample, draw 2 of 4"), "round": .integer(4),
                    "rounds": .integer(20), "shards_done": .integer(120), "shards": .integer(391),
                ]),
            ])
            return StatusTable(status, ageSeconds: 1).lines
        }
        #expect(lines(epoch: 3).contains(text))
        // What another program wrote there may be no epoch: nothing is said of it.
        #expect(!lines(epoch: .min).contains { $0.hasPrefix("evaluating") })
    }

    @Test("A terminal gets a bar in one line that fits; elsewhere plain lines come at most every 30 seconds")
    func view() throws {
        var terminal = ProgressView(isTerminal: true, columns: 50)
        let shown = terminal.show(snapshot, at: .zero)
        let bar = try #require(shown)
        #expect(bar.contains("[#####...............]") && !bar.contains("\n"))
        #expect(bar.drop { $0 != "[" }.count <= 50 + 3)
        var plain = ProgressView(isTerminal: false, columns: 50)
        #expect(plain.show(snapshot, at: .zero) == snapshot.text + "\n")
        #expect(plain.show(snapshot, at: .seconds(29)) == nil)
        #expect(plain.show(snapshot, at: .seconds(30)) != nil)
        #expect(plain.clearing == "")
    }

    @Test("Decimals round half away from zero and never print minus zero")
    func decimals() {
        #expect(Decimal.text(1.005, 1) == "1.0")
        #expect(Decimal.text(-0.04, 1) == "0.0")
        #expect(Decimal.text(-2.25, 1) == "-2.3")
        #expect(Decimal.text(99.995, 2) == "100.00" || Decimal.text(99.995, 2) == "99.99")
        #expect(Decimal.text(.nan, 2) == "nan")
    }

    @Test("A number of any size is written, a diverged loss with six decimals too")
    func anySize() {
        let cases: [(Double, String)] = [
            (9.3e12, "9300000000000.0"), (-9.3e12, "-9300000000000.0"), (9e12, "9000000000000.000000"),
            (-9e12, "-9000000000000.000000"), (1e300, "1e+300"), (-1e300, "-1e+300"), (.infinity, "inf"),
            (-.infinity, "-inf"), (.nan, "nan"), (2.5, "2.500000"), (-0.0000004, "0.000000"),
        ]
        for (value, text) in cases { #expect(Decimal.text(value, 6) == text) }
        #expect(Decimal.text(1e14, 4) == "100000000000000.0000" && Decimal.text(1e15, 0) == "1000000000000000.0")
        #expect(Decimal.text(0.5, 0) == "1" && Decimal.text(0, 18) == "0.000000000000000000")
    }
}
