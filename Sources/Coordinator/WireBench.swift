import Configuration
import Datasets
import Formats
package import Host
import Messaging
import SearchSpace
import Training

/// `snas bench wire`: the real coordinator with real worker processes that compute nothing, full-size weights out and
/// contributions in; beside it, in turns, the same bytes over bare libzmq sockets.
package struct WireBench {
    package var workerCounts = [1, 2, 4, 8, 16, 32]
    package var steps = 12

    /// Steps before the clock counts.
    private static let warmUpSteps = 2

    package init() {}

    private struct Rate {
        let workers: Int
        let stepsPerSecond: Double
        let rawStepsPerSecond: Double
        let bytesAStep: Int

        var share: Double { stepsPerSecond / rawStepsPerSecond }
    }

    /// - Throws: `UserFacingError`.
    package func run(asJSON: Bool, signals: SignalPipe) throws {
        var rates: [Rate] = []
        for workers in workerCounts {
            let (seconds, bytes) = try protocolSeconds(workers, signals: signals)
            let raw = try rawSeconds(workers, bytes: bytes)
            let rate = Rate(
                workers: workers, stepsPerSecond: 1 / seconds, rawStepsPerSecond: 1 / raw,
                bytesAStep: 2 * workers * bytes)
            rates.append(rate)
            if !asJSON { Swift.print(line(rate)) }
        }
        if asJSON { StandardStreams.print(JSONValue.array(rates.map(json)).serialized()) }
    }

    private func line(_ rate: Rate) -> String {
        func decimal(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }
        return "\(rate.workers) workers: \(decimal(rate.stepsPerSecond)) steps/s, "
            + "\(decimal(rate.stepsPerSecond * Double(rate.bytesAStep) * 1e-6)) MB/s; raw libzmq "
            + "\(decimal(rate.rawStepsPerSecond)) steps/s; \(Int((100 * rate.share).rounded())) % of it"
    }

    private func json(_ rate: Rate) -> JSONValue {
        .object([
            "workers": .integer(rate.workers), "steps_per_second": .number(rate.stepsPerSecond),
            "bytes_per_second": .number(rate.stepsPerSecond * Double(rate.bytesAStep)),
            "raw_steps_per_second": .number(rate.rawStepsPerSecond), "share_of_raw": .number(rate.share),
        ])
    }

    private static func median(_ seconds: [Double]) -> Double { seconds.sorted()[seconds.count / 2] }

    // MARK: The protocol

    /// Median seconds of a step, and the bytes of the weights.
    private func protocolSeconds(_ workers: Int, signals: SignalPipe) throws -> (Double, Int) {
        let folder = try FileSystem.createTemporaryDirectory(prefix: "snas-bench-")
        defer { try? FileSystem.removeTree(folder) }
        var builder = ConfigurationBuilder()
        for (name, value) in [
            ("shards", "\(workers)"), ("batch_size", "\(workers)"), ("train_portion", "1"), ("init_channels", "16"),
            ("max_steps", "\(steps + Self.warmUpSteps)"), ("min_workers", "\(workers)"),
            ("checkpoint_interval_s", "3600"), ("report_freq", "1000"),
        ] { try builder.apply(name: name, value: value, origin: .flag) }
        // One image of 8 x 8 a shard leaves four values to a batch norm: nothing is computed with them.
        let resolved = try builder.finished()
        let data = try RecognisedDataset(at: "digits").loadTraining()
        let session = try SearchSession(new: resolved, data: data, dataLocation: "digits") { "\(folder)/run" }
        let endpoint = try Endpoint(parsing: "ipc://\(folder)/socket")
        let router = try RouterSocket(try MessagingContext())
        _ = try router.bind(endpoint)
        let children = try LocalWorkers(
            count: workers, threads: 1, endpoint: endpoint.description, extra: ["--bench", "wire"])
        defer { children.stop() }
        let bytes = session.run.layout.weightCount * 4
        let process = try CoordinatorProcess(
            session: session, router: router, signals: signals, workers: children, isQuiet: true)
        guard try process.run() == .done else { throw UserError(.temporary, "the bench was stopped") }
        let lines = try FileSystem.readFile("\(folder)/run/metrics.jsonl", limitBytes: 1 << 26)
            .split(separator: UInt8(ascii: "\n"))
        let seconds = try lines.map { try JSONValue.parse(Array($0), source: "metrics") }
            .filter { $0["kind"]?.text == "step" }.compactMap { $0["seconds"]?.number }
        return (Self.median(Array(seconds.dropFirst(Self.warmUpSteps))), bytes)
    }

    // MARK: Bare sockets

    /// The same bytes in pieces of the same size, out to every worker and back, a round after the other.
    private func rawSeconds(_ workers: Int, bytes: Int) throws -> Double {
        let folder = try FileSystem.createTemporaryDirectory(prefix: "snas-bench-")
        defer { try? FileSystem.removeTree(folder) }
        let endpoint = try Endpoint(parsing: "ipc://\(folder)/socket")
        let router = try RouterSocket(try MessagingContext())
        _ = try router.bind(endpoint)
        let piece = [UInt8](repeating: 7, count: SearchConfiguration().cluster.pieceBytes)
        let pieces = (bytes + piece.count - 1) / piece.count
        let children = try LocalWorkers(
            count: workers, threads: 1, endpoint: endpoint.description,
            extra: ["--bench", "raw", "--steps", "\(pieces)"])
        defer { children.stop() }
        var peers: [PeerIdentity] = []
        while peers.count < workers {
            if let (peer, _) = router.receive() { peers.append(peer) } else { wait(router) }
            if let reason = children.reasonNoneIsLeft() { throw UserError(.unavailable, reason) }
        }
        var seconds: [Double] = []
        for _ in 0..<steps + Self.warmUpSteps {
            let start = Clock.monotonic()
            for _ in 0..<pieces {
                for peer in peers { while try router.send(piece, to: peer) == .wouldBlock { wait(router) } }
            }
            var missing = workers * pieces
            while missing > 0 { if router.receive() != nil { missing -= 1 } else { wait(router) } }
            seconds.append((Clock.monotonic() - start).seconds)
        }
        for peer in peers { _ = try router.send([0], to: peer) }
        return Self.median(Array(seconds.dropFirst(Self.warmUpSteps)))
    }

    private func wait(_ router: RouterSocket) {
        Poller.wait(sockets: [router], fileDescriptors: [], timeout: .milliseconds(100))
    }
}
