import Configuration
import Coordinator
import Datasets
import Host
import RunStore
import SearchProtocol
import Training
import Wire

/// A session on a folder of its own, whose rounds are answered by made-up numbers: no socket, no worker, no network.
final class SessionRig {
    let folder: String
    var session: TrainingSession
    var events: [RunEvent] = []
    var requests: [PersistenceRequest] = []

    var path: String { "\(folder)/run" }

    init(_ settings: [(String, String)] = [], retraining: Bool = false) throws {
        folder = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
        var builder = retraining ? ConfigurationBuilder(from: .retraining, origin: .standard) : ConfigurationBuilder()
        let small = [
            ("init_channels", "4"), ("layers", "3"), ("epochs", "4"), ("batch_size", "40"), ("shards", "5"),
            ("train_portion", "0.11"), ("recalibration_images", "160"),
        ]
        for (name, value) in small + settings { try builder.apply(name: name, value: value, origin: .flag) }
        let path = "\(folder)/run"
        session = try TrainingSession(
            new: try builder.finished(), data: try RecognisedDataset(at: "digits").loadTraining(),
            dataLocation: "digits"
        ) { try RunDirectory.create(path) }
    }

    deinit { try? FileSystem.removeTree(folder) }

    /// Answers one round; nil when the run is over.
    func advance(spoil: (inout [ShardReport]) -> Void = { _ in }) -> RoundOutcome? {
        guard let planned = session.nextRound() else { return nil }
        let job = planned.job
        let size = (job.imageCount + job.shardCount - 1) / job.shardCount
        var reports = (0..<job.shardCount).map { shard in
            let entries = (0..<job.reportedEntries).map { Float(($0 * 37 + shard) % 41 - 20) / 64 }
            return ShardReport(
                shard: shard, imageCount: min(size, job.imageCount - shard * size), loss: 2, hits: 1, finite: true,
                alphaGradient: entries, credits: entries)
        }
        spoil(&reports)
        let total = (0..<planned.payloadCount).map { Float(($0 * 37 + Int(job.step)) % 41) / 64 }
        let outcome = session.absorb(
            RoundResult(round: 0, job: job, total: total, reports: reports), workers: 1, seconds: 0.1)
        events += outcome.events
        requests += outcome.requests
        return outcome
    }

    func finish() { while advance() != nil {} }

    /// The step that was done last when an event happened; 0 before the first.
    func lastStep(before event: RunEvent) -> Int {
        switch event {
        case .step(let report, _, _): report.step
        case .epoch(let report, _): 4 * report.epoch + 3
        case .warmupOver, .over: 0
        }
    }

    /// The run as another coordinator finds it, to which the first leaves it in peace.
    func resumed() throws -> TrainingSession {
        try FileSystem.removeTree("\(path)/lease.json")
        return try TrainingSession(resuming: path)
    }

    /// What is made safe, written at once.
    func write(_ requests: [PersistenceRequest]) throws {
        for request in requests {
            switch request.kind {
            case .journal:
                for file in request.files { try FileSystem.appendFile("\(path)/\(file.name)", file.bytes) }
            case .checkpoint:
                try FileSystem.createDirectory("\(path)/checkpoints/\(request.name)")
                for file in request.files {
                    try FileSystem.writeFile("\(path)/checkpoints/\(request.name)/\(file.name)", file.bytes)
                }
            }
        }
    }
}
