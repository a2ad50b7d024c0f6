#if canImport(Glibc)
    import Glibc
#endif

/// What a draw is for. Raw values are part of every draw's key and never change.
package enum Purpose: UInt32, Sendable, CaseIterable {
    case initialWeights = 1
    case initialAlpha
    case shuffle
    case split
    case crop
    case flip
    case gumbel
    case dropPath
    case evaluationGumbel
    case cutout
    /// Which gradient images measure the batch statistics of an evaluation.
    case recalibration
    /// Which held-out images an evaluation of a part of them sees.
    case evaluationImages
    /// Which part of (0, 1) each shard's noise is from.
    case gumbelParts
    case operationDropout
    /// Of the operation `noise`, in steps and in evaluations.
    case noiseOperation
    case evaluationNoise
    /// Cells that are compared at the end of a search.
    case candidate
    case randomGenotype = 64
    /// Of a truth table: the order of its cells, and what its statistics draw.
    case truthOrder = 80
    case resampling = 81
    /// Of a study of estimators: its draws of alpha, and which images it is made on.
    case estimatorStudy = 82
    /// Faults and damaged bytes: never part of a run.
    case chaos = 128
}

/// Which images a draw is about, where a step has rounds over several streams of them: each has draws of its own.
package enum ImageStream: UInt64, Sendable, CaseIterable {
    /// Weights learn from them, and alpha of a single-level search.
    case gradient
    /// Alpha of a bilevel search learns from them.
    case search
}

/// Random numbers keyed by (seed, purpose, epoch or step, images' stream, shard or tensor, index): no draw depends on
/// another draw, a clock, a thread or a process. Any index can be asked for at any time.
package struct RandomStream: Sendable {
    private let key: SIMD2<UInt32>
    private let major: UInt64
    private let minor: UInt32
    private let purpose: UInt32

    /// Four words a counter, so a stream has 2^34 of them.
    package static let wordLimit: UInt64 = 1 << 34

    /// - Parameters:
    ///   - major: epoch or step, below 2^52 (the images' stream and the purpose share its word).
    ///   - minor: shard or tensor.
    package init(
        seed: UInt64, purpose: Purpose, major: UInt64 = 0, images: ImageStream = .gradient, minor: UInt32 = 0
    ) {
        precondition(major < 1 << 52)
        let major = major | images.rawValue << 52
        key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
        self.major = major
        self.minor = minor
        self.purpose = purpose.rawValue
    }

    /// 32 random bits; words 4n to 4n + 3 are those of one counter.
    ///
    /// Precondition: the index is below `wordLimit`.
    package func word(_ index: UInt64) -> UInt32 {
        precondition(index < Self.wordLimit)
        let counter = SIMD4<UInt32>(
            UInt32(index >> 2), minor, UInt32(truncatingIfNeeded: major),
            UInt32(truncatingIfNeeded: major >> 32) | purpose << 24)
        return Philox.words(counter: counter, key: key)[Int(index & 3)]
    }

    /// (k + 0.5) / 2^32: in Double, never 0 and never 1. In Float the largest would round to 1 and Gumbel noise become
    /// infinite.
    package func uniform(_ index: UInt64) -> Double { (Double(word(index)) + 0.5) / 4_294_967_296 }

    /// A number below `bound`, by multiplication; the bias is below bound / 2^32.
    package func below(_ bound: UInt32, _ index: UInt64) -> UInt32 {
        precondition(bound > 0)
        return UInt32((UInt64(word(index)) * UInt64(bound)) >> 32)
    }

    /// Standard normal, by Box and Muller, from the words 2 `index` and 2 `index` + 1.
    package func normal(_ index: UInt64) -> Double {
        (-2 * log(uniform(2 * index))).squareRoot() * cos(2 * Double.pi * uniform(2 * index + 1))
    }
}
