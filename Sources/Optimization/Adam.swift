#if canImport(Glibc)
    import Glibc
#endif

/// Adam (Kingma and Ba 2015, algorithm 1) with coupled decay: the L2 term is part of the gradient, as in the papers' code.
package struct Adam: Sendable, Equatable {
    /// Share of the running mean of gradients that a step keeps: 0.5 for alpha in the papers.
    package let beta1: Double
    /// Share of the running mean of their squares that a step keeps: 0.999 for alpha in the papers.
    package let beta2: Double
    /// Added to the root of the corrected second moment.
    package let epsilon: Double
    /// Times a parameter, it is added to the parameter's gradient.
    package let weightDecay: Double

    package init(beta1: Double, beta2: Double, epsilon: Double = 1e-8, weightDecay: Double) {
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.weightDecay = weightDecay
    }

    /// The tables are small, so each entry is stepped in Double and rounded once.
    /// - Parameter stepNumber: from 1.
    package func step(
        parameters: inout [Float], first: inout [Float], second: inout [Float], stepNumber: Int, gradient: [Float],
        learningRate: Double
    ) {
        precondition(stepNumber >= 1 && parameters.count == gradient.count)
        precondition(parameters.count == first.count && parameters.count == second.count)
        let firstCorrection = 1 - pow(beta1, Double(stepNumber))
        let secondCorrection = 1 - pow(beta2, Double(stepNumber))
        for position in parameters.indices {
            let slope = Double(gradient[position]) + weightDecay * Double(parameters[position])
            let mean = beta1 * Double(first[position]) + (1 - beta1) * slope
            let square = beta2 * Double(second[position]) + (1 - beta2) * slope * slope
            first[position] = Float(mean)
            second[position] = Float(square)
            let length = (square / secondCorrection).squareRoot() + epsilon
            parameters[position] -= Float(learningRate * (mean / firstCorrection) / length)
        }
    }
}
