/// Stochastic gradient descent with momentum, PyTorch's rule without dampening: v <- m v + (g + d w), w <- w - rate v. The
/// first step's v is g + d w, which m v with v = 0 gives.
package struct SGD: Sendable, Equatable {
    /// m of the rule: the share of its velocity that a weight keeps in a step.
    package let momentum: Double
    /// d of the rule: times a weight, it is added to the weight's gradient.
    package let weightDecay: Double

    package init(momentum: Double, weightDecay: Double) {
        self.momentum = momentum
        self.weightDecay = weightDecay
    }

    /// All weights decay, batch-norm scales too, as in the papers' code. In Float, as PyTorch steps Float weights.
    ///
    /// The new weights are an array of their own: the old ones may still be on their way to workers.
    ///
    /// - Returns: whether every weight and velocity is finite now: seen while they are written, so that nobody reads them again to
    ///   know.
    @discardableResult
    package func step(
        weights: inout [Float], velocity: inout [Float], gradient: MeanGradient, learningRate: Double
    ) -> Bool {
        precondition(weights.count == velocity.count && weights.count == gradient.count)
        var isFinite = false
        let old = weights
        weights = [Float](unsafeUninitializedCapacity: old.count) { new, filled in
            old.withUnsafeBytes { old in
                velocity.withUnsafeMutableBytes { velocity in
                    var reader = Reader(
                        old: old, new: UnsafeMutableRawBufferPointer(new), velocity: velocity,
                        momentum: Float(momentum),
                        decay: Float(weightDecay), rate: Float(learningRate))
                    gradient.read(&reader)
                    isFinite = reader.isFinite
                }
            }
            filled = old.count
        }
        return isFinite
    }

    /// Reads and writes every float once, sixteen at a time.
    private struct Reader: MeanReader {
        let old: UnsafeRawBufferPointer
        let new: UnsafeMutableRawBufferPointer
        let velocity: UnsafeMutableRawBufferPointer
        let momentum: Float
        let decay: Float
        let rate: Float
        private var special = SpecialLanes()

        init(
            old: UnsafeRawBufferPointer, new: UnsafeMutableRawBufferPointer, velocity: UnsafeMutableRawBufferPointer,
            momentum: Float, decay: Float, rate: Float
        ) {
            self.old = old
            self.new = new
            self.velocity = velocity
            self.momentum = momentum
            self.decay = decay
            self.rate = rate
        }

        var isFinite: Bool { !special.isAny }

        @inline(__always)
        mutating func read(_ sum: UnsafeRawBufferPointer, _ rule: some MeanRule) {
            let lanesBytes = MemoryLayout<SIMD16<Float>>.size
            let whole = sum.count / lanesBytes * lanesBytes
            var special = SpecialLanes()
            for start in stride(from: 0, to: whole, by: lanesBytes) {
                let weight = old.loadUnaligned(fromByteOffset: start, as: SIMD16<Float>.self)
                let before = velocity.loadUnaligned(fromByteOffset: start, as: SIMD16<Float>.self)
                let gradient = rule.entries(sum.loadUnaligned(fromByteOffset: start, as: SIMD16<Float>.self))
                let slope = gradient + decay * weight
                let speed = momentum * before + slope
                let moved = weight - rate * speed
                velocity.storeBytes(of: speed, toByteOffset: start, as: SIMD16<Float>.self)
                new.storeBytes(of: moved, toByteOffset: start, as: SIMD16<Float>.self)
                special.note(speed)
                special.note(moved)
            }
            for start in stride(from: whole, to: sum.count, by: 4) {
                let weight = old.loadUnaligned(fromByteOffset: start, as: Float.self)
                let before = velocity.loadUnaligned(fromByteOffset: start, as: Float.self)
                let slope = rule.entry(sum.loadUnaligned(fromByteOffset: start, as: Float.self)) + decay * weight
                let speed = momentum * before + slope
                let moved = weight - rate * speed
                velocity.storeBytes(of: speed, toByteOffset: start, as: Float.self)
                new.storeBytes(of: moved, toByteOffset: start, as: Float.self)
                special.note(SIMD16(repeating: speed))
                special.note(SIMD16(repeating: moved))
            }
            self.special = special
        }
    }
}
