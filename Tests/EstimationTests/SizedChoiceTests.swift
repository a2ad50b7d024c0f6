import Estimation
import Randomness
import SearchSpace
import Testing

/// Rows of operations with made-up sizes and scores.
private struct Instance {
    var sizes: EdgeTable<Int>
    var scores: EdgeTable<Double>
    var band: ClosedRange<Int>

    /// - Parameters:
    ///   - largest: of all sizes; small ones coincide often.
    ///   - step: scores are multiples of it, so that many are equal; 0 for none that are.
    init(_ seed: UInt64, largest: UInt32, step: Double) {
        let stream = RandomStream(seed: seed, purpose: .shuffle)
        let widths = (0..<6).map { Int(stream.below(4, $0)) + 2 }
        let shape = EdgeTableShape(candidates: [widths.map { Array(Operation.papers[..<$0]) }, []])
        sizes = EdgeTable(shape, (0..<UInt64(shape.count)).map { Int(stream.below(largest, 100 + $0)) })
        scores = EdgeTable(
            shape,
            (0..<UInt64(shape.count)).map { place in
                let value = stream.normal(1000 + place)
                return step > 0 ? (value / step).rounded() * step : value
            })
        let middle = Int(stream.below(6 * largest, 5000))
        band = middle...middle + Int(stream.below(largest / 2, 5001))
    }

    /// Every choice there is.
    func each(_ visit: (_ columns: [Int], _ total: Int, _ score: Double) -> Void) {
        let rows = sizes.shape.rows
        for number in 0..<rows.reduce(1, { $0 * $1.count }) {
            var (rest, columns, total, score) = (number, [Int](), 0, 0.0)
            for row in rows {
                let entry = row.lowerBound + rest % row.count
                columns.append(rest % row.count)
                rest /= row.count
                total += sizes.entries[entry]
                score += scores.entries[entry]
            }
            visit(columns, total, score)
        }
    }

    func score(_ columns: [Int]) -> Double {
        zip(scores.shape.rows, columns).reduce(0) { $0 + scores.entries[$1.0.lowerBound + $1.1] }
    }

    func total(_ columns: [Int]) -> Int {
        zip(sizes.shape.rows, columns).reduce(0) { $0 + sizes.entries[$1.0.lowerBound + $1.1] }
    }

    /// The largest score in the band; nil where nothing lies in it.
    var best: Double? {
        var best: Double?
        each { _, total, score in if band.contains(total) { best = max(best ?? score, score) } }
        return best
    }
}

@Suite
struct SizedChoiceTests {
    @Test(
        "The best choice in a band is that of trying all: distinct sizes, coinciding ones, equal scores, empty bands",
        arguments: [(UInt32(100_000), 0.0), (40, 0), (100_000, 0.5), (12, 0.5), (40, 10)])
    func bruteForce(largest: UInt32, step: Double) {
        var empty = 0
        for seed in UInt64(1)...60 {
            let instance = Instance(seed, largest: largest, step: step)
            let found = SizedChoice(instance.sizes).best(instance.scores, in: instance.band)
            guard let best = instance.best, let found else {
                #expect(found == nil && instance.best == nil, "seed \(seed)")
                empty += 1
                continue
            }
            #expect(abs(instance.score(found.columns) - best) < 1e-9, "seed \(seed)")
            #expect(found.isProven && instance.band.contains(found.total), "seed \(seed)")
            #expect(found.total == instance.total(found.columns), "seed \(seed)")
            #expect(SizedChoice(instance.sizes).best(instance.scores, in: instance.band) == found, "seed \(seed)")
        }
        #expect(empty < 40)
    }

    @Test("With too few totals kept what is found lies in the band, and only what is the best is called proven")
    func fewTotals() {
        var (proven, unproven, worse) = (0, 0, 0)
        for seed in UInt64(1)...200 {
            let instance = Instance(seed, largest: 100_000, step: 0)
            guard let best = instance.best,
                let found = SizedChoice(instance.sizes, limits: [2]).best(instance.scores, in: instance.band)
            else { continue }
            #expect(instance.band.contains(found.total) && found.total == instance.total(found.columns))
            let isBest = abs(instance.score(found.columns) - best) < 1e-9
            #expect(isBest || !found.isProven, "seed \(seed)")
            proven += found.isProven ? 1 : 0
            unproven += found.isProven ? 0 : 1
            worse += isBest ? 0 : 1
        }
        #expect(proven > 50 && unproven > 10 && worse > 3, "\(proven) \(unproven) \(worse)")
    }

    @Test("The nearest total is that of trying all, and of two that are equally near the smaller")
    func nearest() {
        for seed in UInt64(1)...60 {
            let instance = Instance(seed, largest: seed % 2 == 0 ? 100_000 : 30, step: 0)
            let asked = instance.band.lowerBound
            var nearest = Int.max
            instance.each { _, total, _ in
                if (abs(total - asked), total) < (abs(nearest - asked), nearest) { nearest = total }
            }
            let found = SizedChoice(instance.sizes).nearest(to: asked)
            #expect(found.total == nearest && found.isProven && instance.total(found.columns) == nearest)
        }
        let shape = EdgeTableShape(candidates: [[[.none, .skipConnect]], []])
        #expect(SizedChoice(EdgeTable(shape, [0, 10])).nearest(to: 5).total == 0)
    }

    @Test("A choice that needs no band is taken as it is, of equal scores the first")
    func free() {
        let shape = EdgeTableShape(candidates: [[[.none, .skipConnect], [.none, .skipConnect]], []])
        let choice = SizedChoice(EdgeTable(shape, [3, 1, 4, 1]))
        #expect(choice.best(EdgeTable(shape, [2, 2, 5, 5]), in: 0...10)?.columns == [0, 0])
        #expect(choice.best(EdgeTable(shape, [2, 2, 5, 5]), in: 2...2)?.columns == [1, 1])
        #expect(choice.best(EdgeTable(shape, [2, 2, 5, 5]), in: 3...3) == nil)
    }
}

/// 28 edges of eight operations: the papers' space in the network in which cells are told.
@Suite
struct LargeSizedChoiceTests {
    private static let size = DerivedSize(.target(.darts()))

    /// As a table of measured times is: hardly two sums are equal.
    private static var nanoseconds: EdgeTable<Int> {
        let stream = RandomStream(seed: 3, purpose: .shuffle)
        return EdgeTable(
            size.costs.shape,
            (0..<UInt64(size.costs.shape.count)).map { place in
                place % 8 == 0 ? 0 : 20_000 + Int(stream.below(400_000, place))
            })
    }

    /// - Parameter spread: of alpha; a hundredth is that of a search that begins, 0 that of one whose edges are all undecided.
    private static func alpha(_ seed: UInt64, spread: Double) -> EdgeTable<Double> {
        let stream = RandomStream(seed: seed, purpose: .initialAlpha)
        return EdgeTable(
            size.costs.shape, (0..<UInt64(size.costs.shape.count)).map { 1 + spread * stream.normal($0) })
    }

    @Test(
        "28 edges of eight operations are searched to a proof: no change of one edge or of two betters what is found",
        arguments: [0.0, 0.01, 1, 8])
    func whole(spread: Double) throws {
        let tables = Resource.allCases.map { resource in Self.size.costs.map { $0[resource] } } + [Self.nanoseconds]
        for (number, sizes) in tables.enumerated() {
            let choice = SizedChoice(sizes)
            let scores = Self.alpha(UInt64(number + 1), spread: spread)
            for share in [0.15, 0.3, 0.6] {
                let bounds = choice.bounds
                guard bounds.upperBound > 0 else { continue }
                let asked = share * Double(bounds.upperBound)
                let band = Int(0.98 * asked)...Int(1.02 * asked)
                let found = try #require(choice.best(scores, in: band))
                #expect(found.isProven && band.contains(found.total), "table \(number), spread \(spread)")
                #expect(Self.betterNeighbours(of: found, sizes, scores, band) == 0, "table \(number)")
            }
        }
    }

    /// Choices in the band that differ in one edge or two and score more.
    private static func betterNeighbours(
        of found: SizedChoice.Found, _ sizes: EdgeTable<Int>, _ scores: EdgeTable<Double>, _ band: ClosedRange<Int>
    ) -> Int {
        let rows = sizes.shape.rows
        let chosen = zip(rows, found.columns).map { $0.lowerBound + $1 }
        var better = 0
        for (one, own) in rows.enumerated() {
            for (other, another) in rows.enumerated() where other >= one {
                for first in own {
                    for second in another where other > one || second == first {
                        var (size, score) = (sizes.entries[first] - sizes.entries[chosen[one]], 0.0)
                        score = scores.entries[first] - scores.entries[chosen[one]]
                        if other > one {
                            size += sizes.entries[second] - sizes.entries[chosen[other]]
                            score += scores.entries[second] - scores.entries[chosen[other]]
                        }
                        if score > 1e-9, band.contains(found.total + size) { better += 1 }
                    }
                }
            }
        }
        return better
    }
}
