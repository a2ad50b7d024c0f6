import Estimation
import Randomness
import SearchSpace
import Testing

/// A relaxed sample whose smallest parts are not computed, against the same sample with all of them.
@Suite
struct FlooredSampleTests {
    private static let shape = SearchSpace.darts().shape

    private static func draw(_ seed: UInt64, temperature: Double) -> RelaxedSample {
        let alpha = EdgeTable<Float>(shape, repeating: 0)
        return GumbelSoftmax.stepSample(
            alpha: alpha, temperature: temperature, noise: .independent, seed: seed, step: 0, shard: 0, shardCount: 1)
    }

    /// Of any operation, as a network would report them: those that were not computed as 0, that of `none` always.
    private static func credits(_ seed: UInt64, of mixture: EdgeTable<Float>? = nil) -> EdgeTable<Double> {
        let stream = RandomStream(seed: seed, purpose: .gumbel, minor: 9)
        var credits = EdgeTable(shape, repeating: 0.0)
        for (row, candidates) in zip(shape.rows, shape.candidates) {
            for (entry, operation) in zip(row, candidates)
            where operation != .none && mixture?.entries[entry] != 0 {
                credits.entries[entry] = stream.normal(UInt64(entry))
            }
        }
        return credits
    }

    @Test(
        "Without a floor it is the relaxed sample, with one it keeps the Z of what is not below, and always something")
    func mixtures() {
        for (seed, temperature) in [(1, 1.0), (2, 0.1), (3, 0.03)] as [(UInt64, Double)] {
            let draw = Self.draw(seed, temperature: temperature)
            let whole = FlooredSample(draw, floor: 0)
            let credits = Self.credits(seed)
            #expect(whole.mixture == draw.mixture)
            #expect(whole.alphaGradient(credits: credits) == draw.alphaGradient(credits: credits))
            let floored = FlooredSample(draw, floor: 0.1).mixture
            for (row, candidates) in zip(Self.shape.rows, Self.shape.candidates) {
                for (entry, operation) in zip(row, candidates) {
                    let isKept = operation == .none || draw.z.entries[entry] >= 0.1
                    #expect(floored.entries[entry] == (isKept ? Float(draw.z.entries[entry]) : 0))
                }
                #expect(row.contains { floored.entries[$0] >= 0.1 })
            }
        }
    }

    @Test("What is left out has no gradient, rows sum to 0, and all of it is within the bound of the exact gradient")
    func gradients() {
        for floor in [0.001, 0.01, 0.1] {
            for seed in 1...20 as ClosedRange<UInt64> {
                let temperature = 0.3
                let draw = Self.draw(seed, temperature: temperature)
                let sample = FlooredSample(draw, floor: floor)
                let exact = draw.alphaGradient(credits: Self.credits(seed)).entries
                let own = sample.alphaGradient(credits: Self.credits(seed, of: sample.mixture)).entries
                for row in Self.shape.rows {
                    #expect(abs(row.reduce(0) { $0 + own[$1] }) < 1e-12)
                    let left = row.filter { sample.mixture.entries[$0] == 0 }
                    #expect(left.allSatisfy { abs(own[$0]) < 1e-12 })
                    let credits = Self.credits(seed).entries
                    let mean = row.reduce(0.0) { $0 + draw.z.entries[$1] * credits[$1] }
                    let widest = row.map { abs(credits[$0] - mean) }.max() ?? 0
                    let share = left.reduce(0.0) { $0 + draw.z.entries[$1] }
                    for entry in row {
                        let bound = max(floor, share / (1 - share)) * widest / temperature
                        #expect(abs(own[entry] - exact[entry]) <= bound + 1e-12, "\(floor) \(seed) \(entry)")
                    }
                }
            }
        }
    }

    @Test(
        "At the end of the default schedule seven of ten operations are below a thousandth, at its beginning one in a hundred"
    )
    func savings() {
        func share(_ temperature: Double) -> Double {
            let samples = (1...40).map { FlooredSample(Self.draw($0, temperature: temperature), floor: 0.001).mixture }
            let left = samples.reduce(0) { $0 + $1.entries.count { $0 == 0 } }
            return Double(left) / Double(samples.count * Self.shape.count)
        }
        #expect((0.0...0.03).contains(share(1)), "\(share(1))")
        #expect((0.65...0.85).contains(share(0.03)), "\(share(0.03))")
    }
}
