import SearchSpace
import Tensors

extension DerivedNetwork {
    /// How long the parts of an evaluation's pass take: what `evaluationPass` computes up to the logits.
    ///
    /// - Parameter now: nanoseconds since some moment.
    /// - Returns: nanoseconds of the stem with the images' way into it, of each of `plan.blocks`, and of what is behind them.
    package func passTimes(
        _ weights: NetworkWeights, statistics: [Float], pixels: [Float], imageCount: Int, noise: PassNoise?,
        now: () -> Int
    ) throws -> [Int] {
        precondition(statistics.count == layout.statisticCount)
        return try TorchRuntime.withoutGradients {
            var moments = [now()]
            moments.reserveCapacity(plan.blocks.count + 3)
            let context = context(weights, .given(statistics, statisticEntries), imageCount, dropPath: nil, noise)
            _ = try forward(pixels, context, readsAuxiliary: false) { moments.append(now()) }
            moments.append(now())
            return zip(moments.dropFirst(), moments).map { $0 - $1 }
        }
    }
}
