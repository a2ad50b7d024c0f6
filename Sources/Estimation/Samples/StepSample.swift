package import Randomness
package import SearchSpace

#if canImport(Glibc)
    import Glibc
#endif

/// The uniform draws of one shard of one step, one an entry of alpha.
///
/// Uniform draws are (k + 1/2) / 2^32. In Double 1 - u is exact and again such a number, that of 2^32 - 1 - k: an antithetic
/// shard draws from the very same values as often.
package struct ShardUniforms: Sendable {
    private let noise: ShardNoise
    private let stream: RandomStream
    private let isMirrored: Bool
    private let seed: UInt64
    private let step: UInt64
    private let images: ImageStream
    private let shard: Int
    private let shardCount: Int

    /// - Parameters:
    ///   - step: the run's, from 0.
    ///   - images: which of the step's rounds draws: those over one stream's images see the same noise.
    ///   - shard: from 0.
    ///   - shardCount: of the round; stratified noise has one part of (0, 1) for each.
    package init(
        _ noise: ShardNoise, seed: UInt64, step: UInt64, images: ImageStream = .gradient, shard: Int, shardCount: Int
    ) {
        precondition((0..<shardCount).contains(shard))
        self.noise = noise
        self.seed = seed
        self.step = step
        self.images = images
        self.shard = shard
        self.shardCount = shardCount
        // A pair's key is its number; the other kinds of noise are keyed by the shard's.
        let key = noise == .antithetic ? shard / 2 : shard
        stream = RandomStream(seed: seed, purpose: .gumbel, major: step, images: images, minor: UInt32(key))
        isMirrored = noise == .antithetic && shard % 2 == 1
    }

    /// The draw for one entry of alpha's table: between 0 and 1, and neither of them.
    package func callAsFunction(_ entry: Int) -> Double {
        let own = stream.uniform(UInt64(entry))
        switch noise {
        case .independent: return own
        case .antithetic: return isMirrored ? 1 - own : own
        case .stratified: return (Double(part(entry)) + own) / Double(shardCount)
        }
    }

    /// Which part of (0, 1) is this shard's: every worker draws the order of all of them.
    private func part(_ entry: Int) -> Int {
        let order = RandomStream(
            seed: seed, purpose: .gumbelParts, major: step, images: images, minor: UInt32(entry))
        return Permutation.shuffled(shardCount, stream: order)[shard]
    }
}

extension GumbelSoftmax {
    /// The draw of one shard of a step, shared by all cells of a kind.
    package static func stepSample(
        alpha: EdgeTable<Float>, temperature: Double, noise: ShardNoise, seed: UInt64, step: UInt64,
        images: ImageStream = .gradient, shard: Int, shardCount: Int
    ) -> RelaxedSample {
        let noise = stepNoise(
            count: alpha.shape.count, noise: noise, seed: seed, step: step, images: images, shard: shard,
            shardCount: shardCount)
        return sample(alpha: alpha, temperature: temperature, noise: noise)
    }

    /// The Gumbel noise of one shard of a step, one value an entry of alpha's table.
    package static func stepNoise(
        count: Int, noise: ShardNoise, seed: UInt64, step: UInt64, images: ImageStream = .gradient, shard: Int,
        shardCount: Int
    ) -> [Double] {
        let uniform = ShardUniforms(
            noise, seed: seed, step: step, images: images, shard: shard, shardCount: shardCount)
        return (0..<count).map { -log(-log(uniform($0))) }
    }
}
