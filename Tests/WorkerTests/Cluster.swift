import Configuration
import Coordinator
import Datasets
import Formats
import Host
import Messaging
import RunStore
import Testing
import Worker

/// What a thread of the test came to.
enum Ending: Sendable, Equatable {
    case code(Int32)
    case failed(String)
}

/// Both shells in one process over real sockets, without libtorch, to their ends.
struct Cluster {
    let coordinator: Ending
    let workers: [Ending]
    let fingerprint: String
    let log: String
    let checkpoints: [String]

    static func run(_ preparations: [FakePreparation], change: (inout ConfigurationBuilder) throws -> Void = { _ in })
        throws -> Cluster
    {
        let folder = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
        defer { try? FileSystem.removeTree(folder) }
        var builder = ConfigurationBuilder()
        for (name, value) in [
            ("init_channels", "4"), ("layers", "3"), ("epochs", "1"), ("max_steps", "6"), ("batch_size", "40"),
            ("shards", "5"), ("warmup", "0"), ("beat_interval_s", "0.05"), ("worker_timeout_s", "2"),
        ] { try builder.apply(name: name, value: value, origin: .flag) }
        // All are there before the first step: none comes after the last.
        if preparations.allSatisfy({ $0.queue == nil }) {
            try builder.apply(name: "min_workers", value: "\(preparations.count)", origin: .flag)
        }
        try change(&builder)
        let resolved = try builder.finished()
        let endpoint = try Endpoint(parsing: "ipc://\(folder)/socket")
        let endings = WorkQueue<(Int, Ending)>()
        let threads = try (-1..<preparations.count).map { number in
            try NativeThread(name: "shell \(number)") {
                let ending: Ending
                do {
                    let signals = try SignalPipe([12])
                    if number < 0 {
                        let data = try RecognisedDataset(at: "digits").loadTraining()
                        let session = try TrainingSession(new: resolved, data: data, dataLocation: "digits") {
                            try RunDirectory.create("\(folder)/run")
                        }
                        let router = try RouterSocket(try MessagingContext())
                        _ = try router.bind(endpoint)
                        ending = .code(
                            try CoordinatorProcess(session: session, router: router, signals: signals, workers: nil)
                                .run().rawValue)
                    } else {
                        let options = WorkerOptions(
                            endpoints: [endpoint], threads: 2, device: "cpu", software: "fake",
                            connectLimit: .seconds(20), isQuiet: true)
                        ending = .code(
                            try WorkerProcess(options, preparer: preparations[number], signals: signals).run().rawValue)
                    }
                } catch { ending = .failed((error as? any UserFacingError)?.sentence ?? "\(error)") }
                if number >= 0, let queue = preparations[number].queue, queue.role == .second {
                    queue.gates.secondHasEnded.open()
                }
                endings.append([(number, ending)])
            }
        }
        for thread in threads { thread.join() }
        let all = endings.takeAll().sorted { $0.0 < $1.0 }.map(\.1)
        let result = "\(folder)/run/genotype.json"
        let json = FileSystem.exists(result) ? try FileSystem.readFile(result, limitBytes: 1 << 20) : Array("{}".utf8)
        let fingerprint = try JSONValue.parse(json, source: result)["provenance"]?["fingerprint"]?.text ?? ""
        let log = "\(folder)/run/log.txt"
        let checkpoints = "\(folder)/run/checkpoints"
        return Cluster(
            coordinator: all[0], workers: Array(all.dropFirst()), fingerprint: fingerprint,
            log: String(
                decoding: FileSystem.exists(log) ? try FileSystem.readFile(log, limitBytes: 1 << 20) : [], as: UTF8.self
            ),
            checkpoints: FileSystem.exists(checkpoints) ? try FileSystem.list(checkpoints) : [])
    }
}
