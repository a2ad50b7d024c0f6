/// Philox4x32-10 (Salmon et al., *Parallel Random Numbers: As Easy as 1, 2, 3*, SC 2011): four random words for every
/// 128-bit counter under a 64-bit key, without any state.
package enum Philox {
    /// Rounds after which the authors find the generator crush-resistant.
    private static let rounds = 10

    /// - Parameters:
    ///   - counter: any; every counter gives four words of its own.
    ///   - key: the seed, its lower half first.
    package static func words(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
        var counter = counter
        var key = key
        for _ in 0..<rounds {
            let first = UInt64(counter[0]) * 0xD251_1F53
            let second = UInt64(counter[2]) * 0xCD9E_8D57
            counter = SIMD4(
                UInt32(second >> 32) ^ counter[1] ^ key[0], UInt32(truncatingIfNeeded: second),
                UInt32(first >> 32) ^ counter[3] ^ key[1], UInt32(truncatingIfNeeded: first))
            key = SIMD2(key[0] &+ 0x9E37_79B9, key[1] &+ 0xBB67_AE85)
        }
        return counter
    }
}
