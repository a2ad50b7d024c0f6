package import Configuration
package import Estimation
import Formats
import Optimization
package import SearchSpace

/// Everything that a search's future depends on besides configuration and data. What is not here is recomputed.
package struct SearchState: Sendable, Equatable {
    /// Steps that are done; the next step's number.
    package var step = 0
    package var alpha: EdgeTable<Float>
    package var alphaFirst: [Float]
    package var alphaSecond: [Float]
    /// Steps that alpha was stepped in: Adam's own count.
    package var alphaSteps = 0
    package var weights: [Float]
    package var velocity: [Float]
    /// Running statistics: mean, then variance of every batch norm.
    package var statistics: [Float]
    /// Epochs whose evaluation is done.
    package var evaluatedEpochs = 0
    /// Steps that were skipped because something was not finite.
    package var skippedSteps = 0
    /// Of those, the newest in a row.
    package var skippedInRow = 0
    package var epochTotals: EpochTotals
    /// Of a target; zero and unused without one.
    package var targetMultiplier = TargetMultiplier()
    /// Of alpha, over the steps that the configuration names.
    package internal(set) var alphaMean = AlphaMean()

    package init(configuration: SearchConfiguration, layout: WeightLayout, topology: CellTopology) {
        let seed = UInt64(configuration.run.seed)
        let shape = topology.tableShape
        alpha = InitialValues.alpha(
            shape, mean: configuration.architecture.locMean, deviation: configuration.architecture.locStd, seed: seed)
        alphaFirst = Array(repeating: 0, count: shape.count)
        alphaSecond = Array(repeating: 0, count: shape.count)
        weights = InitialValues.weights(layout, seed: seed)
        velocity = Array(repeating: 0, count: layout.weightCount)
        statistics = InitialValues.statistics(layout)
        epochTotals = EpochTotals(shape)
    }

    /// What the cell is derived from: alpha's mean once it is being averaged, before that alpha.
    package var derivedAlpha: EdgeTable<Float> { alphaMean.values.map { EdgeTable(alpha.shape, $0) } ?? alpha }

    /// SHA-256 over the little-endian floats of alpha normal, alpha reduce, weights, running statistics; 64 digits.
    package var fingerprint: String {
        var stream = SHA256Stream()
        for values in [alpha.entries, weights, statistics] { stream.update(LittleEndian.bytes(of: values)) }
        return Hexadecimal.string(stream.finish())
    }

    /// What must hold before anybody is told of it or it is written down.
    package var isFinite: Bool { [weights, velocity].allSatisfy(VectorSum.isFinite) && isFiniteBesideWeights }

    /// The same of all but weights and velocity, whose optimiser says it of them.
    var isFiniteBesideWeights: Bool {
        [statistics, alpha.entries, alphaFirst, alphaSecond].allSatisfy(VectorSum.isFinite)
            && targetMultiplier.value.isFinite && targetMultiplier.gradientNorm.isFinite
    }

    /// What the journal keeps of a step: alpha's bits.
    package var alphaDigest: String { XXH3.hash128(LittleEndian.bytes(of: alpha.entries)).hexadecimal }
}

/// What an epoch's report is made of, gathered step by step. It feeds nothing back.
package struct EpochTotals: Sendable, Equatable {
    package var steps = 0
    package var images = 0
    package var hits = 0
    package var loss = 0.0
    /// dL/dZ summed over steps, the mean over each step's shards.
    package var credits: EdgeTable<Double>
    /// Signal and noise of alpha's gradient.
    package internal(set) var spread = GradientSpread.Totals()

    init(_ shape: EdgeTableShape) { credits = EdgeTable(shape, repeating: 0) }
}
