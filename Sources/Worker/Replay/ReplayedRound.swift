import Network
import Optimization
import SearchSpace
import Training
import Wire

/// A round of a step that is computed again, ready for its shards.
struct ReplayedRound: Sendable {
    /// Its number among the step's rounds, from 0; the rounds of an evaluation behind the step go on counting.
    let number: Int
    /// What it was for.
    let planned: PlannedRound
    /// What it reads, in the layout's order.
    let weights: [Float]
    private let computation: ShardComputation

    /// - Throws: `TorchError`, or `UserError` for a round that the network cannot do.
    init(_ number: Int, _ planned: PlannedRound, current: [Float], of run: PreparedRun) throws {
        self.number = number
        self.planned = planned
        weights =
            switch planned.weights {
            case .current: current
            case .trial(let trial): trial
            }
        computation = try run.load(planned.job, weights: weights, statistics: planned.statistics)
    }

    var shardCount: Int { planned.job.shardCount }

    /// Whether the weights and the running statistics are stepped by it; every step has one such round.
    var stepsWeights: Bool { planned.job.yields.isSuperset(of: [.weightGradient, .statistics]) }

    /// One shard, with all that it reads: the bits that a worker of the run sent.
    func work(on shard: Int) throws -> ShardWork { try computation.work(on: shard) }

    /// All shards, added in the one tree.
    ///
    /// - Parameter threads: shards that are computed at once; it changes no bit.
    func sum(threads: Int) throws -> (total: [Float], reports: [ShardReport]) {
        let tree = ShardTree(shardCount: shardCount)
        var sum = TreeSum(tree: tree)
        let computation = computation
        let parts = try ThreadedMap.map(Array(0..<shardCount), threads: threads) { try computation.compute(shard: $0) }
        for (shard, part) in parts.enumerated() { _ = sum.fill(tree.leaf(shard), with: part.payload) }
        guard let total = sum.total else { preconditionFailure("every shard was filled") }
        return (total, parts.map(\.report))
    }

    /// In words for people.
    var purpose: String {
        if let place = planned.place {
            return planned.job.yields.contains(.statistics) ? "batch statistics for \(place.subject)" : place.subject
        }
        let yields = planned.job.yields
        if yields.contains(.policyGradient) { return "rewards of children" }
        if stepsWeights {
            return yields.contains(.alphaGradient) ? "the step of weights and alpha" : "the weights' step"
        }
        if !yields.contains(.alphaGradient) { return "the weights one step ahead" }
        if yields.contains(.weightGradient) { return "alpha's gradient at the weights one step ahead" }
        return planned.weights == .current
            ? "alpha's gradient" : "alpha's gradient at weights moved along its direction"
    }
}
