import Host
import Network
import Tensors
import Training

/// Where the time of one shard goes, on one thread: seconds of the first round of a run's next step.
struct ShardTimes {
    let assembly: Double
    let forward: Double
    let backward: Double
    /// By kernel, of a pass forward and backward; empty where libtorch's operators compute.
    let kernels: [(name: String, seconds: Double)]
    /// Of the pass that `kernels` was measured in, without the clocks' own time.
    let timedPass: Double

    var whole: Double { assembly + forward + backward }

    /// Medians of five. Forward alone is measured as a pass of its own.
    ///
    /// Precondition: the run has one more step.
    init(of run: PreparedRun, _ training: TrainingRun, path: CellPath) throws {
        TorchRuntime.holdToOneThread()
        var next = training
        guard let planned = next.nextRound() else { preconditionFailure("no step is left to be measured") }
        let order = run.images.order(of: planned.job)
        let round = try run.load(planned.job, weights: training.state.weights, statistics: planned.statistics)
        let assembly = try Self.median { _ = try run.images.batch(0, of: planned.job, order: order) }
        let forward = try Self.median { try round.forward(shard: 0) }
        let whole = try Self.median { _ = try round.compute(shard: 0) }
        self.assembly = assembly
        self.forward = forward - assembly
        backward = whole - forward
        guard path == .kernels else {
            (kernels, timedPass) = ([], 0)
            return
        }
        var taken = 0.0
        let timed = try CellKernels.timed { taken = try Self.seconds { _ = try round.compute(shard: 0) } }
        kernels = timed.kernels
        timedPass = taken - timed.clocks - assembly
    }

    private static func seconds(_ body: () throws -> Void) rethrows -> Double {
        let start = Clock.monotonic()
        try body()
        return (Clock.monotonic() - start).seconds
    }

    private static func median(_ body: () throws -> Void) rethrows -> Double {
        try (0..<5).map { _ in try seconds(body) }.sorted()[2]
    }
}
