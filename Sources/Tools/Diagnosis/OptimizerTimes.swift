import Host
import Optimization
import SearchProtocol
import Wire

/// What the coordinator computes itself, by the clock: its part of a step, beside what travels.
struct OptimizerTimes {
    struct Parameters {
        let weights: Int
        let statistics: Int
        let alpha: Int
    }

    let parameters: Parameters
    /// Medians. The fixed-tree sum, for each contribution that is added.
    let sumMilliseconds: Double
    /// Mean, check for finite values, clipping, SGD and running statistics, clipping and Adam of alpha: once a step.
    let stepMilliseconds: Double

    private static let repetitions = 15

    static func measure(parameters: Parameters, workers: Int) -> OptimizerTimes {
        var (sums, steps): ([Double], [Double]) = ([], [])
        let tree = ShardTree(shardCount: workers)
        var (weights, velocity) = (ramp(parameters.weights), ramp(parameters.weights))
        var (alpha, first) = (ramp(parameters.alpha), ramp(parameters.alpha))
        var second = ramp(parameters.alpha)
        var statistics = ramp(parameters.statistics)
        for number in 1...repetitions {
            let contributions = (0..<workers).map { _ in arrived(parameters.weights + parameters.statistics) }
            let start = Clock.monotonic()
            var sum = TreeSum(tree: tree)
            for (shard, contribution) in contributions.enumerated() {
                _ = sum.fill(tree.leaf(shard), with: contribution)
            }
            let total = sum.total ?? []
            let summed = Clock.monotonic()
            let gradient = MeanGradient(of: total[..<parameters.weights], shards: workers, maximumNorm: 5)
            var batch = Array(total[parameters.weights...])
            VectorSum.divide(&batch, by: Float(workers))
            if gradient.isFinite, VectorSum.isFinite(batch) {
                SGD(momentum: 0.9, weightDecay: 3e-4).step(
                    weights: &weights, velocity: &velocity, gradient: gradient, learningRate: 0.025)
                RunningStatistics.step(&statistics, batch: batch)
            }
            var slope = ramp(parameters.alpha)
            _ = GradientClipping.clip(&slope, maximumNorm: 10)
            Adam(beta1: 0.5, beta2: 0.999, weightDecay: 1e-3).step(
                parameters: &alpha, first: &first, second: &second, stepNumber: number, gradient: slope,
                learningRate: 3e-4)
            let end = Clock.monotonic()
            sums.append((summed - start).seconds * 1000 / Double(workers))
            steps.append((end - summed).seconds * 1000)
        }
        func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
        return OptimizerTimes(parameters: parameters, sumMilliseconds: median(sums), stepMilliseconds: median(steps))
    }

    /// A contribution as it comes: pieces, each where its frame lies.
    private static func arrived(_ count: Int) -> PartedVector {
        let pieceBytes = ProtocolSettings().pieceBytes
        let blob = Blob(floats: ramp(count), pieceBytes: pieceBytes)
        let indices = 0..<blob.reference.pieceCount(pieceBytes: pieceBytes)
        return GatheredBlob(pieces: indices.compactMap { blob.piece($0)?.bytes }).vector ?? PartedVector()
    }

    private static func ramp(_ count: Int) -> [Float] { (0..<count).map { Float($0 % 97) * 0.01 } }

    var line: String {
        func decimal(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }
        return "the coordinator's own part, \(parameters.weights) weights: sum \(decimal(sumMilliseconds)) ms for each "
            + "contribution; mean, clipping, SGD and Adam \(decimal(stepMilliseconds)) ms a step (medians)"
    }
}
