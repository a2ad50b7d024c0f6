/// Stochastic gradient descent with momentum, PyTorch's rule without dampening: v <- m v + (g + d w), w <- w - rate v. The
/// first step's v is g + d w, which m v with v = 0 gives.
package struct SGD: Sendable, Equatable {
    package let momentum: Double
    package let weightDecay: Double

    package init(momentum: Double, weightDecay: Double) {
        self.momentum = momentum
        self.weightDecay = weightDecay
    }

    /// All weights decay, batch-norm scales too, as in the papers' code. In Float, as PyTorch steps Float weights.
    package func step(weights: inout [Float], velocity: inout [Float], gradient: MeanGradient, learningRate: Double) {
        precondition(weights.count == velocity.count && weights.count == gradient.count)
        weights.withUnsafeMutableBytes { weights in
            velocity.withUnsafeMutableBytes { velocity in
                var reader = Reader(
                    weights: weights, velocity: velocity, momentum: Float(momentum), decay: Float(weightDecay),
                    rate: Float(learningRate))
                gradient.read(&reader)
            }
        }
    }

    /// Reads and writes every float once, sixteen at a time.
    private struct Reader: MeanReader {
        let weights: UnsafeMutableRawBufferPointer
        let velocity: UnsafeMutableRawBufferPointer
        let momentum: Float
        let decay: Float
        let rate: Float

        @inline(__always)
        mutating func read(_ sum: UnsafeRawBufferPointer, _ rule: some MeanRule) {
            let lanesBytes = MemoryLayout<SIMD16<Float>>.size
            let whole = sum.count / lanesBytes * lanesBytes
            for start in stride(from: 0, to: whole, by: lanesBytes) {
                let weight = weights.loadUnaligned(fromByteOffset: start, as: SIMD16<Float>.self)
                let before = velocity.loadUnaligned(fromByteOffset: start, as: SIMD16<Float>.self)
                let gradient = rule.entries(sum.loadUnaligned(fromByteOffset: start, as: SIMD16<Float>.self))
                let slope = gradient + decay * weight
                let speed = momentum * before + slope
                velocity.storeBytes(of: speed, toByteOffset: start, as: SIMD16<Float>.self)
                weights.storeBytes(of: weight - rate * speed, toByteOffset: start, as: SIMD16<Float>.self)
            }
            for start in stride(from: whole, to: sum.count, by: 4) {
                let weight = weights.loadUnaligned(fromByteOffset: start, as: Float.self)
                let before = velocity.loadUnaligned(fromByteOffset: start, as: Float.self)
                let slope = rule.entry(sum.loadUnaligned(fromByteOffset: start, as: Float.self)) + decay * weight
                let speed = momentum * before + slope
                velocity.storeBytes(of: speed, toByteOffset: start, as: Float.self)
                weights.storeBytes(of: weight - rate * speed, toByteOffset: start, as: Float.self)
            }
        }
    }
}
