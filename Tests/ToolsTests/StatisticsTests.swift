import Testing
import Tools

@Suite
struct StatisticsTests {
    @Test("Share better counts lower values whole and equal ones half; what is not finite is worst")
    func shareBetter() {
        #expect(ShareBetter.of(3, among: [1, 2, 3, 4]) == 0.625)
        #expect(ShareBetter.of(0, among: [1, 2]) == 0 && ShareBetter.of(9, among: [1, 2]) == 1)
        #expect(ShareBetter.of(.infinity, among: [1, .infinity]) == 0.75)
        let values = [2.0, 1, 1, .infinity, 0.5, 1]
        #expect(ShareBetter.ofEach(values) == values.map { ShareBetter.of($0, among: values) })
        #expect(ShareBetter.ofEach(values)[4] == 1 / 12.0)
    }

    @Test("The best of k of n is place r with the chance C(n-1-r, k-1) / C(n, k)")
    func chances() {
        #expect(BestOfRandom.chances(count: 4, draws: 1) == [0.25, 0.25, 0.25, 0.25])
        // Of four, two are drawn in six ways: 01 02 03, 12 13, 23.
        for (chance, expected) in zip(BestOfRandom.chances(count: 4, draws: 2), [3 / 6.0, 2 / 6.0, 1 / 6.0, 0.0]) {
            #expect(abs(chance - expected) < 1e-15)
        }
        #expect(BestOfRandom.chances(count: 3, draws: 3) == [1, 0, 0])
        let many = BestOfRandom.chances(count: 2254, draws: 4)
        #expect(abs(many.reduce(0, +) - 1) < 1e-12)
        // The expected place of the best of k of n, from 1, is (n + 1) / (k + 1).
        let place = many.enumerated().reduce(0.0) { $0 + Double($1.offset + 1) * $1.element }
        #expect(abs(place - 2255 / 5.0) < 1e-9)
    }

    @Test("Who chooses by the worth itself gets 1 / (k + 1) of the way; by another figure, what that figure knows")
    func expectedWorth() {
        let count = 99
        let worths = ShareBetter.ofEach((0..<count).map { Double($0) })
        let own = BestOfRandom.outcomes(figures: worths, worths: worths, draws: 4).mean
        #expect(abs(own - ((100 / 5.0) - 0.5) / 99) < 1e-12)
        let blind = BestOfRandom.outcomes(figures: worths.map { _ in 1 }, worths: worths, draws: 4).mean
        #expect(abs(blind - 0.5) < 1e-12, "all figures equal: any cell is as likely")
        let wrong = BestOfRandom.outcomes(figures: worths.map { -$0 }, worths: worths, draws: 4).mean
        #expect(abs(own + wrong - 1) < 1e-12)
        // Of 99 the best of 4: place r or better with the chance 1 - C(99 - r, 4) / C(99, 4), over one half from place 16.
        let outcomes = BestOfRandom.outcomes(figures: worths, worths: worths, draws: 4)
        #expect(outcomes.quantile(0.5) == worths[15] && outcomes.quantile(1) == worths[95])
        #expect(outcomes.quantile(0.05) == worths[1], "1 - C(97, 4) / C(99, 4) is 0.079, 1 - C(98, 4) / C(99, 4) 0.040")
        let either = BestOfRandom.Outcomes(
            anyOf: [outcomes, BestOfRandom.outcomes(figures: worths.map { -$0 }, worths: worths, draws: 4)])
        #expect(abs(either.mean - 0.5) < 1e-12)
        // Ties at the front share its chance: of two of 0, 0, 1 the first two are met in any case.
        let tied = BestOfRandom.outcomes(figures: [0, 0, 1], worths: [0, 1, 100], draws: 2).mean
        #expect(abs(tied - 0.5) < 1e-12)
    }

    @Test("Bootstrap bounds of a mean are the normal ones where values are many, and the same at every call")
    func bootstrap() throws {
        #expect(Bootstrap([1]) == nil && Bootstrap([]) == nil)
        let equal = try #require(Bootstrap([0.3, 0.3]))
        #expect(equal.quantile(0) == 0.3 && equal.quantile(1) == 0.3)
        let values = (0..<100).map { Double($0) / 99 }
        let bootstrap = try #require(Bootstrap(values))
        #expect(bootstrap == Bootstrap(values))
        // Deviation of the values 0.2915 (population), so of the mean 0.02915; the 0.9 quantile lies 1.2816 of them up.
        #expect(abs(bootstrap.quantile(0.9) - (0.5 + 1.2816 * 0.02915)) < 0.001)
        #expect(abs(bootstrap.quantile(0.5) - 0.5) < 0.001)
        // Of two values the mean is the lower one, the middle or the upper one, in shares of 1/4, 1/2, 1/4.
        let two = try #require(Bootstrap([0, 1]))
        #expect([0.2, 0.3, 0.7, 0.8].map(two.quantile) == [0, 0.5, 0.5, 1])
    }

    @Test("Kendall's tau-b: 1 for one order, -1 for the opposite, corrected for ties, nil where all are tied")
    func kendall() throws {
        #expect(KendallTau.b([1, 2, 3, 4], [10, 20, 30, 40]) == 1)
        #expect(KendallTau.b([1, 2, 3, 4], [4, 3, 2, 1]) == -1)
        #expect(KendallTau.b([1, 1, 1], [1, 2, 3]) == nil)
        // Five agree, one disagrees of six pairs.
        #expect(abs(try #require(KendallTau.b([1, 2, 3, 4], [1, 3, 2, 4])) - 4 / 6.0) < 1e-15)
        // Pairs untied in the first: 5 of 6, in the second 6; agreeing 5: 5 / sqrt(30).
        #expect(abs(try #require(KendallTau.b([1, 1, 2, 3], [1, 2, 3, 4])) - 5 / 30.0.squareRoot()) < 1e-15)
    }

    @Test("The permutation test counts all deals of small groups and agrees with itself on large ones")
    func permutations() {
        // 1 2 3 against 4 5 6: of 20 deals one is as low, two are as far from zero.
        let small = PermutationTest([1, 2, 3], [4, 5, 6])
        #expect(small.isExact && small.difference == -3)
        #expect(small.chanceOfLower == 0.05 && small.chanceOfFarther == 0.1)
        #expect(PermutationTest([4, 5, 6], [1, 2, 3]).chanceOfLower == 1)
        let equal = PermutationTest([0.1, 0.1], [0.1, 0.1, 0.1])
        #expect(equal.chanceOfLower == 1 && equal.chanceOfFarther == 1)
        let many = (0..<20).map { Double($0 % 7) }
        let large = PermutationTest(many, many.map { $0 + 5 })
        #expect(!large.isExact && large.chanceOfLower < 0.001)
        let alike = PermutationTest(many, many.map { $0 + 1e-9 })
        #expect(abs(alike.chanceOfLower - 0.5) < 0.05)
        #expect(alike == PermutationTest(many, many.map { $0 + 1e-9 }))
    }
}
