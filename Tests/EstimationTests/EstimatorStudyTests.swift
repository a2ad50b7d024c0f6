import Estimation
import SearchSpace
import Testing

/// Estimators of alpha's gradient side by side, on functions in a network's place whose exact gradient is known.
@Suite
struct EstimatorStudyTests {
    /// Two edges of three operations each: nine children.
    private static let shape = EdgeTableShape(
        candidates: [[[.none, .skipConnect, .sepConv3x3], [.none, .skipConnect, .sepConv3x3]], []])
    /// Sixteenths, so that they can be moved a little without rounding.
    private static let alpha = EdgeTable<Float>(shape, [0.3125, -0.75, 1.125, 0.625, 0.1875, -0.5])
    /// Of the child with operation a on the first edge and b on the second.
    private static let losses = [[2.0, 1.5, 1.9], [1.2, 2.4, 1.1], [1.7, 0.9, 2.2]]

    /// A loss with its slopes by Z in a network's place.
    private struct Toy: FrozenNetwork {
        let loss: @Sendable ([Double]) -> Double
        let slopes: @Sendable ([Double]) -> [Double]

        func passes(at mixtures: [EdgeTable<Float>], leavesOut: Bool) -> [FrozenPass] {
            mixtures.map { mixture in
                let z = mixture.entries.map(Double.init)
                let slopes = zip(slopes(z), z).map { leavesOut && $1 == 0 ? 0 : $0 }
                return FrozenPass(loss: loss(z), accuracy: 1 / loss(z), credits: EdgeTable(mixture.shape, slopes))
            }
        }
    }

    /// Sum of Z_a Z_b L_ab: affine in each edge's Z, and L_ab of the child.
    private static let affineLoss = Toy(
        loss: { z in
            var loss = 0.0
            for a in 0..<3 { for b in 0..<3 { loss += z[a] * z[3 + b] * losses[a][b] } }
            return loss
        },
        slopes: { z in
            var slopes = [Double](repeating: 0, count: 6)
            for a in 0..<3 {
                for b in 0..<3 {
                    slopes[a] += z[3 + b] * losses[a][b]
                    slopes[3 + b] += z[a] * losses[a][b]
                }
            }
            return slopes
        })

    /// The square of the first edge's sum of Z_a times a + 1: not affine.
    private static let squaredLoss = Toy(
        loss: { z in
            let sum: Double = z[0] + 2 * z[1] + 3 * z[2]
            return sum * sum
        },
        slopes: { z in
            let sum: Double = z[0] + 2 * z[1] + 3 * z[2]
            let twice = 2 * sum
            return [twice, 2 * twice, 3 * twice, 0, 0, 0]
        })

    private static func table(_ toy: Toy, draws: Int = 4000, seed: UInt64 = 3) throws -> EstimatorTable {
        let children = try #require(ChildSet(shape, atMost: 9))
        return try EstimatorStudy(
            children, alpha: alpha, draws: draws, seed: seed, cost: PassCost(all: 300, child: 100)
        ).table(of: toy)
    }

    private static func row(_ table: EstimatorTable, _ estimator: AlphaEstimator) throws -> EstimatorTable.Row {
        try #require(table.rows.first { $0.estimator == estimator })
    }

    @Test("Rows of 2, 1 and 3 entries have six children, each with its entries and back; more than a limit are refused")
    func children() throws {
        let shape = EdgeTableShape(
            candidates: [[[.none, .skipConnect], [.none]], [[.none, .skipConnect, .sepConv3x3]]])
        let children = try #require(ChildSet(shape, atMost: 6))
        #expect(children.count == 6)
        let entries = [[0, 2, 3], [0, 2, 4], [0, 2, 5], [1, 2, 3], [1, 2, 4], [1, 2, 5]]
        #expect((0..<6).map(children.entries) == entries)
        for number in 0..<6 { #expect(children.number(of: children.entries(of: number)) == number) }
        #expect(children.chosen(4).entries == [0, 1, 1, 0, 1, 0])
        #expect(ChildSet(shape, atMost: 5) == nil && ChildSet(SearchSpace.darts().shape, atMost: .max) == nil)
    }

    @Test("The exact gradient is that of finite differences of the expected loss, and of the expected accuracy")
    func enumeration() throws {
        let children = try #require(ChildSet(Self.shape, atMost: 9))
        let table = try Self.table(Self.affineLoss, draws: 8)
        func values(_ value: (Double) -> Double) -> [Double] { Self.losses.joined().map(value) }
        for (found, values) in [(table.loss, values { $0 }), (table.accuracy, values { 1 / $0 })] {
            for entry in 0..<6 {
                let step: Float = 1.0 / 1024
                let moved = [step, -step].map { move in
                    var alpha = Self.alpha
                    alpha.entries[entry] += move
                    return ChildExpectation(of: values, children, alpha: alpha).mean
                }
                #expect(abs(found.gradient[entry] - (moved[0] - moved[1]) * 512) < 1e-7, "entry \(entry)")
            }
        }
        #expect(abs(table.loss.gradient.reduce(0, +)) < 1e-15, "a constant added to an edge's alpha changes nothing")
    }

    @Test("REINFORCE has no bias whatever the baseline, which lowers its variance; the draws agree with all children")
    func reinforce() throws {
        let table = try Self.table(Self.affineLoss)
        let rows = try [.none, .mean, .leaveOneOut].map { try Self.row(table, .score($0)) }
        for row in rows {
            #expect(row.drawn.bias < 4 * row.drawn.biasError && row.drawn.biasError < 0.3, "\(row)")
            #expect(row.cosineOfMean > 0.98, "\(row)")
            #expect(row.multiplyAdds == 100)
        }
        for row in rows.prefix(2) {
            let exact = try #require(row.exactVariance)
            #expect(try #require(row.exactBias) < 1e-12)
            #expect(abs(row.drawn.variance - exact) < 4 * row.drawn.varianceError, "\(row)")
        }
        #expect(rows[1].drawn.variance < 0.2 * rows[0].drawn.variance)
        #expect(rows[2].drawn.variance < 0.25 * rows[0].drawn.variance)
        #expect(rows[2].exactBias == nil)
    }

    @Test("On a loss that is affine in each edge's Z DSNAS and DARTS are exact, and DSNAS varies as REINFORCE does")
    func affine() throws {
        let table = try Self.table(Self.affineLoss)
        let (dsnas, darts) = (try Self.row(table, .credits), try Self.row(table, .softmax))
        #expect(try #require(dsnas.exactBias) < 1e-12)
        #expect(dsnas.drawn.bias < 4 * dsnas.drawn.biasError)
        // The child's credit is its loss.
        let reinforce = try Self.row(table, .score(.none))
        #expect(abs(try #require(dsnas.exactVariance) - (try #require(reinforce.exactVariance))) < 1e-9)
        #expect(abs(dsnas.variance(atCost: 900) - dsnas.drawn.variance / 3) < 1e-12 && dsnas.multiplyAdds == 300)
        #expect(darts.drawn.bias < 1e-6 && darts.drawn.cosine > 1 - 1e-9)
        #expect(darts.drawn.variance == 0 && darts.draws == 0)
    }

    @Test("On the square of a sum of Z DSNAS' mean is twice the exact gradient: its bias is 1, its direction right")
    func square() throws {
        let dsnas = try Self.row(try Self.table(Self.squaredLoss), .credits)
        #expect(abs(try #require(dsnas.exactBias) - 1) < 1e-12)
        #expect(abs(dsnas.drawn.bias - 1) < 4 * dsnas.drawn.biasError && dsnas.cosineOfMean > 0.98)
    }

    @Test("The colder the relaxed draw, the larger its variance and the smaller its bias, down to the exact gradient")
    func temperatures() throws {
        let table = try Self.table(Self.squaredLoss, draws: 40_000)
        let rows = try [1, 0.5, 0.1, 0.03].map { try Self.row(table, .relaxed(temperature: $0)) }
        #expect(rows.map(\.drawn.variance) == rows.map(\.drawn.variance).sorted(), "\(rows.map(\.drawn.variance))")
        #expect(rows[0].drawn.bias > 10 * rows[0].drawn.biasError, "\(rows[0])")
        #expect(rows[3].drawn.bias < 4 * rows[3].drawn.biasError, "\(rows[3])")
        #expect(rows[3].distanceFromDSNAS > 0.7, "\(rows[3])")
    }

    @Test("Bias, variance and cosines of four gradients are those of the hand's calculation, tied in pairs or not")
    func statistics() {
        let gradients = [[3.0, 0], [1, 0], [2, 2], [2, -2]]
        let free = DrawnGradients(gradients, exact: [4, 0], group: 2)
        #expect(free.mean == [2, 0] && free.bias == 0.5)
        // Squared distances 1, 1, 4, 4.
        #expect(free.variance == 10.0 / 3 / 16)
        #expect(abs(free.varianceError - (9.0 / 3 / 4).squareRoot() / 16) < 1e-15)
        #expect(abs(free.biasError - (10.0 / 3 / 16 / 4).squareRoot()) < 1e-15)
        #expect(abs(free.cosine - (2 + 2 * 0.5.squareRoot()) / 4) < 1e-15)
        #expect(free.cosineOfGroup == 1)
        let tied = DrawnGradients(gradients, exact: [4, 0], group: 2, areTied: true)
        #expect(tied.variance == 0 && tied.bias == 0.5)
        #expect(DrawnGradients([[0, 0]], exact: [4, 0], group: 2).cosine == 0)
    }

    @Test("The same seed gives the same table, another one another, and every estimator is in it once")
    func keyed() throws {
        let table = try Self.table(Self.affineLoss, draws: 64)
        #expect(try Self.table(Self.affineLoss, draws: 64) == table)
        #expect(try Self.table(Self.affineLoss, draws: 64, seed: 4) != table)
        #expect(table.rows.map(\.estimator) == AlphaEstimator.all && Set(AlphaEstimator.all).count == 11)
        #expect(table.costOfRelaxedDraw == 900)
    }
}
