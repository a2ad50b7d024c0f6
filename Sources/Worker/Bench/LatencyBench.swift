import Configuration
import Host
import Network
import SearchSpace
import Tensors
import Wire

/// `snas-worker --bench latency`: how long passes of derived networks take, as this worker computes them in an evaluation. What
/// `snas measure latency` starts and asks over standard input.
struct LatencyBench {
    /// Passes that are computed at once.
    let threads: Int
    let path: CellPath
    let software: String

    /// Answers one question; nothing where standard input ends before it.
    ///
    /// - Throws: `UserFacingError`.
    func run() throws {
        var input = StandardInput(lineLimitBytes: LatencyQuestion.limitBytes)
        guard let line = try input.next() else { return }
        // From here on nothing is read: the end of the input is the end of the program that asked.
        try StarterWatch.begin()
        try StandardStreams.print(try answer(to: try LatencyQuestion(line: line)).line)
    }

    private func answer(to question: LatencyQuestion) throws -> LatencyAnswer {
        let configuration = try SearchConfiguration(canonicalText: question.configuration)
        let plan = configuration.budget.plan(
            image: question.image, classes: question.classes, space: configuration.space.searchSpace)
        // Cells of a space that the kernels do not know whole go through operators, most of them, and are compared with each other.
        let path = plan.space.partsWithoutKernels.isEmpty ? path : .operators
        func network(_ genotype: Genotype) throws -> TimedNetwork {
            try TimedNetwork(
                DerivedPlan(
                    genotype: genotype, image: plan.image, classes: plan.classes, initChannels: plan.initChannels,
                    layers: plan.layers, form: genotype.form), imageCount: question.images, path: path)
        }
        let times: [MeasuredTime]
        var scale = 1.0
        if question.cells.isEmpty {
            (times, scale) = try OperationTimes(plan).measure(network, repeats: question.repeats, threads: threads)
        } else {
            let networks = try question.cells.map { try network(try Genotype(parsing: $0)) }
            times = try TimedNetwork.turns(networks, count: question.repeats, threads: threads).map {
                MeasuredTime(ofNetwork: $0)
            }
        }
        return LatencyAnswer(
            kernels: path == .kernels ? CellKernels.name : "operators", software: software, times: times,
            scale: scale)
    }
}

extension MeasuredTime {
    /// Of a whole network: the sum of its parts' medians. A pass is long enough that on a busy machine most are interrupted
    /// somewhere; most of its parts are not.
    ///
    /// - Parameter turns: of each turn, the times of all parts.
    init(ofNetwork turns: [[Int]]) {
        self.init(
            median: Self.partMedians(turns).reduce(0, +), spread: Self.quartileDistance(turns.map { $0.reduce(0, +) }))
    }

    /// Of each part, over the turns.
    static func partMedians(_ turns: [[Int]]) -> [Int] {
        turns[0].indices.map { part in median(turns.map { $0[part] }) }
    }

    /// - Parameter samples: at least one.
    static func median<Number: BinaryInteger>(_ samples: [Number]) -> Number {
        let sorted = samples.sorted()
        return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }

    /// From the sample at a quarter to the one at three quarters.
    static func quartileDistance(_ samples: [Int]) -> Int {
        let sorted = samples.sorted()
        return sorted[3 * (sorted.count - 1) / 4] - sorted[(sorted.count - 1) / 4]
    }
}
