import Estimation
import SearchSpace
import Testing
import Tools

/// Found cells against random ones of their size, on losses whose answer is known.
@Suite
struct MatchedRivalsTests {
    private func cell(_ loss: Double) throws -> TruthPopulation.Cell {
        try #require(TruthPopulation(try MadeUpTable.table([[loss]]))).cells[0]
    }

    private func group(_ loss: Double, _ rivals: [Double]) throws -> MatchedRivals.Group {
        MatchedRivals.Group(name: "run", found: try cell(loss), rivals: try rivals.map(cell))
    }

    @Test("Each found cell is ranked among its own rivals; two below four others are so by luck once in 15 deals")
    func figures() throws {
        let matched = MatchedRivals([try group(1, [3, 4]), try group(2, [5, 6])])
        #expect(matched.meanShareBetter == 0 && matched.upperBound == 0)
        #expect(matched.test.difference == -3 && matched.test.isExact)
        #expect(abs(matched.test.chanceOfLower - 1 / 15.0) < 1e-12)
        let mixed = MatchedRivals([try group(3, [2, 4]), try group(5, [1, 5])])
        #expect(mixed.groups.map(\.shareBetter) == [0.5, 0.75] && mixed.meanShareBetter == 0.625)
        #expect(MatchedRivals([try group(1, [2])]).upperBound == nil)
    }
}
