/// The mean of a round's sum, clipped, as the optimisers read it: nothing is written, each entry is computed where it is read.
///
/// An entry is sum / shards, rounded, times the clipping factor, rounded: the bits of a division and a scaling that write
/// the whole vector, without their passes through memory.
package struct MeanGradient: Sendable {
    private let sum: ArraySlice<Float>
    private let division: Division
    private let factor: Float
    /// Euclidean norm before clipping (PyTorch's `clip_grad_norm_` returns it); not finite where an entry is not.
    package let norm: Double

    /// Entries, one for each weight.
    package var count: Int { sum.count }

    /// Whether every entry is finite: the squares of finite floats sum to a finite Double.
    package var isFinite: Bool { norm.isFinite }

    /// - Parameters:
    ///   - sum: over all shards.
    ///   - maximumNorm: a longer mean is scaled down to it.
    package init(of sum: ArraySlice<Float>, shards: Int, maximumNorm: Double) {
        precondition(shards >= 1)
        self.sum = sum
        let division = Division(by: Float(shards))
        norm = sum.withUnsafeBufferPointer { sum in
            if let reciprocal = division.reciprocal { return Self.norm(sum) { $0 * reciprocal } }
            return Self.norm(sum) { $0 / division.count }
        }
        self.division = division
        let scale = GradientClipping.scale(norm: norm, maximumNorm: maximumNorm)
        factor = scale < 1 ? Float(scale) : 1
    }

    /// The norm of the entries, in the order of sums that `GradientClipping` has.
    @inline(__always)
    private static func norm(_ sum: UnsafeBufferPointer<Float>, entry: (Float) -> Float) -> Double {
        var parts = SIMD8<Double>.zero
        var rest = 0.0
        let whole = sum.count / 8 * 8
        for start in stride(from: 0, to: whole, by: 8) {
            var lanes = SIMD8<Double>.zero
            for lane in 0..<8 { lanes[lane] = Double(entry(sum[start + lane])) }
            parts += lanes * lanes
        }
        for position in whole..<sum.count { rest += Double(entry(sum[position])) * Double(entry(sum[position])) }
        return GradientClipping.total(parts, rest)
    }

    /// Calls `read` once, with the sum and the rule that makes its values entries.
    @inline(__always)
    func read(_ reader: inout some MeanReader) {
        sum.withUnsafeBytes { sum in
            if let reciprocal = division.reciprocal {
                reader.read(sum, ExactMean(reciprocal: reciprocal, factor: factor))
            } else {
                reader.read(sum, RoundedMean(count: division.count, factor: factor))
            }
        }
    }
}

/// What reads a mean: given the sum's floats as bytes, and the rule that makes one or sixteen of them entries.
protocol MeanReader {
    mutating func read(_ sum: UnsafeRawBufferPointer, _ rule: some MeanRule)
}

protocol MeanRule {
    func entry(_ value: Float) -> Float
    func entries(_ values: SIMD16<Float>) -> SIMD16<Float>
}

private struct ExactMean: MeanRule {
    let reciprocal: Float
    let factor: Float

    @inline(__always) func entry(_ value: Float) -> Float { value * reciprocal * factor }
    @inline(__always) func entries(_ values: SIMD16<Float>) -> SIMD16<Float> { values * reciprocal * factor }
}

private struct RoundedMean: MeanRule {
    let count: Float
    let factor: Float

    @inline(__always) func entry(_ value: Float) -> Float { value / count * factor }
    @inline(__always) func entries(_ values: SIMD16<Float>) -> SIMD16<Float> { values / count * factor }
}

/// Where the count is a power of two its reciprocal is exact, and the product has the bits of the quotient.
struct Division: Sendable {
    let count: Float
    let reciprocal: Float?

    init(by count: Float) {
        self.count = count
        let reciprocal = 1 / count
        self.reciprocal = count.significand == 1 && reciprocal.isNormal ? reciprocal : nil
    }
}
