/// Running means and variances of batch norms, by which a derived network normalises outside its training.
package enum RunningStatistics {
    /// r <- 0.9 r + 0.1 m: PyTorch's batch-norm momentum of 0.1.
    package static func step(_ running: inout [Float], batch: [Float]) {
        precondition(running.count == batch.count)
        for position in running.indices { running[position] = stepped(running[position], batch[position]) }
    }

    /// The rule of one entry.
    @inline(__always)
    package static func stepped(_ running: Float, _ batch: Float) -> Float { 0.9 * running + 0.1 * batch }
}
