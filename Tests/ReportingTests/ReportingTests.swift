import Formats
import Host
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

    @Test(
        "A terminal gets a bar of whatever width the terminal has then; elsewhere plain lines come at most every 30 seconds"
    )
    func view() throws {
        var terminal = ProgressView(isTerminal: true)
        let shown = [200, 80, 50, 20, 1].enumerated().map { place, columns in
            terminal.show(snapshot, columns: columns, at: .seconds(place))
        }
        #expect(shown[0] == .bar("[#####...............] \(snapshot.text)"))
        #expect(
            shown[1] == .bar("[#####...............] epoch 2/20, step 30/120, loss 1.2500, 1 h 1 min left"))
        #expect(shown[2] == .bar("[#####...............] epoch 2/20, 1 h 1 min left"))
        // Without room for both, what the bar says in words.
        #expect(shown[3] == .bar("epoch 2/20") && shown[4] == .bar(""))
        var plain = ProgressView(isTerminal: false)
        #expect(plain.show(snapshot, columns: 50, at: .zero) == .line(snapshot.text))
        #expect(plain.show(snapshot, columns: 50, at: .seconds(29)) == nil)
        #expect(plain.show(snapshot, columns: 50, at: .seconds(30)) != nil)
    }

    @Test(
        "An evaluation moves the bar by its rounds and shards, and fits every width; without a terminal the log alone tells of it"
    )
    func evaluationBar() throws {
        let evaluation = EvaluationSnapshot(
            subject: "soft sample, draw 2 of 4", epoch: 2, round: 11, rounds: 20, shardsDone: 100, shards: 200)
        var terminal = ProgressView(isTerminal: true)
        #expect(
            terminal.show(evaluation, columns: 80, at: .zero)
                == .bar("[##########..........] evaluating epoch 3, round 11 of 20"))
        for columns in 0...200 {
            guard case .bar(let text)? = terminal.show(evaluation, columns: columns, at: .seconds(columns + 1)) else {
                throw UserError(.internalFault, "no bar at \(columns) columns")
            }
            #expect(text.count <= max(0, columns - 1))
        }
        var plain = ProgressView(isTerminal: false)
        #expect(plain.show(evaluation, columns: 80, at: .zero) == nil)
    }

    @Test(
        "Of what does not fit the least important goes first, of equals the last; what alone is too long is cut or left out"
    )
    func fitted() {
        let parts = [("first", 3), ("second", 1), ("third", 2), ("fourth", 1)].map {
            FittedLine.Part($0.0, importance: $0.1)
        }
        func text(_ columns: Int) -> String { FittedLine.text(parts, separator: " ", columns: columns) }
        #expect(
            text(25) == "first second third fourth" && text(24) == "first second third" && text(17) == "first third")
        #expect(text(10) == "first" && text(4) == "")
        #expect(FittedLine.text(parts, separator: " ", columns: 4, orCut: true) == "firs")
    }

    @Test("The end of a run is told in four lines, with the operation that most edges keep")
    func block() throws {
        let genotype = try #require(KnownGenotypes.named("DARTS_V2"))
        let words = FinalBlock.words(genotype)
        #expect(
            words
                == "normal cell of 5 sep_conv_3x3, 3 others; reduction cell of 5 max_pool_3x3, 3 others"
        )
        let block = FinalBlock(found: words, worth: "97 %", place: "runs/a", next: "snas retrain --genotype runs/a")
        try #require(block.lines.count == 4)
        #expect(block.lines[3] == "next:      snas retrain --genotype runs/a")
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
