import Randomness
package import SearchSpace

/// What a run starts from. Coordinator and workers make the same values: the coordinator to begin with, a worker for the
/// probe that shows what kind of machine it is.
package enum InitialValues {
    /// PyTorch's defaults: convolutions and classifier uniform in +-1/sqrt(fan-in), batch-norm scale 1 and shift 0. Each
    /// tensor has its own stream, by its place in the layout.
    package static func weights(_ layout: WeightLayout, seed: UInt64) -> [Float] {
        var weights = [Float](repeating: 0, count: layout.weightCount)
        for (position, entry) in layout.entries.enumerated() {
            switch entry.role {
            case .convolution, .classifierWeight, .classifierBias:
                let stream = RandomStream(seed: seed, purpose: .initialWeights, minor: UInt32(position))
                InitialWeights.uniform(into: &weights, range: entry.range, fanIn: entry.fanIn, stream: stream)
            case .batchNormScale: for place in entry.range { weights[place] = 1 }
            case .batchNormShift: break
            }
        }
        return weights
    }

    /// Normal with the given mean and deviation (official: 1 and 0.01; the mean matters only to the decay).
    package static func alpha(
        _ shape: EdgeTableShape, mean: Double, deviation: Double, seed: UInt64
    ) -> EdgeTable<Float> {
        let stream = RandomStream(seed: seed, purpose: .initialAlpha)
        return EdgeTable(shape, (0..<UInt64(shape.count)).map { Float(mean + deviation * stream.normal($0)) })
    }

    /// Mean 0, variance 1.
    package static func statistics(_ layout: WeightLayout) -> [Float] {
        var values = [Float](repeating: 0, count: layout.statisticCount)
        for entry in layout.statistics {
            for place in entry.varianceOffset..<entry.varianceOffset + entry.channels { values[place] = 1 }
        }
        return values
    }
}
