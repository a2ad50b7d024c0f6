import Tools
import SearchSpace
import enum SearchSpace.Operation
import Testing

/// How much of a found cell is not the seed, on alphas whose answer is known.
@Suite
struct SeedAgreementTests {
    private static let space = SearchSpace.darts(nodes: 1)

    /// One node: two edges a cell, four rows in all, each with one operation in front by so much.
    private func alpha(_ operations: [Operation], by: Float = 1, lifted: Float = 0) -> EdgeTable<Float> {
        let rows = operations.flatMap { operation in
            Operation.papers.map { lifted + ($0 == operation ? by : 0) }
        }
        return EdgeTable(Self.space.shape, rows)
    }

    @Test("Pairs of three seeds that agree, edge by edge, and what popularity alone would give")
    func agreement() throws {
        let found = try #require(
            SeedAgreement(
                [
                    alpha([.sepConv3x3, .skipConnect, .none, .maxPool3x3]),
                    alpha([.sepConv3x3, .sepConv3x3, .none, .avgPool3x3]),
                    alpha([.sepConv3x3, .skipConnect, .skipConnect, .dilConv3x3]),
                ], in: Self.space))
        #expect(found.edges.map(\.agreement) == [1, 1 / 3.0, 1 / 3.0, 0])
        #expect(found.edges.map(\.kind) == [.normal, .normal, .reduce, .reduce] && found.edges[3].from == 1)
        #expect(found.edges[1].operations == [.skipConnect, .sepConv3x3, .skipConnect])
        #expect(abs(found.mean - 5 / 12.0) < 1e-15)
        // One of the 12 pairs of different edges in each pair of seeds: 0 with 1 (sep), 1 with 2 (skip), 1 with 0 (sep).
        #expect(abs(try #require(found.meanOfOtherEdges) - 3 / 36.0) < 1e-15)
    }

    @Test(
        "Alphas correlate whatever is added to a row, and whatever their scale; opposite ones by -1, flat ones not at all"
    )
    func correlation() throws {
        func correlation(_ first: EdgeTable<Float>, _ second: EdgeTable<Float>) throws -> Double? {
            try #require(SeedAgreement([first, second], in: Self.space)).alphaCorrelation
        }
        let cell: [Operation] = [.sepConv3x3, .none, .skipConnect, .maxPool3x3]
        #expect(abs(try #require(try correlation(alpha(cell), alpha(cell, by: 3, lifted: 7))) - 1) < 1e-12)
        #expect(abs(try #require(try correlation(alpha(cell), alpha(cell, by: -2))) + 1) < 1e-12)
        // Two of four rows are alike; rows with another operation in front have a product of 8 (-1/8 x 7/8) + 6/64 = -1/8 of 7/8.
        let half: [Operation] = [.sepConv3x3, .none, .none, .none]
        #expect(abs(try #require(try correlation(alpha(cell), alpha(half))) - (2 - 2 / 7.0) / 4) < 1e-7)
        #expect(try correlation(alpha(cell), alpha(cell, by: 0)) == nil)
    }

    @Test("One seed agrees with nobody")
    func one() { #expect(SeedAgreement([alpha([.none, .none, .none, .none])], in: Self.space) == nil) }
}
