package enum GradientClipping {
    /// Scales a gradient down to `maximumNorm` where it is longer (PyTorch's `clip_grad_norm_`, with its 1e-6).
    ///
    /// The norm is summed in Double, entry by entry in order, so that it has the same bits everywhere.
    /// - Returns: the norm before.
    package static func clip(_ gradient: inout [Float], maximumNorm: Double) -> Double {
        var squares = 0.0
        for value in gradient { squares += Double(value) * Double(value) }
        let norm = squares.squareRoot()
        let scale = maximumNorm / (norm + 1e-6)
        if scale < 1 {
            let factor = Float(scale)
            for position in gradient.indices { gradient[position] *= factor }
        }
        return norm
    }
}

package enum RunningStatistics {
    /// r <- 0.9 r + 0.1 m: PyTorch's batch-norm momentum of 0.1.
    package static func step(_ running: inout [Float], batch: [Float]) {
        precondition(running.count == batch.count)
        for position in running.indices { running[position] = 0.9 * running[position] + 0.1 * batch[position] }
    }
}
