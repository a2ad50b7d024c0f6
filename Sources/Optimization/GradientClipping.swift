/// Bounds the length of a whole gradient; the weights' and alpha's are clipped each by itself.
package enum GradientClipping {
    /// Scales a gradient down to `maximumNorm` where it is longer (PyTorch's `clip_grad_norm_`, with its 1e-6).
    ///
    /// The norm is summed in Double over eight interleaved parts, added in order: the same bits everywhere, and eight sums at
    /// once.
    /// - Returns: the norm before.
    package static func clip(_ gradient: inout [Float], maximumNorm: Double) -> Double {
        let norm = self.norm(gradient)
        let scale = scale(norm: norm, maximumNorm: maximumNorm)
        if scale < 1 {
            let factor = Float(scale)
            gradient.withUnsafeMutableBufferPointer { gradient in
                for position in gradient.indices { gradient[position] *= factor }
            }
        }
        return norm
    }

    static func scale(norm: Double, maximumNorm: Double) -> Double { maximumNorm / (norm + 1e-6) }

    /// The parts in order, then what was left over.
    static func total(_ parts: SIMD8<Double>, _ rest: Double) -> Double {
        ((0..<8).reduce(0.0) { $0 + parts[$1] } + rest).squareRoot()
    }

    /// The Euclidean norm, in that order of sums.
    package static func norm(_ values: [Float]) -> Double {
        var parts = SIMD8<Double>.zero
        var rest = 0.0
        values.withUnsafeBufferPointer { values in
            let whole = values.count / 8 * 8
            for start in stride(from: 0, to: whole, by: 8) {
                var lanes = SIMD8<Double>.zero
                for lane in 0..<8 { lanes[lane] = Double(values[start + lane]) }
                parts += lanes * lanes
            }
            for position in whole..<values.count { rest += Double(values[position]) * Double(values[position]) }
        }
        return total(parts, rest)
    }
}
