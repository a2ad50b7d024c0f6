import Configuration
import Coordinator
import Datasets
import Formats
package import Host
import Launching
import Messaging
import RunStore
import SearchSpace
import Training

/// `snas bench wire`: the real coordinator with real worker processes that compute nothing, full-size weights out and
/// contributions in; beside it, a step of the one and a round of the other in turns, the same bytes over bare libzmq sockets
/// between as many processes.
package struct WireBench {
    /// Measured one after the other, each with a coordinator and worker processes of its own.
    package var workerCounts = [1, 2, 4, 8, 16, 32]
    /// Steps that count, of each side.
    package var steps = 20
    /// `cluster.piece_bytes`, for both sides; the configuration's own where it is nil.
    package var pieceBytes: String?

    /// Steps before the clock counts.
    static let warmUpSteps = 3

    /// The defaults; the command's flags change them.
    package init() {}

    /// What the two rates are.
    private static let comparison =
        "a step: weights to every worker and a contribution back from each, in pieces asked for and hashed on both sides, "
        + "the sum, clipping, SGD, Adam, metrics and journal; raw: the same bytes in the same pieces over libzmq's "
        + "sockets as it makes them, neither asked for nor looked at; a step of the one, a round of the other, in turns"

    /// Medians of one number of workers.
    struct Rate {
        let workers: Int
        /// A whole step, from one to the next: weights out, contributions in, sum, optimisers, metrics, journal.
        let stepsPerSecond: Double
        /// Of a step, from the opening of its round until the last contribution is added.
        let roundMilliseconds: Double
        let rawStepsPerSecond: Double
        let bytesAStep: Int

        /// Of the raw rate.
        var share: Double { stepsPerSecond / rawStepsPerSecond }
    }

    /// - Throws: `UserFacingError`.
    package func run(asJSON: Bool, signals: SignalPipe) throws {
        if !asJSON { try StandardStreams.print(Self.comparison) }
        var rates: [Rate] = []
        for workers in workerCounts {
            let rate = try measure(workers, signals: signals)
            rates.append(rate)
            if !asJSON { try StandardStreams.print(rate.line) }
        }
        let mathematics = OptimizerTimes.measure(parameters: try Self.parameters(), workers: 8)
        if asJSON {
            let value = JSONValue.object([
                "compares": .string(Self.comparison), "rates": .array(rates.map(\.json)),
                "sum_ms_per_contribution": .number(mathematics.sumMilliseconds),
                "optimizers_ms_per_step": .number(mathematics.stepMilliseconds),
            ])
            try StandardStreams.print(value.serialized())
        } else {
            try StandardStreams.print(mathematics.line)
        }
    }

    /// Floats of the default network: weights, and statistics that travel with their gradients.
    private static func parameters() throws -> OptimizerTimes.Parameters {
        let configuration = SearchConfiguration()
        let plan = configuration.plan(image: ImageShape(channels: 1, height: 8, width: 8), classes: 10)
        let layout = WeightLayout.superNetwork(plan)
        return .init(
            weights: layout.weightCount, statistics: layout.statisticCount,
            alpha: plan.space.shape.count)
    }

    // MARK: One number of workers

    private func measure(_ workers: Int, signals: SignalPipe) throws -> Rate {
        let scratch = try ScratchFolder(
            prefix: "snas-bench-", socketName: "socket", pathBytes: Endpoint.pathBytes)
        defer { withExtendedLifetime(scratch) {} }
        let folder = scratch.path
        let session = try session(workers, folder: folder)
        let layout = session.layout
        let load = BareExchange.Load(
            bytesOut: layout.weightCount * 4, bytesBack: (layout.weightCount + layout.statisticCount) * 4,
            pieceBytes: session.configuration.cluster.pieceBytes)
        let rival = try BareRival(workers, endpoint: try Endpoint(parsing: "ipc://\(folder)/bare"), load: load)
        let endpoint = try Endpoint(parsing: "ipc://\(folder)/socket")
        HostInfo.raiseDescriptorLimit()
        let router = try RouterSocket(try MessagingContext())
        _ = try router.bind(endpoint)
        let children = try LocalWorkers(
            threads: Array(repeating: 1, count: workers), endpoint: endpoint.description, extra: ["--bench", "wire"])
        defer { children.stop() }
        let process = try CoordinatorProcess(
            session: session, router: router, signals: signals, workers: children, isQuiet: true)
        var (own, bare): ([Double], [Double]) = ([], [])
        var begun: Duration?
        process.afterStep = {
            let done = Clock.monotonic()
            if let begun { own.append((done - begun).seconds) }
            try rival.round()
            let end = Clock.monotonic()
            bare.append((end - done).seconds)
            begun = end
        }
        guard try process.run() == .done else { throw UserError(.temporary, "the bench was stopped") }
        return Rate(
            workers: workers, stepsPerSecond: 1 / Self.median(own),
            roundMilliseconds: 1000 * Self.median(try roundSeconds(folder)), rawStepsPerSecond: 1 / Self.median(bare),
            bytesAStep: workers * (load.bytesOut + load.bytesBack))
    }

    /// As the run's own metrics tell them.
    private func roundSeconds(_ folder: String) throws -> [Double] {
        try FileSystem.readFile("\(folder)/run/metrics.jsonl", limitBytes: 1 << 26)
            .split(separator: UInt8(ascii: "\n")).map { try JSONValue.parse(Array($0), source: "metrics") }
            .filter { $0["kind"]?.text == "step" }.compactMap { $0["seconds"]?.number }
    }

    private static func median(_ seconds: [Double]) -> Double {
        let counted = seconds.dropFirst(warmUpSteps).sorted()
        return counted[counted.count / 2]
    }

    /// One image of 8 x 8 a shard leaves four values to a batch norm: nothing is computed with them.
    private func session(_ workers: Int, folder: String) throws -> TrainingSession {
        var builder = ConfigurationBuilder()
        for (name, value) in [
            ("shards", "\(workers)"), ("batch_size", "\(workers)"), ("train_portion", "1"), ("init_channels", "16"),
            ("max_steps", "\(steps + Self.warmUpSteps + 1)"), ("min_workers", "\(workers)"),
            ("checkpoint_interval_s", "3600"), ("report_freq", "1000"),
        ] { try builder.apply(name: name, value: value, origin: .flag) }
        if let pieceBytes { try builder.apply(name: "piece_bytes", value: pieceBytes, origin: .flag) }
        let resolved = try builder.finished()
        let data = try RecognisedDataset(at: "digits").loadTraining()
        return try TrainingSession(new: resolved, data: data, dataLocation: "digits") {
            try RunDirectory.create("\(folder)/run")
        }
    }
}

extension WireBench.Rate {
    var line: String {
        func decimal(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }
        return "\(workers) workers: \(decimal(stepsPerSecond)) steps/s, "
            + "\(decimal(stepsPerSecond * Double(bytesAStep) * 1e-6)) MB/s (\(decimal(1000 / stepsPerSecond)) ms a step, "
            + "\(decimal(roundMilliseconds)) of it the round); raw libzmq "
            + "\(decimal(rawStepsPerSecond)) steps/s; \(Int((100 * share).rounded())) % of it (medians)"
    }

    var json: JSONValue {
        .object([
            "workers": .integer(workers), "steps_per_second": .number(stepsPerSecond),
            "bytes_per_second": .number(stepsPerSecond * Double(bytesAStep)),
            "round_ms": .number(roundMilliseconds), "raw_steps_per_second": .number(rawStepsPerSecond),
            "raw_bytes_per_second": .number(rawStepsPerSecond * Double(bytesAStep)), "share_of_raw": .number(share),
        ])
    }
}

/// The bare side of the bench: this process and as many others that answer it, which are started from this program.
private final class BareRival {
    private let hub: BareHub
    private let children: [ChildProcess]
    /// Their standard input: they end when this process does, however it ends.
    private let life: Pipe

    init(_ count: Int, endpoint: Endpoint, load: BareExchange.Load) throws {
        guard let program = HostInfo.executablePath() else { throw UserError(.operatingSystem, "/proc is not mounted") }
        var children: [ChildProcess] = []
        let life = try Pipe()
        hub = try BareHub(endpoint, peers: count, load: load) {
            for _ in 0..<count {
                children.append(
                    try ChildProcess(program, BareAnswer.words(endpoint, load), input: life.reading))
            }
        }
        self.children = children
        self.life = life
    }

    func round() throws { try hub.round() }

    deinit { for child in children { child.send(signal: 9) } }
}

/// The command by which the bench starts the other side of its bare sockets.
package enum BareAnswer {
    /// `snas bench answer`: for the bench alone, which starts it.
    package static let name = "answer"

    static func words(_ endpoint: Endpoint, _ load: BareExchange.Load) -> [String] {
        ["bench", name, endpoint.description] + [load.bytesOut, load.bytesBack, load.pieceBytes].map(String.init)
    }

    /// - Throws: `UserError` for words that `words` did not write.
    package static func run(_ words: [String]) throws -> ExitCode {
        let numbers = words.dropFirst().compactMap { Int($0) }.filter { $0 > 0 }
        guard let endpoint = words.first, words.count == 4, numbers.count == 3 else {
            throw UserError(.usage, "snas bench \(name) is started by snas bench wire")
        }
        try StarterWatch.begin()
        try BareExchange.answer(
            try Endpoint(parsing: endpoint),
            load: .init(bytesOut: numbers[0], bytesBack: numbers[1], pieceBytes: numbers[2]))
        return .done
    }
}
