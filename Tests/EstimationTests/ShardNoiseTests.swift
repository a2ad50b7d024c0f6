import Estimation
import Randomness
import SearchSpace
import Testing

/// What the noise of a step's shards has in common, and that each shard's own is what it always is.
@Suite
struct ShardNoiseTests {
    private static let logits: [Float] = [0.4, -0.3, 1.1, 0, 0.7, -1.2, 0.2, 0.9]
    private static let alpha = EdgeTable(
        EdgeTableShape(candidates: [[Operation.papers], [Operation.papers]]), logits + logits)

    private func uniforms(_ noise: ShardNoise, step: UInt64 = 0, shard: Int, of shards: Int) -> [Double] {
        let uniform = ShardUniforms(noise, seed: 2, step: step, shard: shard, shardCount: shards)
        return (0..<16).map { uniform($0) }
    }

    @Test(
        "One shard's largest entry of Z is k as often as softmax(alpha) says, whatever its noise shares with others'",
        arguments: ShardNoise.allCases, [0, 1, 4])
    func marginal(noise: ShardNoise, shard: Int) {
        var counts = [Int](repeating: 0, count: 8)
        let draws = 20_000
        for step in 0..<UInt64(draws) {
            let z = GumbelSoftmax.stepSample(
                alpha: Self.alpha, temperature: 0.5, noise: noise, seed: 11, step: step, shard: shard, shardCount: 5
            ).z[.reduce]
            counts[(z.indices.max { z[$0] < z[$1] } ?? z.startIndex) - z.startIndex] += 1
        }
        let chiSquare = zip(counts, Self.alpha.probabilities()[.reduce]).reduce(0.0) { sum, pair in
            let expected = pair.1 * Double(draws)
            return sum + (Double(pair.0) - expected) * (Double(pair.0) - expected) / expected
        }
        // 7 degrees of freedom: 24.3 is passed once in a thousand; the seed is fixed.
        #expect(chiSquare < 24.3, "\(counts)")
    }

    @Test("Independent shards draw as they always did, to the bit")
    func independent() {
        for shard in 0..<3 {
            let sample = GumbelSoftmax.stepSample(
                alpha: Self.alpha, temperature: 0.5, noise: .independent, seed: 2, step: 7, shard: shard, shardCount: 3)
            #expect(
                sample
                    == GumbelSoftmax.sample(
                        alpha: Self.alpha, temperature: 0.5, seed: 2, purpose: .gumbel, step: 7, shard: UInt32(shard)))
        }
    }

    @Test("Antithetic shards have u and 1 - u, exactly, each of the grid; pairs differ; the odd one out has its own")
    func antithetic() {
        let draws = (0..<5).map { uniforms(.antithetic, shard: $0, of: 5) }
        for pair in [0, 2] {
            for (own, other) in zip(draws[pair], draws[pair + 1]) {
                #expect(own + other == 1)
                for value in [own, other] {
                    let place = value * 4_294_967_296 - 0.5
                    #expect(place == place.rounded() && value > 0 && value < 1)
                }
            }
        }
        #expect(draws[0] != draws[2] && draws[4] != draws[0] && draws[4] != draws[2])
        #expect(uniforms(.antithetic, step: 1, shard: 0, of: 5) != draws[0])
    }

    @Test("Stratified shards take each part of (0, 1) once, entry by entry in another order", arguments: [1, 2, 5, 8])
    func stratified(shards: Int) {
        let draws = (0..<shards).map { uniforms(.stratified, shard: $0, of: shards) }
        var orders: Set<[Int]> = []
        for entry in 0..<16 {
            let parts = draws.map { Int($0[entry] * Double(shards)) }
            #expect(parts.sorted() == Array(0..<shards))
            orders.insert(parts)
        }
        #expect(orders.count > (shards > 2 ? 3 : shards - 1))
        #expect(draws.allSatisfy { $0.allSatisfy { $0 > 0 && $0 < 1 } })
    }

    @Test("The mean of antithetic and of stratified shards varies less than that of independent ones")
    func variance() {
        func variance(_ noise: ShardNoise) -> Double {
            let means = (0..<400).map { step in
                (0..<4).reduce(0.0) { $0 + uniforms(noise, step: UInt64(step), shard: $1, of: 4)[3] } / 4
            }
            return means.reduce(0) { $0 + ($1 - 0.5) * ($1 - 0.5) } / Double(means.count)
        }
        // 1/48, 0 and 1/768 in closed form.
        #expect(abs(variance(.independent) * 48 - 1) < 0.25)
        #expect(variance(.antithetic) == 0)
        #expect(abs(variance(.stratified) * 768 - 1) < 0.25)
    }
}

@Suite
struct OperationDropoutTests {
    private static let shape = EdgeTableShape(candidates: [[Operation.papers], [Operation.papers]])
    private static let weightless = EdgeTable(shape, (0..<16).map { $0 % 8 < 4 })
    private static let sample = RelaxedSample(
        z: EdgeTable(shape, [0.1, 0.2, 0.05, 0.15, 0.1, 0.1, 0.2, 0.1] + [Double](repeating: 0.125, count: 8)),
        temperature: 1)

    @Test(
        "Only operations without weights are dropped, each as often as asked; the others keep their Z, and nothing is refilled"
    )
    func drops() {
        var dropped = [Int](repeating: 0, count: 16)
        for step in 0..<4000 {
            let dropout = OperationDropout(
                weightless: Self.weightless, probability: 0.3, seed: 2, step: UInt64(step), shard: 1)
            let mixture = dropout.kept(Self.sample.mixture).entries
            for (entry, value) in Self.sample.mixture.entries.enumerated() {
                #expect(mixture[entry] == (dropout.keeps.entries[entry] ? value : 0))
                if !dropout.keeps.entries[entry] { dropped[entry] += 1 }
            }
        }
        for (entry, count) in dropped.enumerated() {
            // Five standard errors of 1,200 in 4,000.
            #expect(Self.weightless.entries[entry] ? abs(count - 1200) < 145 : count == 0, "entry \(entry): \(count)")
        }
    }

    @Test("What is dropped earns nothing, so alpha's gradient is that of the mixture that was computed")
    func gradient() {
        var keeps = OperationDropout(weightless: Self.weightless, probability: 0.5, seed: 2, step: 0, shard: 0)
        for step in 1...20 where !keeps.keeps.entries.contains(false) {
            keeps = OperationDropout(
                weightless: Self.weightless, probability: 0.5, seed: 2, step: UInt64(step), shard: 0)
        }
        let table = keeps.credits(EdgeTable(Self.shape, repeating: 1))
        let credits = table.entries
        #expect(table == keeps.keeps.map { $0 ? 1 : 0 } && credits.contains(0))
        // dL/dalpha_k = Z_k (r_k - sum Z_m r_m) / T with r = 0 where dropped.
        let z = Self.sample.z.entries
        let mean = (0..<8).reduce(0.0) { $0 + z[$1] * Double(credits[$1]) }
        for (entry, slope) in Self.sample.alphaGradient(credits: table)[.normal].enumerated() {
            #expect(abs(Double(slope) - z[entry] * (Double(credits[entry]) - mean)) < 1e-7)
        }
    }

    @Test("Without a probability nothing is dropped, and shards and steps draw apart")
    func keyed() {
        func keeps(_ probability: Double, _ step: UInt64, _ shard: Int) -> [Bool] {
            OperationDropout(
                weightless: EdgeTable(SearchSpace.darts().shape, repeating: true), probability: probability, seed: 2,
                step: step, shard: shard
            ).keeps.entries
        }
        #expect(keeps(0, 0, 0).allSatisfy { $0 })
        #expect(keeps(0.5, 3, 1) == keeps(0.5, 3, 1))
        #expect(keeps(0.5, 3, 1) != keeps(0.5, 4, 1) && keeps(0.5, 3, 1) != keeps(0.5, 3, 2))
    }
}
