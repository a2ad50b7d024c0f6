import SearchSpace
import Testing
import Training

/// Published cells are no warning; cells that are nearly all skips, or cut off, are, and so is a held cell that falls.
@Suite
struct TakeoverWatchTests {
    /// By operation codes in edge order: the columns of alpha.
    private func genotype(normal: [Int], reduce: [Int]) -> Genotype {
        func choices(_ codes: [Int]) -> [Genotype.Choice] {
            zip(CellTopology().edges, codes).map { edge, code in
                Genotype.Choice(operation: Operation.papers[code], from: edge.from, to: edge.to)
            }
        }
        return Genotype(
            normal: choices(normal), reduce: choices(reduce), normalConcat: [2, 3, 4, 5], reduceConcat: [2, 3, 4, 5])
    }

    private var mild: Genotype {
        genotype(
            normal: [4, 4, 3, 6, 0, 3, 3, 0, 0, 3, 4, 0, 0, 0], reduce: [1, 1, 0, 1, 3, 0, 1, 3, 0, 1, 0, 7, 0, 0])
    }

    private var moderate: Genotype {
        genotype(
            normal: [7, 3, 4, 3, 0, 3, 3, 0, 0, 4, 7, 0, 0, 0], reduce: [1, 1, 5, 7, 0, 5, 5, 0, 0, 5, 5, 0, 0, 0])
    }

    private var aggressive: Genotype {
        genotype(
            normal: [5, 3, 3, 3, 0, 3, 7, 0, 0, 3, 7, 0, 0, 0], reduce: [5, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    }

    /// Skips on 7 of 8 live edges of the normal cell.
    private var skipped: Genotype {
        genotype(
            normal: [3, 3, 3, 3, 0, 3, 3, 0, 0, 3, 4, 0, 0, 0],
            reduce: moderate.reduce.map { Operation.papers.firstIndex(of: $0.operation) ?? 0 })
    }

    private func history(_ epochs: [(Genotype, Double?)], images: Int = 1000) -> [WatchedEpoch] {
        epochs.enumerated().map { number, epoch in
            WatchedEpoch(
                epoch: number, genotype: epoch.0,
                derived: epoch.1.map { .init(loss: 1, accuracy: $0, images: images) })
        }
    }

    /// One an epoch, by a watch that sees them in order.
    private func judged(_ history: [WatchedEpoch]) -> [TakeoverWatch.Verdict] {
        var watch = TakeoverWatch()
        return history.map { watch.look(at: $0) }
    }

    @Test("The published cells are sound, whatever was before them, as long as accuracy does not fall")
    func published() {
        let verdicts = judged(
            history([(mild, 0.5), (moderate, 0.55), (aggressive, 0.6), (mild, 0.58), (aggressive, nil)]))
        #expect(verdicts.count == 5 && verdicts.allSatisfy { $0.isSound && $0.news.isEmpty })
        // With half of the edges or of the nodes, as in mild and in aggressive's reduction cell, not even then.
        let falling = judged(history([(mild, 0.9), (mild, 0.5), (mild, 0.4), (mild, 0.3)]))
        #expect(falling.allSatisfy { $0.isSound })
    }

    @Test("Skips on over three quarters of the live edges are told once, with the best sound epoch before them")
    func skips() throws {
        let epochs = history([
            (mild, 0.5), (moderate, 0.61), (moderate, 0.61), (mild, 0.55), (skipped, 0.7), (skipped, 0.72), (mild, 0.6),
            (skipped, 0.8),
        ])
        let verdicts = judged(epochs)
        #expect(verdicts.map(\.isSound) == [true, true, true, true, false, false, true, false])
        #expect(verdicts.map(\.news.count) == [0, 0, 0, 0, 1, 0, 0, 0])
        let takeover = try #require(verdicts[4].news.first)
        #expect(takeover.cell == .normal && takeover.cause == .operation(.skipConnect, 7, liveEdges: 8))
        #expect(takeover.epoch.epoch == 4 && takeover.goBackTo?.epoch == 2 && takeover.fellFrom == nil)
        // Every verdict is a function of what came before: a shorter history gives the same.
        for count in 0...epochs.count {
            #expect(judged(Array(epochs.prefix(count))) == Array(verdicts.prefix(count)))
        }
    }

    @Test(
        "A cell that `none` has cut off is told by its dead nodes, not by its edges; from the start there is no way back"
    )
    func dead() throws {
        func verdict(_ reduce: [Int]) -> TakeoverWatch.Verdict? {
            let cell = genotype(
                normal: mild.normal.map { Operation.papers.firstIndex(of: $0.operation) ?? 0 }, reduce: reduce)
            return judged(history([(cell, 0.4)])).first
        }
        // Node 4 gets input 0, node 5 gets node 4: two edges of fourteen, and two nodes of four.
        #expect(verdict([0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 5])?.isSound == true)
        // As many edges, but node 5 gets a dead node.
        let takeover = try #require(verdict([0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 5, 0])?.news.first)
        #expect(takeover.cell == .reduce && takeover.cause == .deadNodes(3, of: 4) && takeover.goBackTo == nil)
        // Nothing at all is no takeover by skips.
        #expect(verdict([Int](repeating: 0, count: 14))?.news.map(\.cause) == [.deadNodes(4, of: 4)])
    }

    @Test(
        "Over half of the edges and an accuracy clearly below its best, twice running: once is chance, and so is little"
    )
    func falls() throws {
        // Aggressive's normal cell: skips on 5 of 8. At 1,000 images two standard errors of 60 % and 50 % are 4.4 points.
        func sound(_ accuracies: [Double?], images: Int = 1000) -> [Bool] {
            judged(history(accuracies.map { (aggressive, $0) }, images: images)).map(\.isSound)
        }
        #expect(sound([0.6, 0.5, 0.6, 0.5, 0.6]) == [true, true, true, true, true])
        #expect(sound([0.6, 0.57, 0.57, 0.56]) == [true, true, true, true])
        #expect(sound([0.6, 0.5, 0.5]) == [true, true, false])
        #expect(sound([0.6, 0.5, nil, 0.5]) == [true, true, true, false])
        #expect(sound([0.6, 0.5, 0.5], images: 100) == [true, true, true])
        let verdicts = judged(
            history([(mild, 0.5), (aggressive, 0.6), (aggressive, 0.5), (aggressive, 0.4)]))
        let takeover = try #require(verdicts[3].news.first)
        #expect(takeover.cause == .operation(.skipConnect, 5, liveEdges: 8))
        #expect(takeover.fellFrom?.epoch == 1 && takeover.goBackTo?.epoch == 1)
    }

    @Test(
        "Any operation that holds three quarters of the live edges is told, pools and convolutions too",
        arguments: 1...7)
    func anyOperation(code: Int) throws {
        let held = [code, code, code, code, 0, code, code, 0, 0, code, code == 1 ? 2 : 1, 0, 0, 0]
        let cell = genotype(
            normal: held, reduce: moderate.reduce.map { Operation.papers.firstIndex(of: $0.operation) ?? 0 })
        let verdict = try #require(judged(history([(mild, 0.5), (cell, 0.6)])).last)
        let takeover = try #require(verdict.news.first)
        #expect(verdict.news.count == 1 && !verdict.isSound && takeover.goBackTo?.epoch == 0)
        #expect(takeover.cause == .operation(Operation.papers[code], 7, liveEdges: 8))
    }

    @Test("Of a cell with fewer than four live edges no operation's share says anything")
    func smallCells() {
        let edges = CellTopology(intermediateNodes: 1).edges.map {
            Genotype.Choice(operation: .sepConv5x5, from: $0.from, to: $0.to)
        }
        let cell = Genotype(normal: edges, reduce: edges, normalConcat: [2], reduceConcat: [2])
        #expect(judged(history([(cell, 0.5)])).allSatisfy { $0.isSound && $0.news.isEmpty })
    }
}
