import Estimation
import Randomness
import SearchSpace
import Testing

#if canImport(Glibc)
    import Glibc
#endif

@Suite
struct CostEstimatorTests {
    private static func draw(_ alpha: EdgeTable<Float>, _ temperature: Double, _ number: Int) -> RelaxedSample {
        GumbelSoftmax.sample(
            alpha: alpha, temperature: temperature, seed: 9, purpose: .gumbel, step: UInt64(number), shard: 0)
    }

    @Test("The gradient through a sample equals finite differences with its noise", arguments: CostTermTests.terms)
    func reparametrised(named: NamedTerm) {
        let term = named.term
        let table = alpha(2)
        let stream = RandomStream(seed: 9, purpose: .gumbel, major: 4)
        let noise = GumbelNoise.draw(count: entryCount, stream: stream)
        for temperature in [1, 0.2] {
            let estimate = CostEstimator.reparametrised(term, Self.draw(table, temperature, 4))
            for entry in stride(from: 1, to: entryCount, by: 11) {
                func shifted(_ shift: Double) -> Double {
                    let logits = zip(table.entries, noise).enumerated().map { place, pair in
                        Double(pair.0) + pair.1 + (place == entry ? shift : 0)
                    }
                    return value(term, softmax(logits, temperature: temperature))
                }
                let slope = (shifted(1e-5) - shifted(-1e-5)) / 2e-5
                // A difference quotient of a cost of 10^7 loses what rounding takes from it: C x 1e-16 / 2e-5.
                let unit = max(1, 1e-6 * estimate.value)
                #expect(abs(slope - estimate.gradient.entries[entry]) <= 1e-5 * max(unit, abs(slope)))
            }
        }
    }

    @Test(
        "The exact expectation's gradient equals finite differences under softmax(alpha)",
        arguments: CostTermTests.terms)
    func expected(named: NamedTerm) {
        let term = named.term
        let estimate = CostEstimator.expected(term, alpha(5))
        let logits = alpha(5).entries.map(Double.init)
        #expect(abs(estimate.value - value(term, softmax(logits))) <= 1e-9 * max(1, estimate.value))
        for entry in stride(from: 2, to: entryCount, by: 7) {
            func shifted(_ shift: Double) -> Double {
                var logits = logits
                logits[entry] += shift
                return value(term, softmax(logits))
            }
            let slope = (shifted(1e-5) - shifted(-1e-5)) / 2e-5
            #expect(abs(slope - estimate.gradient.entries[entry]) <= 1e-5 * max(1, abs(slope)))
        }
    }

    @Test("The concrete density's score equals finite differences, and its constants are the official ones")
    func score() {
        let logits = alpha(6).entries[..<8].map(Double.init)
        for temperature in [1, 0.5] {
            let z = softmax(
                zip(logits, [0.3, -0.2, 1, 0, 0.4, -0.6, 0.1, 0.8]).map { $0 + $1 }, temperature: temperature)
            let score = ConcreteDensity.score(z: z, logits: logits, temperature: temperature)
            for place in 0..<8 {
                func shifted(_ shift: Double) -> Double {
                    var logits = logits
                    logits[place] += shift
                    return ConcreteDensity.logDensity(z: z, logits: logits, temperature: temperature)
                }
                #expect(abs((shifted(1e-5) - shifted(-1e-5)) / 2e-5 - score[place]) < 1e-7)
            }
            // Equal z and logits: ln 7! + 7 ln T + 8 (T + 1) ln 8 - 8 (ln 8 + T ln 8).
            let flat = ConcreteDensity.logDensity(
                z: Array(repeating: 0.125, count: 8), logits: Array(repeating: 0, count: 8), temperature: temperature)
            #expect(abs(flat - (log(5040) + 7 * log(temperature))) < 1e-9)
        }
        let cold = ConcreteDensity.score(z: [1, 0, 0, 0, 0, 0, 0, 1e-300], logits: logits, temperature: 0.03)
        #expect(cold.allSatisfy { $0.isFinite })
    }

    /// Largest gap between two means of gradients, in standard errors.
    private static func gap(_ left: [[Double]], _ right: [[Double]]) -> Double {
        let count = Double(left.count)
        return (0..<entryCount).map { entry in
            let differences = zip(left, right).map { $0[entry] - $1[entry] }
            let mean = differences.reduce(0, +) / count
            let variance = differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
            return abs(mean) / max((variance / count).squareRoot(), 1e-300)
        }.max() ?? 0
    }

    @Test(
        "Over many samples the policy gradient agrees with the gradient through the sample, at any temperature",
        arguments: [1, 0.3])
    func policyGradient(temperature: Double) {
        let table = alpha(8)
        for form in CostForm.allCases where form != .linear && !form.isOfWholeNetwork {
            let term = CostTerm(form, of: [.parameters], in: CostTable(twoCells))
            let samples = (0..<4000).map { Self.draw(table, temperature, $0) }
            let policy = samples.map { CostEstimator.policyGradient(term, $0, table).gradient.entries }
            let through = samples.map { CostEstimator.reparametrised(term, $0).gradient.entries }
            // The largest of 224 normal gaps passes 4.4 once in 400 times; the draws are fixed.
            #expect(Self.gap(policy, through) < 4.4, "\(form)")
        }
    }

    @Test(
        "Cold, both sampling estimators agree with the exact expectation of a linear cost; a hot sample is biased towards it"
    )
    func coldLimit() {
        let table = alpha(8)
        let term = CostTerm(.normalised, of: [.parameters], in: CostTable(twoCells))
        let exact = Array(repeating: CostEstimator.expected(term, table).gradient.entries, count: 4000)
        let cold = (0..<4000).map { Self.draw(table, 0.05, $0) }
        #expect(Self.gap(cold.map { CostEstimator.policyGradient(term, $0, table).gradient.entries }, exact) < 4.4)
        #expect(Self.gap(cold.map { CostEstimator.reparametrised(term, $0).gradient.entries }, exact) < 4.4)
    }

    @Test("The baseline lowers the policy gradient's variance")
    func baseline() {
        let table = alpha(8)
        let term = CostTerm(.normalised, of: [.parameters], in: CostTable(twoCells))
        let samples = (0..<500).map { Self.draw(table, 0.3, $0) }
        func spread(_ gradients: [[Double]]) -> Double { gradients.joined().reduce(0) { $0 + $1 * $1 } }
        let with = samples.map { CostEstimator.policyGradient(term, $0, table).gradient.entries }
        let without = samples.map { sample in
            let costs = term.evaluate(sample.z).edges
            let z = sample.z.entries
            return costs.indices.flatMap { edge in
                let row = edge * 8..<edge * 8 + 8
                return ConcreteDensity.score(
                    z: Array(z[row]), logits: table.entries[row].map(Double.init), temperature: 0.3
                ).map { $0 * costs[edge] }
            }
        }
        #expect(spread(with) < 0.9 * spread(without))
    }

    private var twoCells: NetworkPlan {
        NetworkPlan(
            image: ImageShape(channels: 3, height: 8, width: 8), classes: 10, initChannels: 8, layers: 3,
            space: .darts())
    }
}
