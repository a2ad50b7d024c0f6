import Configuration
import Datasets
import Formats
import Host
import SearchSpace
import Testing
import Tools
import Wire

/// Tables of made-up figures.
enum MadeUpTable {
    static let greeting = TrainerGreeting(
        probe: Digest128(high: 1, low: 2), mathTable: Digest128(high: 3, low: 4), processor: "a processor",
        software: "libtorch", trainingImages: 750, judgeImages: 750)

    static func configuration(_ change: (inout SearchConfiguration) -> Void = { _ in }) -> SearchConfiguration {
        var configuration = SearchConfiguration.retraining
        configuration.space.cells.nodes = 1
        configuration.space.layers = 3
        configuration.space.initChannels = 8
        configuration.retrain.auxiliary = false
        change(&configuration)
        return configuration
    }

    static func data() throws -> ImageSet { try RecognisedDataset(at: "digits").loadTraining() }

    static var space: CellSpace {
        CellSpace(configuration().plan(image: ImageShape(channels: 1, height: 8, width: 8), classes: 10))
    }

    static func header(
        cells: Int = 4, _ greeting: TrainerGreeting = greeting, _ change: (inout SearchConfiguration) -> Void = { _ in }
    ) throws -> TruthHeader {
        TruthHeader(
            configuration: configuration(change), data: try data(),
            cells: try TruthCells(of: space, count: cells, seed: 1), greeting: greeting)
    }

    /// - Parameter losses: by seed, then by cell.
    static func table(_ losses: [[Double?]], parameters: [Int]? = nil) throws -> TruthTable {
        let count = losses[0].count
        let cells = try TruthCells(of: space, count: count, seed: 1)
        let rows = losses.enumerated().flatMap { seed, losses in
            losses.enumerated().map { place, loss in
                TruthTable.Row(
                    genotype: cells.genotypes[place], seed: seed + 1, loss: loss, hits: 700,
                    parameters: parameters?[place] ?? 1000, multiplyAdds: 100_000, fingerprint: "f")
            }
        }
        return TruthTable(header: try header(cells: count), rows: rows)
    }

    static func bytes(_ table: TruthTable) -> [UInt8] {
        Array(([table.header.line] + table.rows.map { $0.line(images: 750) }).map { $0 + "\n" }.joined().utf8)
    }
}

@Suite
struct TruthTableTests {
    @Test("A table is read back as it was written, a training that was not finite too")
    func roundTrip() throws {
        let table = try MadeUpTable.table([[0.5, nil, 0.1, 0.25]])
        let bytes = MadeUpTable.bytes(table)
        let (read, wholeBytes) = try #require(try TruthTable.read(bytes, source: "t"))
        #expect(read == table && wholeBytes == bytes.count)
        #expect(String(decoding: bytes, as: UTF8.self).contains("\"seed\":1,\"loss\":null,\"accuracy\":0.93333"))
    }

    @Test("Of a file that was cut off anywhere the whole lines are read, and how many bytes they take")
    func torn() throws {
        let table = try MadeUpTable.table([[0.5, 0.75, 0.1, 0.25]])
        let bytes = MadeUpTable.bytes(table)
        let ends = bytes.indices.filter { bytes[$0] == UInt8(ascii: "\n") }
        for cut in bytes.indices {
            let told = try TruthTable.read(Array(bytes[..<cut]), source: "t")
            let whole = ends.filter { $0 < cut }
            #expect(told?.table.rows.count == (whole.isEmpty ? nil : whole.count - 1))
            #expect(told?.wholeBytes == whole.last.map { $0 + 1 })
        }
    }

    @Test("A damaged line in the middle is named by its number")
    func damaged() throws {
        let table = try MadeUpTable.table([[0.5, 0.75, 0.1, 0.25]])
        let text = String(decoding: MadeUpTable.bytes(table), as: UTF8.self)
        func expectRefusal(_ old: String, _ new: String, saying part: String) {
            do {
                _ = try TruthTable.read(Array(text.replacing(old, with: new).utf8), source: "t")
                Issue.record("'\(new)' was taken")
            } catch { #expect(error.description.contains(part), "\(error)") }
        }
        expectRefusal("\"loss\":0.75,", "", saying: "t, line 3: 'loss' is missing")
        expectRefusal("\"hits\":700", "\"hits\":751", saying: "751 hits of 750 images")
        expectRefusal("snas truth table 1", "snas truth table 2", saying: "this program reads 'snas truth table 1'")
        expectRefusal("\"format\"", "\"form\"", saying: "no truth table")
        expectRefusal("\"chosen\":\"enumerated\"", "\"chosen\":\"guessed\"", saying: "unknown way")
    }

    @Test(
        "Another recipe, data set, choice or machine is told by its first difference; seed, genotype and names are none"
    )
    func differences() throws {
        let table = try MadeUpTable.header()
        #expect(try MadeUpTable.header { $0.run.seed = 99 }.firstDifference(fromTable: table) == nil)
        #expect(try MadeUpTable.header { $0.cluster.minWorkers = 3 }.firstDifference(fromTable: table) == nil)
        #expect(
            !table.recipe.contains { $0.hasPrefix("run.") || $0.hasPrefix("architecture.") || $0.contains("genotype") })
        let rate = try MadeUpTable.header { $0.training.learningRate = 0.1 }
        #expect(
            rate.firstDifference(fromTable: table)
                == .settings(
                    "the table's recipe has training.learning_rate = 0.025, now it is training.learning_rate = 0.1"))
        #expect(try MadeUpTable.header(cells: 5).firstDifference(fromTable: table) != nil)
        let other = TrainerGreeting(
            probe: Digest128(high: 1, low: 3), mathTable: Digest128(high: 3, low: 4), processor: "another",
            software: "libtorch", trainingImages: 750, judgeImages: 750)
        guard case .machine(let words)? = try MadeUpTable.header(other).firstDifference(fromTable: table) else {
            Issue.record("another kind of machine was taken")
            return
        }
        #expect(words.contains("a processor") && words.contains("another"))
        let renamed = TrainerGreeting(
            probe: Digest128(high: 1, low: 2), mathTable: Digest128(high: 3, low: 4), processor: "another",
            software: "a newer libtorch", trainingImages: 750, judgeImages: 750)
        #expect(try MadeUpTable.header(renamed).firstDifference(fromTable: table) == nil)
    }

    @Test("A table of a version that had fewer settings, or more, goes on as long as those have their defaults")
    func otherVersions() throws {
        let line = try MadeUpTable.header().line
        func table(_ old: String, _ new: String) throws -> TruthHeader {
            try TruthHeader(line: Array(line.replacing(old, with: new).utf8), source: "t")
        }
        let fewer = try table("\"retrain.label_smoothing = 0.0\",", "")
        #expect(fewer.recipe.count == (try MadeUpTable.header()).recipe.count - 1)
        #expect(try MadeUpTable.header().firstDifference(fromTable: fewer) == nil)
        let smoothed = try MadeUpTable.header { $0.retrain.labelSmoothing = 0.1 }
        #expect(
            smoothed.firstDifference(fromTable: fewer)
                == .settings(
                    "the table's recipe has retrain.label_smoothing = 0.0, now it is retrain.label_smoothing = 0.1"))
        let more = try table("\"retrain.label", "\"retrain.mixup = 0.2\",\"retrain.label")
        #expect(
            try MadeUpTable.header().firstDifference(fromTable: more)
                == .settings("the table's recipe has retrain.mixup = 0.2, now it is retrain.mixup = unknown"))
    }

    @Test("A sample of a space that is enumerated is the beginning of its whole order; another seed orders otherwise")
    func order() throws {
        let all = try TruthCells(of: MadeUpTable.space, count: nil, seed: 1)
        #expect(all.genotypes.count == 2254 && Set(all.genotypes).count == 2254)
        let some = try TruthCells(of: MadeUpTable.space, count: 100, seed: 1)
        #expect(some.genotypes == Array(all.genotypes.prefix(100)))
        #expect(try TruthCells(of: MadeUpTable.space, count: 100, seed: 2).genotypes != some.genotypes)
        #expect(throws: UserError.self) { try TruthCells(of: MadeUpTable.space, count: 2255, seed: 1) }
    }

    @Test("Of a large space distinct live cells are drawn, and more of them begin with fewer")
    func drawn() throws {
        var configuration = MadeUpTable.configuration()
        configuration.space.cells.nodes = 3
        let space = CellSpace(
            configuration.plan(image: ImageShape(channels: 1, height: 8, width: 8), classes: 10))
        let cells = try TruthCells(of: space, count: 200, seed: 1)
        #expect(cells.choice == .sampled(seed: 1) && Set(cells.genotypes).count == 200)
        #expect(cells.genotypes.allSatisfy { space.isLive($0) && space.canonical($0) == $0 })
        #expect(try TruthCells(of: space, count: 50, seed: 1).genotypes == Array(cells.genotypes.prefix(50)))
        #expect(throws: UserError.self) { try TruthCells(of: space, count: nil, seed: 1) }
    }
}

@Suite
struct TrainingBookTests {
    private func outcome(_ number: Int) -> TrainingOutcome {
        TrainingOutcome(number: number, loss: 1, hits: 1, fingerprint: "", processorSeconds: 1)
    }

    @Test("Outcomes come out in the jobs' order, whatever order they end in, and no more jobs are out than may be")
    func order() throws {
        var book = TrainingQueue(jobCount: 6, openLimit: 2, aheadLimit: 4)
        #expect([book.next(), book.next(), book.next()] == [0, 1, nil])
        #expect(try book.take(outcome(1)).isEmpty)
        #expect([book.next(), book.next()] == [2, nil])
        #expect(try book.take(outcome(2)).isEmpty)
        #expect([book.next(), book.next()] == [3, nil])
        #expect(try book.take(outcome(3)).isEmpty)
        #expect(book.next() == nil, "four are ahead of the first: it has to come before more are begun")
        #expect(try book.take(outcome(0)).map(\.number) == [0, 1, 2, 3])
        #expect([book.next(), book.next(), book.next()] == [4, 5, nil] && !book.isDone)
        #expect(try book.take(outcome(4)).map(\.number) == [4])
        #expect(try book.take(outcome(5)).map(\.number) == [5] && book.isDone)
        #expect(throws: UserError.self) { try book.take(outcome(5)) }
    }

    @Test("What a dead worker had is done again, first of all, and counted for each training")
    func deaths() throws {
        var book = TrainingQueue(jobCount: 3, openLimit: 2, aheadLimit: 4)
        #expect([book.next(), book.next()] == [0, 1])
        #expect(book.giveBack() == 1)
        #expect([book.next(), book.next()] == [0, 1])
        #expect(try book.take(outcome(1)).isEmpty)
        #expect(book.next() == 2)
        #expect(book.giveBack() == 2, "0 twice, 2 once")
        #expect([book.next(), book.next()] == [0, 2])
        #expect(try book.take(outcome(0)).map(\.number) == [0, 1])
        #expect(book.giveBack() == 2, "2 twice; whoever came back is forgotten")
    }
}
