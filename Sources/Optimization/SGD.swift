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
    package func step(weights: inout [Float], velocity: inout [Float], gradient: [Float], learningRate: Double) {
        precondition(weights.count == velocity.count && weights.count == gradient.count)
        let (momentum, decay, rate) = (Float(momentum), Float(weightDecay), Float(learningRate))
        let count = weights.count
        weights.withUnsafeMutableBufferPointer { weights in
            velocity.withUnsafeMutableBufferPointer { velocity in
                gradient.withUnsafeBufferPointer { gradient in
                    for position in 0..<count {
                        let slope = gradient[position] + decay * weights[position]
                        let speed = momentum * velocity[position] + slope
                        velocity[position] = speed
                        weights[position] -= rate * speed
                    }
                }
            }
        }
    }
}
