package import Configuration
import Estimation
import Formats
package import Optimization
package import SearchSpace

/// Everything that a run's future depends on besides configuration and data. What is not here is recomputed.
package struct RunState: Sendable, Equatable {
    /// Steps that are done; the next step's number.
    package var step = 0
    /// In the layout's order.
    package var weights: [Float]
    /// SGD's, one a weight.
    package var velocity: [Float]
    /// Running statistics: mean, then variance of every batch norm.
    package var statistics: [Float]
    /// Nil where the architecture is fixed, as in a retraining.
    package var architecture: ArchitectureState?
    /// Epochs that are over and reported, each after its evaluation if it has one.
    package var evaluatedEpochs = 0
    /// Steps that were skipped because something was not finite.
    package var skippedSteps = 0
    /// Steps that were skipped without a break up to the last one; 0 once a step is taken.
    package var skippedInRow = 0
    /// Of the rounds so far (`NetworkWork`). It feeds nothing back.
    package internal(set) var multiplyAdds = 0.0
    /// Of the epoch in work; between epochs, of the one that is over.
    package var epochTotals: EpochTotals

    /// - Parameter shape: of alpha; nil where the architecture is fixed.
    package init(_ configuration: SearchConfiguration, layout: WeightLayout, _ shape: EdgeTableShape?) {
        weights = InitialValues.weights(layout, seed: UInt64(configuration.run.seed))
        velocity = Array(repeating: 0, count: layout.weightCount)
        statistics = InitialValues.statistics(layout)
        architecture = shape.map { ArchitectureState(configuration, $0) }
        epochTotals = EpochTotals(shape ?? .empty)
    }

    /// SHA-256 over the little-endian floats of alpha (where there is one), weights, running statistics; 64 digits.
    package var fingerprint: String {
        var stream = SHA256Stream()
        for values in [architecture?.alpha.entries ?? [], weights, statistics] {
            stream.update(LittleEndian.bytes(of: values))
        }
        return Hexadecimal.string(stream.finish())
    }

    /// What must hold before anybody is told of it or it is written down.
    package var isFinite: Bool { [weights, velocity].allSatisfy(VectorSum.isFinite) && isFiniteBesideWeights }

    /// The same of all but weights and velocity, whose optimiser says it of them.
    var isFiniteBesideWeights: Bool { VectorSum.isFinite(statistics) && architecture?.isFinite ?? true }

    /// What the journal keeps of a step.
    package var digests: StepDigests {
        StepDigests(
            alpha: (architecture?.alpha.entries).map { XXH3.hash128(of: $0).hexadecimal },
            weights: XXH3.hash128(of: weights).hexadecimal)
    }

    /// One step of the weights by their mean gradient, and of the running statistics.
    ///
    /// - Parameters:
    ///   - sums: of the statistics over the round's shards.
    ///   - usage: what the shards computed; nil: everything.
    /// - Returns: whether all weights and velocities are finite.
    package mutating func step(
        _ gradient: MeanGradient, statistics sums: [Float], shards: Int, usage: RoundUsage?, _ plan: TrainingPlan
    ) -> Bool {
        let training = plan.configuration.training
        let unused = usage?.unusedWeights(plan.layout) ?? []
        // Copies: a slice would hold all velocities, and the step would copy all of them before it writes.
        let kept = unused.map { (weights: Array(weights[$0]), velocity: Array(velocity[$0])) }
        let isFinite = SGD(momentum: training.momentum, weightDecay: training.weightDecay).step(
            weights: &weights, velocity: &velocity, gradient: gradient, learningRate: plan.learningRate(at: step))
        for (range, kept) in zip(unused, kept) {
            weights.replaceSubrange(range, with: kept.weights)
            velocity.replaceSubrange(range, with: kept.velocity)
        }
        if let usage {
            usage.step(&statistics, sums: sums, plan.layout, by: RunningStatistics.stepped)
        } else {
            var batch = sums
            VectorSum.divide(&batch, by: Float(shards))
            RunningStatistics.step(&statistics, batch: batch)
        }
        return isFinite
    }
}

/// Digests of a state after a step, XXH3 of 128 bits in hexadecimal: whoever computes the step again must come to the same.
package struct StepDigests: Sendable, Equatable {
    /// Nil where there is no alpha.
    package let alpha: String?
    /// Of all weights, without velocity and running statistics.
    package let weights: String

    package init(alpha: String?, weights: String) {
        self.alpha = alpha
        self.weights = weights
    }
}

/// What an epoch's report is made of, gathered step by step. It feeds nothing back.
package struct EpochTotals: Sendable, Equatable {
    /// Steps that were taken: skipped ones leave no trace.
    package var steps = 0
    /// Images of the steps' batches.
    package var images = 0
    /// Images that the classifier had right.
    package var hits = 0
    /// Sum of the steps' mean losses.
    package var loss = 0.0
    /// dL/dZ summed over steps, the mean over each step's shards.
    package var credits: EdgeTable<Double>
    /// Signal and noise of alpha's gradient.
    package internal(set) var spread = GradientSpread.Totals()

    init(_ shape: EdgeTableShape) { credits = EdgeTable(shape, repeating: 0) }

    mutating func add(_ figures: StepFigures) {
        steps += 1
        images += figures.images
        hits += figures.hits
        if figures.loss.isFinite { loss += figures.loss }
        if let gradient = figures.architecture?.gradient { spread.add(gradient) }
        for shard in figures.credits {
            for (entry, credit) in shard.enumerated() where credit.isFinite {
                credits.entries[entry] += Double(credit) / Double(figures.credits.count)
            }
        }
    }
}
