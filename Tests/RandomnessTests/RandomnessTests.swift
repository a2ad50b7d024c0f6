import Testing

import Randomness

@Suite
struct RandomnessTests {
    @Test("Philox4x32-10 gives Random123's known answers")
    func knownAnswers() {
        #expect(
            Philox.words(counter: .zero, key: .zero) == SIMD4(0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8))
        #expect(
            Philox.words(counter: SIMD4(repeating: .max), key: SIMD2(repeating: .max))
                == SIMD4(0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD))
        #expect(
            Philox.words(
                counter: SIMD4(0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0x0370_7344), key: SIMD2(0xA409_3822, 0x299F_31D0)
            )
                == SIMD4(0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1))
    }

    @Test("A draw depends on every part of its key and on nothing else")
    func keys() {
        let draw = RandomStream(seed: 1, purpose: .crop, major: 2, minor: 3).word(4)
        #expect(RandomStream(seed: 1, purpose: .crop, major: 2, minor: 3).word(4) == draw)
        #expect(RandomStream(seed: 9, purpose: .crop, major: 2, minor: 3).word(4) != draw)
        #expect(RandomStream(seed: 1, purpose: .flip, major: 2, minor: 3).word(4) != draw)
        #expect(RandomStream(seed: 1, purpose: .crop, major: 1 << 40, minor: 3).word(4) != draw)
        #expect(RandomStream(seed: 1, purpose: .crop, major: 2, minor: 8).word(4) != draw)
        #expect(RandomStream(seed: 1, purpose: .crop, major: 2, images: .gradient, minor: 3).word(4) == draw)
        #expect(RandomStream(seed: 1, purpose: .crop, major: 2, images: .search, minor: 3).word(4) != draw)
        #expect(RandomStream(seed: 1, purpose: .crop, major: 2, minor: 3).word(5) != draw)
    }

    @Test("Uniform draws stay inside (0, 1), fill it evenly, and give finite Gumbel noise with mean 0.5772")
    func distribution() {
        let stream = RandomStream(seed: 7, purpose: .gumbel)
        let draws = (0..<100_000).map { stream.uniform(UInt64($0)) }
        #expect(draws.allSatisfy { $0 > 0 && $0 < 1 })
        #expect(abs(draws.reduce(0, +) / 100_000 - 0.5) < 0.004)
        let noise = GumbelNoise.draw(count: 100_000, stream: stream)
        #expect(noise.allSatisfy { $0.isFinite })
        #expect(abs(noise.reduce(0, +) / 100_000 - 0.5772) < 0.02)
        let normal = (0..<100_000).map { stream.normal(UInt64($0)) }
        #expect(abs(normal.reduce(0) { $0 + $1 * $1 } / 100_000 - 1) < 0.02)
    }

    @Test("A shuffle is a permutation, and another key is another order")
    func shuffle() {
        let order = Permutation.shuffled(1000, stream: RandomStream(seed: 1, purpose: .shuffle))
        #expect(order.sorted() == Array(0..<1000))
        #expect(order != Permutation.shuffled(1000, stream: RandomStream(seed: 1, purpose: .shuffle, major: 1)))
    }
}
