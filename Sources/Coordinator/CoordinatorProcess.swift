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
    private let router: RouterSocket
    private let signals: SignalPipe
    private let workers: LocalWorkers?
    private var instance: CoordinatorInstance
    private var narrator: Narrator
    private var status: StatusFile
    private var admissionNotes: AdmissionNotes
    private var events: [CoordinatorEvent] = []
    /// What workers may fetch: the data set, the round's weights and statistics.
    private var blobs: [BlobReference: Blob] = [:]
    private let data: Blob
    private var weights: (step: Int, blob: Blob)?
    private var nextCheckpoint: Duration
    private var roundOpenedAt = Clock.monotonic()
    private var isOver = false
    private var stopSignal: Int32?
    /// Whether genotype and fingerprint go to standard output at the end.
    private let printsResults: Bool
    /// Called when a step is done, before the next is begun: what `snas bench wire` measures by.
    package var afterStep: (() throws -> Void)?

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
        data = Blob(ByteView(bytes))
        blobs[data.reference] = data
        var settings = ProtocolSettings()
        settings.beatInterval = .seconds(configuration.cluster.beatIntervalSeconds)
        settings.silenceLimit = .seconds(configuration.cluster.workerTimeoutSeconds)
        settings.pieceBytes = configuration.cluster.pieceBytes
        settings.minimumWorkers = configuration.cluster.minWorkers
        settings.allowMixedKinds = configuration.cluster.allowMixedKinds
        let welcome = Welcome(
            configuration: configuration.canonicalText, dataDigest: SHA256.digest(bytes), data: data.reference,
            layoutDigest: XXH3.hash128(Array(session.layout.canonicalText.utf8)), pieceBytes: settings.pieceBytes)
        instance = CoordinatorInstance(
            settings: settings, run: session.directory.identity, generation: session.directory.generation,
            welcome: welcome, checkpoints: try session.standingCheckpoints())
        try KindFile.claimCoordinator(
            session.directory, allowMixedKinds: configuration.cluster.allowMixedKinds)
        narrator = try Narrator(session.directory, session.outline, isQuiet: isQuiet)
        status = StatusFile(session.directory)
        nextCheckpoint = Clock.monotonic() + .seconds(configuration.run.checkpointIntervalSeconds)
        if let kind = try KindFile.read(session.directory) { events.append(.knownKind(kind)) }
    }

    /// Coordinates until the run is over or a signal asks to stop.
    package func run() throws -> ExitCode {
        try openNextRound()
        while !isOver || instance.isPersisting {
            try handleEvents()
            if isOver { continue }
            status.write(instance, narrator.live)
            let wait = instance.wakeTime - Clock.monotonic()
            Poller.wait(
                sockets: [router], fileDescriptors: [signals.fileDescriptor],
                timeout: workers == nil ? wait : min(wait, .milliseconds(500)))
            try receive()
        }
        status.write(instance, narrator.live, stopSignal == nil ? .finished : .stopped)
        if let stopSignal {
            narrator.line("stopped by signal \(stopSignal) after step \(session.step); \(session.howToGoOn)")
            return .temporary
        }
        let lines = try session.finish(narrator)
        if printsResults { for line in lines { StandardStreams.print(line) } }
        return .done
    }

    // MARK: Events in

    private func receive() throws {
        var frames = 0
        while frames < Self.framesATurn, let (peer, message) = router.receive() {
            frames += 1
            let sender = Peer(peer.bytes)
            do {
                let block = message.block.map { ByteView($0.bytes, keptBy: $0) }
                let frame = ByteView(message.frame.bytes, keptBy: message.frame)
                events.append(.received(try Envelope.decode(frame, block: block), from: sender))
            } catch {
                events.append(.receivedGarbage(from: sender, reason: "\(error)"))
            }
            try handleEvents()
        }
        if router.closings() > 0 { events.append(.connectionClosed) }
        let refused = admissionNotes.lines(
            router.handshakes().failures, router.denied(), at: Clock.monotonic())
        for line in refused { narrator.line(line) }
        // At the end they leave while the last checkpoint is still being written.
        if !isOver, let reason = workers?.reasonNoneIsLeft() {
            throw UserError(.unavailable, "\(reason) at step \(session.step); \(session.howToGoOn)")
        }
        if let signal = signals.next(), stopSignal == nil { stop(signal) }
        events.append(.tick)
    }

    /// Keeps what is done and lets the workers go.
    private func stop(_ signal: Int32) {
        stopSignal = signal
        isOver = true
        persistCheckpoint()
        events.append(.stop(reason: "the coordinator was asked to stop"))
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
            let piece = blobs[blob]?.piece(index, pieceBytes: instance.pieceBytes)
            try send(head.envelope(piece.map(Message.piece) ?? .blobMissing(blob.digest)), to: peer)
        case .roundFilled(let result): try absorb(result)
        case .perform(let action):
            do {
                try FileKeeper.perform(action, below: session.directory.path)
                events.append(.fileDone)
            } catch {
                events.append(.fileFailed(reason: (error as? any UserFacingError)?.sentence ?? "\(error)"))
            }
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
    private func absorb(_ result: RoundResult) throws {
        let seconds = (Clock.monotonic() - roundOpenedAt).seconds
        var requests = try session.absorb(result, workers: instance.readyWorkers, seconds: seconds, &narrator)
        if result.job.kind == .update { try afterStep?() }
        if result.job.kind == .update, Clock.monotonic() >= nextCheckpoint {
            if let request = session.checkpoint() { requests.append(request) }
            nextCheckpoint = Clock.monotonic() + .seconds(session.configuration.run.checkpointIntervalSeconds)
        }
        if !isOver { try openNextRound() }
        events += requests.map(CoordinatorEvent.persist)
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
        let statistics = planned.statistics.map { Blob(ByteView(floats: $0)) }
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
        if let weights, weights.step == step { return weights.blob }
        let blob = Blob(ByteView(floats: session.weights))
        weights = (step, blob)
        return blob
    }
}
