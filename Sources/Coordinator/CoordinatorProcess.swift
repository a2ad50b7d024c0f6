import Configuration
import Datasets
import Formats
package import Host
package import Messaging
import SearchProtocol
import SearchSpace
import Training
import Wire

/// The coordinator's shell: it owns the socket, the files, the clock and the signals, hands events to `CoordinatorInstance`
/// and does what it is told, in that order. Everything here runs on the program's main thread.
package final class CoordinatorProcess {
    private var session: SearchSession
    private let router: RouterSocket
    private let signals: SignalPipe
    private let workers: LocalWorkers?
    private var instance: CoordinatorInstance
    private var narrator: Narrator
    private var events: [CoordinatorEvent] = []
    /// What workers may fetch: the data set, the round's weights and statistics.
    private var blobs: [BlobReference: [UInt8]] = [:]
    private let dataBlob: BlobReference
    private var weights: (step: Int, blob: BlobReference)?
    private var nextCheckpoint: Duration
    private var roundOpenedAt = Clock.monotonic()
    private var isOver = false
    private var stopSignal: Int32?

    /// Frames handled before the clock is looked at again.
    private static let framesATurn = 256

    package init(
        session: SearchSession, router: RouterSocket, signals: SignalPipe, workers: LocalWorkers?, isQuiet: Bool = false
    ) throws {
        self.session = session
        self.router = router
        self.signals = signals
        self.workers = workers
        let configuration = session.resolved.configuration
        let bytes = session.data.canonicalBytes()
        dataBlob = BlobReference(of: bytes)
        blobs[dataBlob] = bytes
        var settings = ProtocolSettings()
        settings.beatInterval = .seconds(configuration.cluster.beatIntervalSeconds)
        settings.silenceLimit = .seconds(configuration.cluster.workerTimeoutSeconds)
        settings.pieceBytes = configuration.cluster.pieceBytes
        settings.minimumWorkers = configuration.cluster.minWorkers
        settings.allowMixedKinds = configuration.cluster.allowMixedKinds
        let welcome = Welcome(
            configuration: configuration.canonicalText, dataDigest: SHA256.digest(bytes), data: dataBlob,
            layoutDigest: XXH3.hash128(Array(session.run.layout.canonicalText.utf8)), pieceBytes: settings.pieceBytes)
        instance = CoordinatorInstance(
            settings: settings, run: session.directory.identity, generation: session.directory.generation,
            welcome: welcome, checkpoints: try session.directory.checkpoints())
        try KindFile.claimCoordinator(
            session.directory, allowMixedKinds: configuration.cluster.allowMixedKinds)
        narrator = try Narrator(session: session, isQuiet: isQuiet)
        nextCheckpoint = Clock.monotonic() + .seconds(configuration.run.checkpointIntervalSeconds)
        if let kind = try KindFile.read(session.directory) { events.append(.knownKind(kind)) }
    }

    /// Coordinates until the run is over or a signal asks to stop.
    package func run() throws -> ExitCode {
        try openNextRound()
        while !isOver || instance.isPersisting {
            try handleEvents()
            if isOver { continue }
            let wait = instance.wakeTime - Clock.monotonic()
            Poller.wait(
                sockets: [router], fileDescriptors: [signals.fileDescriptor],
                timeout: workers == nil ? wait : min(wait, .milliseconds(500)))
            try receive()
        }
        if let stopSignal {
            narrator.stopped(by: stopSignal, step: session.run.state.step)
            return .temporary
        }
        let genotype = try session.writeResults(narrator.files)
        if narrator.isQuiet { return .done }
        narrator.finished(session.run.budget.map { BudgetWords.final($0, session.run.state.alpha) })
        StandardStreams.print("genotype = \(genotype.text)")
        StandardStreams.print("Best-Genotype=\(genotype.compactText)")
        StandardStreams.print("fingerprint = \(session.run.state.fingerprint)")
        return .done
    }

    // MARK: Events in

    private func receive() throws {
        var frames = 0
        while frames < Self.framesATurn, let (peer, frame) = router.receive() {
            frames += 1
            let sender = Peer(peer.bytes)
            do {
                events.append(.received(try Envelope.decode(frame), from: sender))
            } catch {
                events.append(.receivedGarbage(from: sender, reason: "\(error)"))
            }
            try handleEvents()
        }
        if router.closings() > 0 { events.append(.connectionClosed) }
        if let reason = workers?.reasonNoneIsLeft() {
            throw UserError(.unavailable, "\(reason) at step \(session.run.state.step); \(resumeHint)")
        }
        if let signal = signals.next(), stopSignal == nil { stop(signal) }
        events.append(.tick)
    }

    private var resumeHint: String { "continue with: snas resume \(session.directory.path)" }

    /// Keeps what is done and lets the workers go.
    private func stop(_ signal: Int32) {
        stopSignal = signal
        isOver = true
        events.append(.persist(session.checkpoint()))
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
            guard let bytes = blobs[blob], let range = blob.range(ofPiece: index, pieceBytes: instance.pieceBytes)
            else {
                return try send(head.envelope(.blobMissing(blob.digest)), to: peer)
            }
            let piece = Piece(blob: blob.digest, index: index, bytes: bytes[range])
            try send(head.envelope(.piece(piece)), to: peer)
        case .roundFilled(let result): try absorb(result)
        case .perform(let action):
            do {
                try FileKeeper.perform(action, below: session.directory.path)
                events.append(.fileDone)
            } catch {
                events.append(.fileFailed(reason: (error as? any UserFacingError)?.sentence ?? "\(error)"))
            }
        case .persisted: break
        case .kindFixed(let kind): try KindFile.write(kind, session.directory)
        case .note(let note): narrator.say(note)
        }
    }

    private func send(_ envelope: Envelope, to peer: Peer) throws {
        // A full queue means a peer that asks for more than it takes; what is lost it asks for again.
        if try router.send(envelope.encoded(), to: PeerIdentity(peer.bytes)) == .unreachable {
            events.append(.unreachable(peer))
        }
    }

    // MARK: Rounds

    private func absorb(_ result: RoundResult) throws {
        let seconds = (Clock.monotonic() - roundOpenedAt).seconds
        for report in session.run.absorb(result.job, total: result.total, reports: result.reports) {
            switch report {
            case .step(let step):
                if let line = try session.record(step) { events.append(.persist(line)) }
                try narrator.step(step, workers: instance.readyWorkers, seconds: seconds)
            case .epoch(let epoch): try narrator.epoch(epoch)
            }
        }
        if result.job.kind == .update, Clock.monotonic() >= nextCheckpoint {
            events.append(.persist(session.checkpoint()))
            nextCheckpoint =
                Clock.monotonic() + .seconds(session.resolved.configuration.run.checkpointIntervalSeconds)
        }
        if !isOver { try openNextRound() }
    }

    private func openNextRound() throws {
        guard let planned = session.run.nextRound() else {
            isOver = true
            events.append(.persist(session.checkpoint()))
            events.append(.stop(reason: "the run is over"))
            return
        }
        let weights = currentWeights()
        var kept = [dataBlob: blobs[dataBlob] ?? [], weights: blobs[weights] ?? []]
        var statistics: BlobReference?
        if let values = planned.statistics {
            let bytes = LittleEndian.bytes(of: values)
            let blob = BlobReference(of: bytes)
            kept[blob] = bytes
            statistics = blob
        }
        blobs = kept
        roundOpenedAt = Clock.monotonic()
        events.append(
            .openRound(
                RoundRequest(
                    job: planned.job, weights: weights, statistics: statistics, payloadCount: planned.payloadCount)))
    }

    /// Evaluation rounds read the weights of the step before: their bytes are made once.
    private func currentWeights() -> BlobReference {
        let step = session.run.state.step
        if let weights, weights.step == step { return weights.blob }
        let bytes = LittleEndian.bytes(of: session.run.state.weights)
        let blob = BlobReference(of: bytes)
        blobs[blob] = bytes
        weights = (step, blob)
        return blob
    }
}
