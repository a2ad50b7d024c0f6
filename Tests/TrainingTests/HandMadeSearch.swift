import Configuration
import Optimization
import SearchSpace
import Testing
import Training
import Wire

/// A bilevel search of losses that can be derived by hand. With entry k(i) of alpha for weight i,
///
///     L_train  = sum_i  c_i w_i^2 / 2 + b_i w_i alpha_k(i)          L_search = sum_i  d_i w_i^2 / 2 + e_i w_i alpha_k(i)
///
/// so that by weight i they slope by c w + b alpha and d w + e alpha, by entry k by the sums of b w and e w, and the product of
/// d^2 L_train / (d alpha d w) and a vector v is, at entry k, the sum of b v.
struct HandMadeSearch {
    var run: TrainingRun
    private(set) var rounds: [PlannedRound] = []

    init(unrolled: Bool, warmup: Double = 0, epochs: Int = 2) {
        var configuration = SearchConfiguration()
        configuration.space.initChannels = 4
        configuration.space.layers = 3
        configuration.space.cells.nodes = 1
        configuration.training.epochs = epochs
        configuration.training.batchSize = 8
        configuration.training.shards = 2
        configuration.training.gradClip = 1e9
        configuration.architecture.warmup = warmup
        configuration.architecture.weightDecay = 0
        configuration.architecture.gradClip = 1e9
        configuration.architecture.locMean = 0
        configuration.architecture.locStd = 0.1
        configuration.method.search = .darts
        configuration.method.unrolled = unrolled
        let plan = configuration.plan(image: ImageShape(channels: 1, height: 8, width: 8), classes: 10)
        run = TrainingRun(
            TrainingPlan(
                configuration, layout: .superNetwork(plan), classes: 10, gradientImages: 26, searchImages: 17,
                heldOutImages: 0), BilevelSearch(nil, unrolled: unrolled),
            cells: SearchedCells(plan.space, rule: .darts))
    }

    struct Loss: Sendable {
        /// Per weight: of the square, and of the product with alpha.
        let square: @Sendable (Int) -> Double
        let product: @Sendable (Int) -> Double

        static let train = Loss(square: { 0.5 + Double($0 % 5) / 8 }, product: { Double($0 % 7) / 8 - 0.375 })
        static let search = Loss(square: { 1 + Double($0 % 3) / 4 }, product: { 0.625 - Double($0 % 11) / 16 })

        func weightSlopes(_ weights: [Double], _ alpha: [Double]) -> [Double] {
            weights.indices.map { square($0) * weights[$0] + product($0) * alpha[$0 % alpha.count] }
        }

        /// By each entry of alpha: what a vector comes to under the mixed second derivatives too.
        func alphaSlopes(_ vector: [Double], entries: Int) -> [Double] {
            var slopes = [Double](repeating: 0, count: entries)
            for place in vector.indices { slopes[place % entries] += product(place) * vector[place] }
            return slopes
        }
    }

    /// Answers one round; nil when the run is over.
    mutating func advance(spoil: (inout [ShardReport]) -> Void = { _ in }) -> [RunReport]? {
        guard let planned = run.nextRound() else { return nil }
        rounds.append(planned)
        let job = planned.job
        let weights = if case .trial(let trial) = planned.weights { trial } else { run.state.weights }
        let loss = job.images == .searchBatch ? Loss.search : .train
        let slopes = loss.alphaSlopes(weights.map { Double($0) }, entries: job.table.count).map { Float($0) }
        var reports = (0..<job.shardCount).map { shard in
            ShardReport(
                shard: shard, imageCount: 4, loss: 1, hits: 1, finite: true,
                alphaGradient: job.yields.contains(.alphaGradient) ? slopes : [],
                credits: job.yields.contains(.alphaGradient) ? slopes : [])
        }
        var total: [Float] = []
        if job.yields.contains(.weightGradient) {
            total += loss.weightSlopes(weights.map { Double($0) }, job.table.map { Double($0) }).map {
                Float($0) * Float(job.shardCount)
            }
        }
        if job.yields.contains(.statistics) {
            total += [Float](repeating: 1, count: run.plan.layout.statisticCount).map { $0 * Float(job.shardCount) }
        }
        #expect(total.count == planned.payloadCount)
        spoil(&reports)
        return run.absorb(job, total: total, reports: reports)
    }

    /// Rounds until the step that is open is done.
    mutating func step() {
        let before = run.state.step
        while run.state.step == before, advance() != nil {}
    }

    /// Adam's first moment after its first step is (1 - beta1) times the gradient.
    var firstGradient: [Double] { run.state.architecture?.firstMoments.map { Double($0) / 0.5 } ?? [] }

    var alpha: [Double] { run.state.architecture?.alpha.entries.map { Double($0) } ?? [] }

    var weights: [Double] { run.state.weights.map { Double($0) } }
}
