import Formats
import Host
package import Reporting
package import SearchProtocol
import Wire

/// Writes `status.json` into the run's folder every two seconds: what `snas status RUN` shows, from any machine that sees the
/// folder, without a word to the coordinator. `snas status ENDPOINT` is told the same document.
package struct StatusFile {
    static let interval: Duration = .seconds(2)
    private static let format = "snas status 1"

    private let directory: RunDirectory
    private let transfer: Transfer
    private var next: Duration = .zero
    /// The newest checkpoint that this coordinator made safe, and when on the monotonic clock; nil before the first.
    package private(set) var checkpoint: (name: String, at: Duration)?
    /// Checkpoints that this coordinator made safe.
    package private(set) var checkpointCount = 0
    /// Bytes moved by worker when the file was written last.
    private var before: (bytes: [String: UInt64], at: Duration)?

    /// What a step moves for every worker.
    package struct Transfer {
        let weightBytes: Int
        let contributionBytes: Int

        /// - Parameters:
        ///   - weightBytes: to a worker, each round.
        ///   - contributionBytes: from a worker, for each node that it answers.
        package init(weightBytes: Int, contributionBytes: Int) {
            self.weightBytes = weightBytes
            self.contributionBytes = contributionBytes
        }
    }

    /// For a coordinator that has opened the run; nothing is written yet.
    package init(_ directory: RunDirectory, _ transfer: Transfer) {
        self.directory = directory
        self.transfer = transfer
    }

    /// The document as it is now, on one line.
    package func text(
        _ instance: CoordinatorInstance, _ progress: LiveProgress?, _ evaluation: EvaluationSnapshot?,
        _ phase: Phase = .running, notes: [String]
    ) -> String {
        let now = Clock.monotonic()
        return document(instance, instance.standing(at: now), progress, evaluation, phase, notes, at: now)
            .serialized()
    }

    /// Told of everything that is safe on disk; the newest checkpoint's name and age go into the document.
    package mutating func persisted(_ name: PersistenceRequest.Name) {
        guard RunDirectory.isCheckpointName(name) else { return }
        checkpoint = (name, Clock.monotonic())
        checkpointCount += 1
    }

    /// `running` until the run is over; how it ended stays in the file from then on.
    package enum Phase: String {
        case running
        case finished
        case stopped
    }

    /// Writes what stands, if it is time or the run is over. A disk that is full costs the file, not the run.
    package mutating func write(
        _ instance: CoordinatorInstance, _ progress: LiveProgress?, _ evaluation: EvaluationSnapshot?,
        _ phase: Phase = .running, notes: [String]
    ) {
        let now = Clock.monotonic()
        guard now >= next || phase != .running else { return }
        next = now + Self.interval
        let standing = instance.standing(at: now)
        let document = document(instance, standing, progress, evaluation, phase, notes, at: now)
        before = (Dictionary(standing.map { ($0.label, $0.bytesMoved) }) { $1 }, now)
        try? FileSystem.replaceFile(
            "\(directory.path)/\(RunStatus.fileName)", Array((document.serialized(pretty: true) + "\n").utf8))
    }

    private func document(
        _ instance: CoordinatorInstance, _ standing: [WorkerStanding], _ progress: LiveProgress?,
        _ evaluation: EvaluationSnapshot?, _ phase: Phase, _ notes: [String], at now: Duration
    ) -> JSONValue {
        return .object([
            "format": .string(Self.format), "state": .string(phase.rawValue),
            "run": .string(directory.identity.description), "generation": .integer(Int(directory.generation)),
            "host": .string(HostInfo.hostName()), "pid": .integer(Int(HostInfo.processIdentifier())),
            "written": .string(Clock.timestamp()),
            "written_unix_seconds": .number(Clock.unixSeconds()),
            "progress": progress.map(Self.json) ?? .null, "evaluation": evaluation.map(Self.json) ?? .null,
            "shards": .optional(instance.openShardCount),
            "idle_threads": .integer(instance.idleThreads),
            "workers": .array(standing.map { worker($0, at: now) }),
            "checkpoint": checkpoint.map {
                .object(["name": .string($0.name), "age_seconds": .number((now - $0.at).seconds)])
            } ?? .null,
            "dropped": .object(instance.drops.byReason.map { JSONValue.Member($0.key, .integer($0.value)) }),
            "transfer": .object([
                "weight_bytes": .integer(transfer.weightBytes),
                "contribution_bytes": .integer(transfer.contributionBytes),
            ]),
            "notes": .array(notes.map(JSONValue.string)),
        ])
    }

    private static func json(_ live: LiveProgress) -> JSONValue {
        let progress = live.snapshot
        return .object([
            "epoch": .integer(progress.epoch + 1), "epochs": .integer(progress.epochs), "step": .integer(progress.step),
            "steps": .integer(progress.steps), "loss": .number(progress.loss),
            "images_per_second": .number(progress.imagesPerSecond), "ms_per_step": .number(1000 * live.secondsPerStep),
            "seconds_left": .number(progress.secondsLeft),
            "held_out": .object(progress.heldOut.map { JSONValue.Member($0.name, .number($0.share)) }),
        ])
    }

    private static func json(_ evaluation: EvaluationSnapshot) -> JSONValue {
        .object([
            "epoch": .integer(evaluation.epoch + 1), "subject": .string(evaluation.subject),
            "round": .integer(evaluation.round), "rounds": .integer(evaluation.rounds),
            "shards_done": .integer(evaluation.shardsDone), "shards": .integer(evaluation.shards),
        ])
    }

    private func worker(_ worker: WorkerStanding, at now: Duration) -> JSONValue {
        let rate = before.flatMap { before -> Double? in
            guard let bytes = before.bytes[worker.label], bytes <= worker.bytesMoved, now > before.at else {
                return nil
            }
            return Double(worker.bytesMoved - bytes) / (now - before.at).seconds * 1e-6
        }
        return .object([
            "worker": .string(worker.label), "state": .string(worker.state.rawValue),
            "threads": .integer(Int(worker.greeting.threads)), "processor": .string(worker.greeting.processor),
            "device": .string(worker.greeting.device), "open_shards": .integer(worker.openShards),
            "shards_done": .integer(Int(worker.shardsDone)), "mb_per_second": rate.map(JSONValue.number) ?? .null,
            "silent_seconds": .number(worker.silence.seconds),
        ])
    }
}

/// What programs other than the coordinator may know of it.
package enum RunStatus {
    /// In a run's folder; replaced whole at every writing, so that no reader sees half of it.
    package static let fileName = "status.json"
}

/// The newest progress line as values.
package struct LiveProgress {
    /// What the progress line of the newest step shows.
    package let snapshot: ProgressSnapshot
    /// By the smoothed images/s.
    let secondsPerStep: Double

    /// Made by the reporter after every step.
    package init(snapshot: ProgressSnapshot, secondsPerStep: Double) {
        self.snapshot = snapshot
        self.secondsPerStep = secondsPerStep
    }
}
