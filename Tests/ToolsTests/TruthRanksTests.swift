import Formats
import SearchSpace
import Testing
import Tools

@Suite
struct TruthRanksTests {
    private func cell(_ losses: [Double], parameters: Int = 1000) -> TruthPopulation.Cell {
        let rows = losses.enumerated().map { seed, loss in
            TruthTable.Row(
                genotype: MadeUpTable.space.searchSpace.uniform(.sepConv3x3), seed: seed + 1, loss: loss, hits: 600,
                parameters: parameters, multiplyAdds: 1, fingerprint: "f")
        }
        return TruthPopulation.Cell(rows, images: 750)
    }

    @Test(
        "Seeds that every cell has count; an unfinished one does not, but of an unfinished first seed the cells that are there"
    )
    func population() throws {
        var table = try MadeUpTable.table([[1, 2, 3, 4], [3, 4, 5, 6]])
        let whole = try #require(TruthPopulation(table))
        #expect(whole.seeds == [1, 2] && whole.losses == [2, 3, 4, 5])
        table.rows.removeLast()
        let one = try #require(TruthPopulation(table))
        #expect(one.seeds == [1] && one.losses == [1, 2, 3, 4])
        table.rows.removeLast(5)
        let part = try #require(TruthPopulation(table))
        #expect(part.seeds == [1] && part.losses == [1, 2])
        table.rows = []
        #expect(TruthPopulation(table) == nil)
    }

    @Test("A found cell is ranked by its mean loss over the seeds, among all and among those of its size")
    func ranks() throws {
        let table = try MadeUpTable.table([[1, 2, 3, 4], [1, 2, 3, nil]], parameters: [1000, 1040, 960, 2000])
        let population = try #require(TruthPopulation(table))
        let ranks = TruthRanks(
            found: [
                ("a", cell([2.5, 2.6])), ("b", cell([9, 9], parameters: 2000)),
                ("c", cell([0.5, 0.5], parameters: 500)),
            ],
            rivals: [("r", cell([2, 2]))], draws: nil, in: population)
        #expect(ranks.found.map(\.shareBetter) == [0.5, 0.75, 0], "what is not finite is worse than 9")
        #expect(ranks.found.map(\.ownSizeCount) == [3, 1, 0])
        #expect(ranks.found.map(\.ofOwnSize) == [2 / 3.0, 0, nil])
        #expect(ranks.meanOfOwnSize == nil && ranks.upperBoundOfOwnSize == nil, "one has no cell of its size beside it")
        let sized = TruthRanks(
            found: [("a", cell([2.5, 2.6])), ("b", cell([9, 9], parameters: 2000))], rivals: [], draws: nil,
            in: population)
        #expect(abs((sized.meanOfOwnSize ?? 9) - 1 / 3.0) < 1e-15 && sized.upperBoundOfOwnSize == 2 / 3.0)
        #expect(abs(ranks.mean - 1.25 / 3) < 1e-15 && ranks.median == 0.5)
        #expect(ranks.found[0].sharesBySeed == [0.5, 0.5] && ranks.found[1].sharesBySeed == [1, 0.75])
        #expect(ranks.rivals[0].shareBetter == 0.375 && ranks.found[0].cell.accuracy == 0.8)
        #expect(ranks.bestOfDraws == nil && ranks.upperBound != nil)
        #expect(TruthRanks(found: [("a", cell([1, 1]))], rivals: [], draws: 2, in: population).upperBound == nil)
    }

    @Test("Who chooses by one training is judged by the others: a table whose seeds disagree gives luck")
    func judges() throws {
        let agreeing = try #require(TruthPopulation(try MadeUpTable.table([[1, 2, 3, 4], [10, 20, 30, 40]])))
        // The best of two of four by either: 3/6 of 0.125, 2/6 of 0.375, 1/6 of 0.625.
        #expect(abs(agreeing.bestOfRandom(2).mean - (3 * 0.125 + 2 * 0.375 + 0.625) / 6) < 1e-12)
        #expect(agreeing.bestOfOneTraining(share: 0) == 0.125)
        let opposite = try #require(TruthPopulation(try MadeUpTable.table([[1, 2, 3, 4], [4, 3, 2, 1]])))
        #expect(abs(opposite.bestOfRandom(2).mean - (3 * 0.875 + 2 * 0.625 + 0.375) / 6) < 1e-12)
        #expect(opposite.bestOfOneTraining(share: 0) == 0.875)
        #expect(opposite.bestOfOneTraining(share: 0.5) == 0.75)
        // Of one seed whoever chooses also judges.
        let alone = try #require(TruthPopulation(try MadeUpTable.table([[1, 2, 3, 4]])))
        #expect(abs(alone.bestOfRandom(2).mean - agreeing.bestOfRandom(2).mean) < 1e-12)
        #expect(alone.bestOfRandom(100).mean == 0.125, "no more than there are")
    }

    @Test("One-shot accuracies agree with a table where they order its cells as the losses do")
    func oneShot() throws {
        let population = try #require(TruthPopulation(try MadeUpTable.table([[1, 2, 3, 4]])))
        #expect(population.agreement(ofAccuracies: [40, 30, 20, 10]) == 1)
        #expect(population.agreement(ofAccuracies: [10, 20, 30, 40]) == -1)
        #expect(population.agreement(ofAccuracies: [7, 7, 7, 7]) == nil)
    }

    @Test("The largest of two random cells is what its size says")
    func largest() throws {
        let table = try MadeUpTable.table([[1, 2, 3, 4]], parameters: [40, 30, 20, 10])
        let population = try #require(TruthPopulation(table))
        #expect(abs(population.largestOfRandom(2).mean - population.bestOfRandom(2).mean) < 1e-12)
        #expect(population.largestOfRandom(4).mean == 0.125)
    }

    @Test("The words hold every figure, and say of one seed that it chooses and judges")
    func words() throws {
        let table = try MadeUpTable.table([[1, 2, 3, 4]])
        let population = try #require(TruthPopulation(table))
        let ranks = TruthRanks(
            found: [("runs/one", cell([2.5])), ("runs/two", cell([0.5]))], rivals: [("every edge sep", cell([2]))],
            draws: 2, in: population)
        let frame = TruthRanks.Frame(path: "t.jsonl", header: table.header, drawsWords: "k = 2, as asked for")
        let lines = ranks.lines(frame)
        #expect(lines[0].contains("4 random cells, 1 training seed, judged on 750 images: loss 1.0000 to 4.0000"))
        #expect(lines.contains { $0.hasPrefix("runs/one") && $0.contains("0.500") && $0.contains("(4 cells)") })
        #expect(lines.contains { $0.hasPrefix("mean of 2") && $0.contains("upper 90 % bound of the mean 0.500") })
        #expect(lines.contains { $0.hasPrefix("mean of 2, each among its own size") && $0.contains("0.250") })
        #expect(lines.contains { $0.hasPrefix("best of 2 random") && $0.contains("optimistic") })
        #expect(lines.last == "k = 2, as asked for" && lines.allSatisfy { !$0.hasSuffix(" ") })
        let value = ranks.json(frame)
        #expect(value["mean"]?.number == 0.25 && value["found"]?.elements?.count == 2)
        #expect(value["best_of_one_training"] == .null)
        let picture = ranks.picture(frame)
        #expect(
            picture.hasPrefix("<svg") && picture.hasSuffix("</svg>\n") && picture.contains("runs/one: 2.5000, 50.0 %"))
    }
}
