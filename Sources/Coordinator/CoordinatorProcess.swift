import Configuration
import Datasets
import Formats
package import Host
package import Keys
package import Messaging
import SearchProtocol
import SearchSpace
import Training
import Wire

/// The coordinator's shell: it owns the socket, the files, the clock and the signals, hands events to `CoordinatorInstance`
/// and does what it is told, in that order. Everything here runs on the program's main thread.
package final class CoordinatorProcess {
    private var session: any RunSession
    private var router: RouterSocket
    private let signals: SignalPipe
    private let workers: LocalWorkers?
    private var instance: CoordinatorInstance
    private var narrator: Narrator
    private var status: StatusFile
    private var admissionNotes: AdmissionNotes
    private let files: FileKeeper
    private var portGuard: PortGuard
    private var droppedBefore: DropCounts?
    private var nextDropWords: Duration
    private var events: [CoordinatorEvent] = []
    /// What workers may fetch: the data set, the round's weights and statistics.
    private var blobs: [BlobReference: Blob] = [:]
    private let data: Blob
    /// Which of the blobs are the weights after which step.
    private var weights: (step: Int, blob: BlobReference)?
    private var nextCheckpoint: Duration
    private var nextLookAtWorkers: Duration = .zero
    private var roundOpenedAt = Clock.monotonic()
    private var isOver = false
    /// Why the run ends before it is over; nil while it does not.
    private var earlyEnding: EarlyEnding?
    private var stopSignal: (number: Int32, at: Duration)?
    /// Whether genotype and fingerprint go to standard output at the end.
    private let printsResults: Bool
    /// Called when a step is done, before the next is begun: what `snas bench wire` measures by.
    package var afterStep: (() throws -> Void)?

    /// How often the coordinator looks whether the workers that it started still run.
    private static let workersInterval: Duration = .milliseconds(500)

    /// Steps and checkpoints that may be done and not yet be safe on disk.
    private static let requestsNotSafeLimit = 64

    /// A signal that comes so soon after the first is the same one, sent twice.
    private static let sameSignal: Duration = .milliseconds(300)
    /// Frames handled before the clock is looked at again.
    private static let framesATurn = 256

    package init(
        session: any RunSession, router: RouterSocket, signals: SignalPipe, workers: LocalWorkers?,
        keys: CoordinatorKeys? = nil, isQuiet: Bool = false, printsResults: Bool = true
    ) throws {
        self.session = session
        self.router = router
        self.signals = signals
        self.workers = workers
        admissionNotes = AdmissionNotes(keys)
        self.printsResults = printsResults && !isQuiet
        let configuration = session.configuration
        let bytes = session.data.canonicalBytes()
        data = Blob(ByteView(bytes), pieceBytes: configuration.cluster.pieceBytes)
        blobs[data.reference] = data
        var settings = ProtocolSettings()
        settings.beatInterval = .seconds(configuration.cluster.beatIntervalSeconds)
        settings.silenceLimit = .seconds(configuration.cluster.workerTimeoutSeconds)
        settings.pieces.overdue = min(settings.pieces.overdue, settings.silenceLimit)
        settings.pieceBytes = configuration.cluster.pieceBytes
        settings.minimumWorkers = configuration.cluster.minWorkers
        settings.allowMixedKinds = configuration.cluster.allowMixedKinds
        settings.waitLimit = .seconds(configuration.cluster.waitLimitSeconds)
        settings.lateFactor = configuration.cluster.lateFactor
        settings.auditShare = configuration.cluster.auditShare
        let welcome = Welcome(
            configuration: configuration.canonicalText, dataDigest: SHA256.digest(bytes), data: data.reference,
            layoutDigest: XXH3.hash128(Array(session.layout.canonicalText.utf8)), pieceBytes: settings.pieceBytes)
        instance = CoordinatorInstance(
            settings: settings, run: session.directory.identity, generation: session.directory.generation,
            welcome: welcome, checkpoints: try session.standingCheckpoints())
        try KindFile.claimCoordinator(
            session.directory, allowMixedKinds: configuration.cluster.allowMixedKinds)
        files = try FileKeeper(of: session.directory)
        narrator = try Narrator(session.directory, session.outline, layout: session.layout, isQuiet: isQuiet)
        status = StatusFile(session.directory)
        nextCheckpoint = Clock.monotonic() + .seconds(configuration.run.checkpointIntervalSeconds)
        nextDropWords = Clock.monotonic() + DropWords.interval
        HostInfo.raiseDescriptorLimit()
        portGuard = PortGuard(
            MemoryBudget(
                startBytes: HostInfo.residentBytes(),
                payloadBytes: 4 * (session.layout.weightCount + session.layout.statisticCount),
                shards: configuration.training.shards))
        if let kind = try KindFile.read(session.directory) { events.append(.knownKind(kind)) }
    }

    /// Coordinates until the run is over or a signal asks to stop.
    package func run() throws -> ExitCode {
        try openNextRound()
        while true {
            try handleEvents()
            try waitForDisk()
            if isOver, !instance.isPersisting, !instance.isSayingFarewell, events.isEmpty { break }
            if !isOver { status.write(instance, narrator.live) }
            let ready = Poller.wait(
                sockets: [router], fileDescriptors: [signals.fileDescriptor, files.fileDescriptor],
                timeout: min(instance.wakeTime - Clock.monotonic(), longestWait, portGuard.longestWait))
            try receive(ready)
        }
        status.write(instance, narrator.live, earlyEnding == nil ? .finished : .stopped)
        sayDrops(atEnd: true)
        if let earlyEnding {
            session.directory.lease?.release()
            if case .fault(let error) = earlyEnding {
                try? narrator.files.log(error.sentence)
                throw error
            }
            narrator.line("\(earlyEnding.sentence) after step \(session.step); \(session.howToGoOn)")
            return earlyEnding.exitCode
        }
        let lines = try session.finish(narrator)
        session.directory.lease?.release()
        if printsResults { for line in lines { StandardStreams.print(line) } }
        return .done
    }

    /// Children and a stop that waits for its step are looked after now and then.
    private var longestWait: Duration {
        if stopSignal != nil { return .milliseconds(50) }
        return workers == nil ? .seconds(3600) : Self.workersInterval
    }

    // MARK: Events in

    private func receive(_ ready: Poller.Ready) throws {
        var frames = 0
        while ready.messages(router), frames < Self.framesATurn, let (peer, message) = router.receive() {
            frames += 1
            let sender = Peer(peer.bytes)
            do {
                let block = message.block.map { ByteView($0.bytes, keptBy: $0) }
                let frame = ByteView(message.frame.bytes, keptBy: message.frame)
                events.append(.received(try Envelope.decode(frame, block: block), from: sender))
                router.judge(message, isReadable: true)
            } catch {
                router.judge(message, isReadable: false)
                events.append(.receivedGarbage(from: sender, reason: "\(error)"))
            }
            try handleEvents()
        }
        try guardPort(isDrained: frames < Self.framesATurn, hasChanges: ready.closings(router))
        if ready.closings(router), router.closings() > 0 { events.append(.connectionClosed) }
        let failures = ready.closings(router) ? router.handshakes().failures : []
        for line in admissionNotes.lines(failures, router.denied(), at: Clock.monotonic()) { narrator.line(line) }
        if ready.descriptor(files.fileDescriptor) { for outcome in files.takeOutcomes() { take(outcome) } }
        lookAfterWorkers()
        try heedSignals(ready)
        events.append(.tick)
    }

    private func take(_ outcome: FileKeeper.Outcome) {
        switch outcome {
        case .done: events.append(.fileDone)
        case .failed(let reason): events.append(.fileFailed(reason: reason))
        }
    }

    /// A disk that falls far behind is waited for, so that what is not safe yet stays bounded.
    private func waitForDisk() throws {
        while instance.requestsNotSafe > Self.requestsNotSafeLimit, let outcome = files.waitForOutcome() {
            take(outcome)
            try handleEvents()
        }
    }

    /// At the end they leave while the last checkpoint is still being written.
    private func lookAfterWorkers() {
        let now = Clock.monotonic()
        guard !isOver, stopSignal == nil, now >= nextLookAtWorkers else { return }
        nextLookAtWorkers = now + Self.workersInterval
        if let ended = workers?.allEnded() { end(.workersEnded(ended)) }
    }

    /// The first signal lets the step that is being computed come to its end; the second stops at once.
    ///
    /// - Throws: `UserError` at the second.
    private func heedSignals(_ ready: Poller.Ready) throws {
        if ready.descriptor(signals.fileDescriptor), let signal = signals.next() {
            let now = Clock.monotonic()
            if let first = stopSignal {
                // Those who signal a process and then its group, as `timeout` and batch systems do, mean one.
                if now - first.at > Self.sameSignal { throw EarlyEnding.secondSignal(signal, session.howToGoOn) }
            } else {
                stopSignal = (signal, now)
                if !isOver, instance.readyWorkers > 0 {
                    narrator.line("signal \(signal): finishing step \(session.step); a second one stops at once")
                }
            }
        }
        guard let stopSignal, !isOver else { return }
        let patience = Duration.seconds(session.configuration.cluster.drainLimitSeconds)
        if instance.readyWorkers == 0 || Clock.monotonic() - stopSignal.at >= patience {
            end(.signal(stopSignal.number))
        }
    }

    private func guardPort(isDrained: Bool, hasChanges: Bool) throws {
        let now = Clock.monotonic()
        guard hasChanges || portGuard.isDue(at: now) else { return }
        for line in portGuard.look(router, isDrained: isDrained, at: now) { narrator.line(line) }
        if let (fresh, words) = try portGuard.reopened(router, at: now) {
            router = fresh
            narrator.line(words)
            events.append(.connectionClosed)
        }
        if now >= nextDropWords { sayDrops(atEnd: false) }
    }

    /// What was dropped goes to log and metrics, as long as there is more of it than before.
    private func sayDrops(atEnd: Bool) {
        nextDropWords = Clock.monotonic() + DropWords.interval
        let counts = instance.drops
        guard counts != droppedBefore || atEnd, let line = DropWords.line(counts) else { return }
        droppedBefore = counts
        narrator.drops(line, DropWords.metrics(counts, step: session.step))
    }

    /// Keeps what is done and lets the workers go.
    private func end(_ ending: EarlyEnding) {
        earlyEnding = ending
        isOver = true
        if case .fault = ending {} else { persistCheckpoint() }
        events.append(.stop(reason: ending.reasonForWorkers))
    }

    private func handleEvents() throws {
        while !events.isEmpty {
            let event = events.removeFirst()
            for directive in instance.handle(event, at: Clock.monotonic()) { try perform(directive) }
        }
    }

    // MARK: Directives out

    private func perform(_ directive: CoordinatorDirective) throws {
        switch directive {
        case .send(let envelope, let peer): try send(envelope, to: peer)
        case .sendPiece(let blob, let index, let head, let peer):
            let piece = blobs[blob]?.piece(index)
            try send(head.envelope(piece.map(Message.piece) ?? .blobMissing(blob.digest)), to: peer)
        case .roundFilled(let result):
            try absorb(result.job) { session, workers, seconds, narrator in
                try session.absorb(result, workers: workers, seconds: seconds, &narrator)
            }
        case .roundSkipped(let skip):
            narrator.line(
                "step \(skip.job.step): worker \(skip.worker) computed shard \(skip.shard) again and it is not finite: "
                    + FaultWords.place(skip.place, session.layout))
            try absorb(skip.job) { session, workers, seconds, narrator in
                try session.skip(skip, workers: workers, seconds: seconds, &narrator)
            }
        case .renewLease: try renewLease()
        case .endSuperseded(let newer): throw EarlyEnding.superseded(session.directory, by: newer)
        case .waitedTooLong(let have, let need): if !isOver { end(.tooFewWorkers(have: have, need: need)) }
        case .perform(let action): files.perform(action)
        case .persisted(let name): status.persisted(name)
        case .kindFixed(let kind): try KindFile.write(kind, session.directory)
        case .note(let note): narrator.say(note)
        }
    }

    private func send(_ envelope: Envelope, to peer: Peer) throws {
        // A full queue means a peer that asks for more than it takes; what is lost it asks for again.
        let message = envelope.encoded()
        let block = message.block.map { block in block.withUnsafeBytes { OutgoingBlock($0, keptBy: block.keeper) } }
        if try router.send(message.frame, block: block, to: PeerIdentity(peer.bytes)) == .unreachable {
            events.append(.unreachable(peer))
        }
    }

    // MARK: Rounds

    /// What is to be saved is saved when the next round is open: workers do not wait for the disk.
    private func absorb(
        _ job: RoundJob,
        _ take: (inout any RunSession, Int, Double, inout Narrator) throws -> [PersistenceRequest]
    ) throws {
        let seconds = (Clock.monotonic() - roundOpenedAt).seconds
        var requests: [PersistenceRequest]
        do {
            requests = try take(&session, instance.readyWorkers, seconds, &narrator)
        } catch let error as UserError {
            // Nothing of this step is kept, and workers need not look for a coordinator that would say the same again.
            return end(.fault(error))
        }
        if job.kind == .update { try afterStep?() }
        if job.kind == .update, Clock.monotonic() >= nextCheckpoint {
            if let request = session.checkpoint() { requests.append(request) }
            nextCheckpoint = Clock.monotonic() + .seconds(session.configuration.run.checkpointIntervalSeconds)
        }
        if !isOver {
            if let stopSignal { end(.signal(stopSignal.number)) } else { try openNextRound() }
        }
        events += requests.map(CoordinatorEvent.persist)
    }

    private func renewLease() throws {
        let newer = try session.directory.lease?.renew(generation: session.directory.generation)
        // Before anything else: what waits for this waits no longer.
        events.insert(newer.map(CoordinatorEvent.superseded(by:)) ?? .leaseKept, at: 0)
    }

    private func persistCheckpoint() {
        if let request = session.checkpoint() { events.append(.persist(request)) }
    }

    private func openNextRound() throws {
        guard let planned = session.nextRound() else {
            isOver = true
            persistCheckpoint()
            events.append(.stop(reason: "the run is over"))
            return
        }
        let weights = currentWeights()
        let statistics = planned.statistics.map { Blob(floats: $0, pieceBytes: instance.pieceBytes) }
        blobs = [:]
        for blob in [data, weights, statistics] { if let blob { blobs[blob.reference] = blob } }
        roundOpenedAt = Clock.monotonic()
        events.append(
            .openRound(
                RoundRequest(
                    job: planned.job, weights: weights.reference, statistics: statistics?.reference,
                    payloadCount: planned.payloadCount)))
    }

    /// Evaluation rounds read the weights of the step before: their bytes are made once.
    private func currentWeights() -> Blob {
        let step = session.step
        // Taken out, so that nobody else holds what the blob may still have to copy.
        if let weights, weights.step == step, let blob = blobs.removeValue(forKey: weights.blob) { return blob }
        let blob = Blob(floats: session.weights, pieceBytes: instance.pieceBytes)
        weights = (step, blob.reference)
        return blob
    }
}
