import Configuration
import Datasets
import Formats
package import Host
package import Keys
package import Launching
package import Messaging
import Reporting
import RunStore
import SearchProtocol
import SearchSpace
import Training
import Wire

/// The coordinator's shell: it owns the socket, the files, the clock and the signals, hands events to `CoordinatorInstance`
/// and does what it is told, in that order. Everything here runs on the program's main thread.
package final class CoordinatorProcess {
    var session: any RunSession
    /// Where it listens: another one than it was given, at the same place, where that had to be closed.
    package internal(set) var router: RouterSocket
    let signals: SignalPipe
    let workers: (any StartedWorkers)?
    /// Nil where nobody asks over HTTP.
    let pages: RunPages?
    var nextPublishing: Duration = .zero
    /// The file by which workers find this coordinator; nil where there is none.
    let rendezvous: Rendezvous?
    var instance: CoordinatorInstance
    var reporter: RunReporter
    var status: StatusFile
    var admissionNotes: AdmissionNotes
    let files: FileThread
    var portGuard: PortGuard
    var droppedBefore: DropCounts?
    var nextDropText: Duration
    var events: [CoordinatorEvent] = []
    /// Could not be reached; what they said before their connections ended may still wait to be read.
    var unreached: [Peer] = []
    /// What workers may fetch: the data set, the round's weights and statistics.
    var blobs: [BlobReference: Blob] = [:]
    let data: Blob
    /// Which of the blobs are the weights after which step.
    var weights: (step: Int, blob: BlobReference)?
    var nextCheckpoint: Duration
    var nextLookAtWorkers: Duration = .zero
    /// The kind that the first worker fixed, until it stands on disk.
    var unwrittenKind: MachineKind?
    private var nextKindWriting: Duration = .zero
    var roundOpenedAt = Clock.monotonic()
    /// Of an evaluation, where the open round stands among its rounds; nil in a step.
    var place: RoundPlace?
    private var nextEvaluationText: Duration?
    var isOver = false
    /// Why the run ends before it is over; nil while it does not.
    var earlyEnding: EarlyEnding?
    var stopSignal: (number: Int32, at: Duration)?
    /// Of the newest checkpoint that a signal asked for.
    var askedCheckpointStep: Int?
    /// Whoever started this process and waits to hear how it is.
    var manager = ServiceManager.ofThisProcess()
    /// Whether genotype and fingerprint go to standard output at the end.
    let printsResults: Bool
    let facts: RunFacts
    /// Called when a step is done, before the next is begun: what `snas bench wire` measures by.
    package var afterStep: (() throws -> Void)?

    /// How often the coordinator looks whether the workers that it started still run.
    static let workersInterval: Duration = .milliseconds(500)

    /// How often an evaluation that takes long says how far it has come: first when it has taken so long.
    private static let evaluationInterval: Duration = .seconds(10)

    /// Between two tries to write the run's kind.
    private static let kindInterval: Duration = .seconds(2)

    /// Steps and checkpoints that may be done and not yet be safe on disk.
    static let requestsNotSafeLimit = 64

    /// A signal that comes so soon after the first is the same one, sent twice.
    static let sameSignal: Duration = .milliseconds(300)
    /// Frames handled before the clock is looked at again.
    static let framesATurn = 256

    /// - Parameters:
    ///   - workers: those that this program starts and looks after; nil where others start them.
    ///   - rendezvous: that tells already where this coordinator listens; it tells of the run's end too.
    /// - Throws: `UserError` (protocolMismatch) where the run was begun on another kind of machine; `SystemError`.
    package init(
        session: any RunSession, router: RouterSocket, signals: SignalPipe, workers: (any StartedWorkers)?,
        keys: CoordinatorKeys? = nil, pages: RunPages? = nil, rendezvous: Rendezvous? = nil, isQuiet: Bool = false,
        printsResults: Bool = true
    ) throws {
        self.session = session
        self.router = router
        self.signals = signals
        self.workers = workers
        facts = RunFacts(session)
        self.pages = pages
        self.rendezvous = rendezvous
        admissionNotes = AdmissionNotes(keys)
        self.printsResults = printsResults && !isQuiet
        let configuration = session.configuration
        let bytes = session.data.canonicalBytes()
        data = Blob(ByteView(bytes), pieceBytes: configuration.cluster.pieceBytes)
        blobs[data.reference] = data
        var settings = ProtocolSettings()
        let pace = Self.pace(configuration.cluster)
        settings.keep(pace)
        settings.pieceBytes = configuration.cluster.pieceBytes
        settings.minimumWorkers = configuration.cluster.minWorkers
        settings.allowMixedKinds = configuration.cluster.allowMixedKinds
        settings.waitLimit = .seconds(configuration.cluster.waitLimitSeconds)
        settings.lateFactor = configuration.cluster.lateFactor
        settings.shardParts = configuration.training.shardParts
        settings.auditShare = configuration.cluster.auditShare
        let welcome = Welcome(
            configuration: configuration.canonicalText, dataDigest: SHA256.digest(bytes), data: data.reference,
            layoutDigest: XXH3.hash128(Array(session.layout.canonicalText.utf8)), pieceBytes: settings.pieceBytes,
            pace: pace)
        instance = CoordinatorInstance(
            settings: settings, run: session.directory.identity, generation: session.directory.generation,
            welcome: welcome, checkpoints: try session.standingCheckpoints())
        try MachineKindRecord.claimCoordinator(
            session.directory, allowMixedKinds: configuration.cluster.allowMixedKinds)
        files = try FileThread(of: session.directory)
        reporter = try RunReporter(session.directory, session.outline, layout: session.layout, isQuiet: isQuiet)
        let layout = session.layout
        status = StatusFile(
            session.directory,
            .init(
                weightBytes: 4 * layout.weightCount, contributionBytes: 4 * (layout.weightCount + layout.statisticCount)
            ))
        nextCheckpoint = Clock.monotonic() + .seconds(configuration.run.checkpointIntervalSeconds)
        nextDropText = Clock.monotonic() + DropText.interval
        portGuard = PortGuard(
            MemoryBudget(
                startBytes: HostInfo.residentBytes(),
                payloadBytes: 4 * (session.layout.weightCount + session.layout.statisticCount),
                shards: configuration.training.shards))
        if let kind = try MachineKindRecord.read(session.directory) { events.append(.knownKind(kind)) }
    }

    private static func pace(_ cluster: SearchConfiguration.Cluster) -> Pace {
        let pace = Pace(
            beatMilliseconds: Int((1000 * cluster.beatIntervalSeconds).rounded(.down)),
            silenceMilliseconds: Int((1000 * cluster.workerTimeoutSeconds).rounded(.up)))
        guard let pace else { preconditionFailure("a pace that the configuration's check lets through") }
        return pace
    }

    /// Ends those that this program has started and that are left.
    package func stopWorkers() { workers?.stop() }

    /// Coordinates until the run is over or a signal asks to stop.
    package func run() throws -> ExitCode {
        try openNextRound()
        manager?.ready(serviceStatus, at: Clock.monotonic())
        while true {
            manager?.turn(at: Clock.monotonic(), status: serviceStatus)
            try handleEvents()
            try waitForDisk()
            if isOver, !instance.isPersisting, !instance.isSayingFarewell, events.isEmpty { break }
            writeKind()
            if !isOver {
                watchEvaluation()
                status.write(instance, reporter.live, reporter.evaluation, notes: reporter.newest)
            }
            publish()
            let ready = Poller.wait(
                sockets: [router],
                fileDescriptors: [signals.fileDescriptor, files.fileDescriptor] + (workers?.descriptors ?? []),
                timeout: unreached.isEmpty
                    ? min(instance.wakeTime - Clock.monotonic(), longestWait, portGuard.longestWait) : .zero)
            try receive(ready)
        }
        return try conclude()
    }

    private func watchEvaluation() {
        guard let place else {
            nextEvaluationText = nil
            return reporter.watch(nil, isDue: false)
        }
        let snapshot = EvaluationSnapshot(
            subject: place.subject, epoch: place.epoch, round: place.number, rounds: place.count,
            shardsDone: instance.filledShardCount, shards: instance.openShardCount ?? 0)
        let now = Clock.monotonic()
        let next = nextEvaluationText ?? now + Self.evaluationInterval
        nextEvaluationText = now >= next ? now + Self.evaluationInterval : next
        reporter.watch(snapshot, isDue: now >= next)
    }

    /// A full disk costs a warning here too; it is tried again until it is written, by whoever has the run.
    func writeKind() {
        guard let kind = unwrittenKind, Clock.monotonic() >= nextKindWriting else { return }
        nextKindWriting = Clock.monotonic() + Self.kindInterval
        do {
            // A process that was frozen may have been replaced since.
            guard try !session.directory.isSuperseded else { return }
            try MachineKindRecord.write(kind, session.directory)
            unwrittenKind = nil
        } catch {
            let reason = error.userSentence
            reporter.say(.persistenceFailed("the run's kind of machine", reason: reason))
        }
    }

    /// Children and a stop that waits for its step are looked after now and then.
    var longestWait: Duration {
        if stopSignal != nil { return .milliseconds(50) }
        let others =
            workers != nil ? Self.workersInterval : pages != nil ? RunPages.interval : .seconds(3600)
        return min(others, manager?.longestWait(at: Clock.monotonic()) ?? others)
    }

    /// What a service manager shows of this process.
    var serviceStatus: String {
        let ready = instance.readyWorkers
        return "step \(session.step), \(ready) worker\(ready == 1 ? "" : "s") ready"
    }
}
