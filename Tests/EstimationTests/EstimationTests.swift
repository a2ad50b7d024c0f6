import Randomness
import SearchSpace
import Testing

import Estimation

@Suite
struct EstimationTests {
    /// One edge.
    private static let alpha = EdgeTable<Float>(
        EdgeTableShape(candidates: [[Operation.papers], []]), [0.4, -0.3, 1.1, 0, 0.7, -1.2, 0.2, 0.9])

    @Test("The largest entry of Z is k as often as softmax(alpha) says, at any temperature", arguments: [5, 1, 0.1])
    func frequencies(temperature: Double) {
        let probabilities = Self.alpha.probabilities().entries
        var counts = [Int](repeating: 0, count: 8)
        let draws = 20_000
        for draw in 0..<draws {
            let stream = RandomStream(seed: 11, purpose: .gumbel, major: UInt64(draw))
            let z = GumbelSoftmax.sample(
                alpha: Self.alpha, temperature: temperature, noise: GumbelNoise.draw(count: 8, stream: stream)
            ).z.entries
            #expect(abs(z.reduce(0, +) - 1) < 1e-12)
            counts[z.indices.max { z[$0] < z[$1] } ?? 0] += 1
        }
        let chiSquare = zip(counts, probabilities).reduce(0.0) { sum, pair in
            let expected = pair.1 * Double(draws)
            return sum + (Double(pair.0) - expected) * (Double(pair.0) - expected) / expected
        }
        // 7 degrees of freedom: 24.3 is passed once in a thousand; the seed is fixed.
        #expect(chiSquare < 24.3, "\(counts)")
    }

    @Test(
        "The hard sample is one on the largest entry of the soft one, which is the argmax of alpha + G at any temperature"
    )
    func hardSample() {
        let table = (0..<112).map { Float(($0 * 29) % 17) / 8 }
        let alpha = EdgeTable(SearchSpace.darts().shape, table + table)
        func draw(_ temperature: Double) -> RelaxedSample {
            GumbelSoftmax.sample(
                alpha: alpha, temperature: temperature, seed: 3, purpose: .evaluationGumbel, step: 4, shard: 0)
        }
        let hard = draw(1).hardMixture
        #expect(hard == draw(30).hardMixture && hard == draw(0.03).hardMixture)
        let noise = GumbelNoise.draw(
            count: 112, stream: RandomStream(seed: 3, purpose: .evaluationGumbel, major: 4), offset: 0)
        for edge in 0..<14 {
            let row = edge * 8..<(edge + 1) * 8
            let largest = row.max { Double(table[$0]) + noise[$0] < Double(table[$1]) + noise[$1] }
            for entry in row { #expect(hard.entries[entry] == (entry == largest ? 1 : 0)) }
        }
        #expect(hard[.normal] != hard[.reduce], "both tables have their own noise")
        let flat = RelaxedSample(z: EdgeTable(Self.alpha.shape, repeating: 0.125), temperature: 1)
        #expect(flat.hardMixture.entries == [1, 0, 0, 0, 0, 0, 0, 0], "of equals the first")
    }

    @Test("Random cells take every operation as often on every edge, and the same seed and attempt give the same cell")
    func randomGenotypes() {
        let space = SearchSpace.darts()
        var counts = [[Int]](repeating: [Int](repeating: 0, count: 8), count: 28)
        let draws = 4000
        for attempt in 0..<UInt64(draws) {
            let genotype = RandomGenotype.draw(in: space, seed: 7, attempt: attempt)
            for (edge, choice) in (genotype.normal + genotype.reduce).enumerated() {
                counts[edge][Operation.papers.firstIndex(of: choice.operation) ?? 0] += 1
            }
        }
        let expected = Double(draws) / 8
        for (edge, row) in counts.enumerated() {
            let chiSquare = row.reduce(0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
            // 7 degrees of freedom, 28 edges: 29.9 is passed once in ten thousand; the seed is fixed.
            #expect(chiSquare < 29.9, "edge \(edge): \(row)")
        }
        let first = RandomGenotype.draw(in: space, seed: 7, attempt: 0)
        #expect(first == RandomGenotype.draw(in: space, seed: 7, attempt: 0))
        #expect(first != RandomGenotype.draw(in: space, seed: 8, attempt: 0))
        #expect(first.normal.map(\.from) == space.topology(.normal).edges.map(\.from) && first.normal != first.reduce)
        let other = RandomGenotype.firstDraw(in: space, seed: 7, attempts: 9) { $0 != first }
        #expect(other?.attempt == 1)
        #expect(RandomGenotype.firstDraw(in: space, seed: 7, attempts: 9) { _ in false } == nil)
    }

    @Test("Z becomes one-hot as the temperature falls")
    func annealing() {
        let noise = GumbelNoise.draw(count: 8, stream: RandomStream(seed: 5, purpose: .gumbel))
        let largest = [5, 1, 0.1, 0.03, 1e-3].map { temperature in
            GumbelSoftmax.sample(alpha: Self.alpha, temperature: temperature, noise: noise).z.entries.max() ?? 0
        }
        #expect(largest == largest.sorted())
        #expect((largest.last ?? 0) > 1 - 1e-9 && (largest.first ?? 1) < 0.5)
    }

    @Test("Alpha's gradient equals finite differences with common noise, and the closed form", arguments: [5, 1, 0.1])
    func gradient(temperature: Double) {
        let noise = GumbelNoise.draw(count: 8, stream: RandomStream(seed: 3, purpose: .gumbel))
        let credits: [Float] = [0.3, -1, 0.25, 2, -0.5, 0.125, 1.5, -2]
        func loss(_ shift: (Int, Double)) -> Double {
            // In Double: alpha's own Float would round the difference away.
            let logits = Self.alpha.entries.enumerated().map { place, value in
                (Double(value) + (place == shift.0 ? shift.1 : 0) + noise[place]) / temperature
            }
            let powers = logits.map { exponential($0 - (logits.max() ?? 0)) }
            let total = powers.reduce(0, +)
            return zip(powers, credits).reduce(0) { $0 + $1.0 / total * Double($1.1) }
        }
        let sample = GumbelSoftmax.sample(alpha: Self.alpha, temperature: temperature, noise: noise)
        let z = sample.z.entries
        let gradient = sample.alphaGradient(credits: EdgeTable(Self.alpha.shape, credits)).entries
        let mean = zip(z, credits).reduce(0.0) { $0 + $1.0 * Double($1.1) }
        for place in 0..<8 {
            let step = 1e-6 * temperature
            let slope = (loss((place, step)) - loss((place, -step))) / (2 * step)
            #expect(abs(slope - Double(gradient[place])) < 1e-5 * max(1, abs(slope)))
            let closed = z[place] * (Double(credits[place]) - mean) / temperature
            #expect(Float(closed) == gradient[place])
        }
    }
}

#if canImport(Glibc)
    import Glibc
#endif

private func exponential(_ value: Double) -> Double { exp(value) }
