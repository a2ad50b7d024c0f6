import Estimation
import SearchSpace
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// What a whole network's size counts: in the loss (FBNet), or in a reward (MnasNet).
@Suite
struct NetworkCostTests {
    private static let shape = EdgeTableShape(candidates: [
        [[.none, .skipConnect, .sepConv3x3]], [[.none, .sepConv5x5]],
    ])
    private static let sizes = EdgeTable<Double>(shape, [0, 120, 900, 0, 2300])
    private static let cost = LogarithmicCost(coefficient: 0.2, power: 0.6, fixed: 500, sizes: sizes)

    @Test("FBNet's cost is 0.2 (ln of the expected size)^0.6, and its slopes are those of that formula")
    func logarithm() {
        let z = EdgeTable<Double>(Self.shape, [0.2, 0.5, 0.3, 0.4, 0.6])
        let size = 500.0 + 0.5 * 120 + 0.3 * 900 + 0.6 * 2300
        let (value, slopes) = Self.cost.evaluate(z)
        #expect(abs(value - 0.2 * pow(log(size), 0.6)) < 1e-12)
        for entry in z.entries.indices {
            var (up, down) = (z, z)
            up.entries[entry] += 1e-4
            down.entries[entry] -= 1e-4
            let difference = (Self.cost.evaluate(up).value - Self.cost.evaluate(down).value) / 2e-4
            #expect(abs(slopes.entries[entry] - difference) < 1e-9)
        }
        #expect(slopes.entries[4] > slopes.entries[2] && slopes.entries[0] == 0)
    }

    @Test("MnasNet's reward takes a twentieth of the accuracy at twice the target, or half of it in the hard form")
    func reward() {
        #expect(abs(RewardShape.soft.factor(size: 160, target: 80) - 1 / 1.05) < 1e-3)
        #expect(abs(RewardShape.soft.factor(size: 40, target: 80) - 1.05) < 1e-3)
        #expect(RewardShape.soft.factor(size: 80, target: 80) == 1)
        #expect(RewardShape.hard.factor(size: 160, target: 80) == 0.5)
        #expect(
            RewardShape.hard.factor(size: 40, target: 80) == 1 && RewardShape.hard.factor(size: 80, target: 80) == 1)
    }
}
