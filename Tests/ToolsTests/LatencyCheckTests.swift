import Formats
import SearchSpace
import Testing
import Tools

@Suite
struct LatencyCheckTests {
    private func check(_ times: [(predicted: Int, measured: Int, again: Int)]) -> LatencyCheck {
        LatencyCheck(
            networks: times.map {
                .init(
                    genotype: SearchSpace.darts().uniform(.none), predicted: $0.predicted, measured: $0.measured,
                    repeated: $0.again, spread: 1)
            })
    }

    @Test("Median ratio and both taus, by hand: one of six pairs is told the wrong way round, none of the repeats'")
    func figures() throws {
        let check = check([(90, 100, 101), (210, 200, 199), (150, 300, 310), (440, 400, 420)])
        // 0.9, 1.05, 0.5, 1.1
        #expect(abs(check.medianRatio - (0.9 + 1.05) / 2) < 1e-12)
        let agreement = try #require(check.agreement)
        #expect(abs(agreement - 4.0 / 6) < 1e-12 && check.ceiling == 1)
        #expect(check.lines.count == 1 + 4 + 1 && check.lines[1].hasSuffix("0.900"))
        #expect(check.lines.last?.contains("0.975 (median)") == true && check.lines.last?.contains("0.667") == true)
        #expect(check.json["networks"]?.elements?.count == 4 && check.json["tau_of_two_measurements"]?.number == 1)
    }

    @Test("Networks that are all alike have a ratio and no tau")
    func alike() {
        let check = check([(100, 100, 100), (100, 100, 100)])
        #expect(check.medianRatio == 1 && check.agreement == nil && check.lines.last?.contains("measured -,") == true)
    }
}
