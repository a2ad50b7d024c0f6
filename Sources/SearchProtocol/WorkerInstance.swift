import Formats
import Optimization
package import Wire

/// The worker's side of the search protocol, as a value. `CoordinatorInstance` tells the whole story.
///
/// A worker keeps nothing that the coordinator could not give to another: configuration and data of the run it was
/// welcomed to, the weights of the open round, and the payloads it announced until they are settled.
package struct WorkerInstance: Sendable {
    /// How far the worker has come with the coordinator it dials.
    package enum Phase: Sendable, Equatable {
        case greeting
        /// Welcomed; the shell builds, with the data it has.
        case preparing
        /// The data set is on its way here.
        case fetchingData
        case ready
        case finished
    }

    let settings: ProtocolSettings
    let greeting: Greeting
    package internal(set) var phase: Phase = .greeting
    var welcome: Welcome?
    var run = RunIdentity.unknown
    var generation: UInt64 = 0
    var data: BlobReception?
    /// The open round, if any: its number and job.
    package var openRound: (number: UInt64, job: RoundJob)? { round.map { ($0.number, $0.job) } }
    var round: WorkerRound?
    /// The last weights and statistics fetched, kept while rounds go on reading them.
    var cache: [Digest128: GatheredBlob] = [:]
    var shardsFinished: UInt32 = 0
    /// The window with which the last blob of this coordinator was fetched.
    var window: Int
    /// The welcome that the shell has built for: a worker that greets again need not build again.
    private var preparedFor: (welcome: Welcome, readiness: Readiness)?
    private var lookingSince: Duration
    private var lastHeard: Duration
    private var nextGreeting: Duration
    private var nextBeat: Duration
    /// Connections that the coordinator has welcomed.
    private var greetedChannels: Set<Channel> = []

    package init(settings: ProtocolSettings, greeting: Greeting, at now: Duration) {
        self.settings = settings
        self.greeting = greeting
        window = settings.pieces.smallestWindow
        lookingSince = now
        lastHeard = now
        nextGreeting = now
        nextBeat = now
    }

    package var wakeTime: Duration {
        switch phase {
        case .greeting: nextGreeting
        case .finished: lastHeard + settings.silenceLimit
        default: min(nextBeat, data?.deadline ?? nextBeat, round?.deadline ?? nextBeat)
        }
    }

    package mutating func handle(_ event: WorkerEvent, at now: Duration) -> [WorkerDirective] {
        guard phase != .finished else { return [] }
        var out: [WorkerDirective] = []
        switch event {
        case .received(let envelope, let channel): receive(envelope, over: channel, at: now, &out)
        case .prepared(let readiness): prepared(readiness, &out)
        case .unfit(let sentence):
            out.append(send(.leaving(reason: sentence)))
            end(.unfit(sentence: sentence), &out)
        case .shardFinished(let round, let report, let payload):
            shardFinished(round: round, report, payload, at: now, &out)
        case .connectionClosed: break
        case .connectionRestored:
            data?.askAgain()
            round?.askAgain()
        case .drain(let reason):
            if phase != .greeting { out.append(send(.leaving(reason: reason))) }
            end(.drained(reason: reason), &out)
        case .tick: break
        }
        if phase != .finished { passTime(at: now, &out) }
        return out
    }

    /// The shell has no copy of the data set that it was asked to prepare for.
    package mutating func dataWanted(at now: Duration) -> [WorkerDirective] {
        guard phase == .preparing, let welcome else { return [] }
        phase = .fetchingData
        data = BlobReception(
            welcome.data, pieceBytes: welcome.pieceBytes, window: settings.dataPieces.smallestWindow,
            limits: settings.dataPieces, as: .bytes)
        var out: [WorkerDirective] = [.note(.fetchingData(byteCount: welcome.data.byteCount))]
        passTime(at: now, &out)
        return out
    }

    // MARK: Time

    private mutating func passTime(at now: Duration, _ out: inout [WorkerDirective]) {
        if phase == .greeting {
            guard now - lookingSince < settings.connectLimit else {
                return end(.coordinatorUnreachable(after: settings.connectLimit), &out)
            }
            if now >= nextGreeting {
                nextGreeting = now + settings.greetingInterval
                greet(&out)
            }
            return
        }
        if now - lastHeard > settings.silenceLimit {
            return greetAgain(at: now, reason: "the coordinator is silent", &out)
        }
        if now >= nextBeat {
            nextBeat = now + settings.beatInterval
            out.append(send(.progress(progress)))
            if phase == .ready, round == nil, let preparedFor { out.append(send(.ready(preparedFor.readiness))) }
            repeatAnnouncements(at: now, &out)
        }
        ask(at: now, &out)
    }

    private mutating func greet(_ out: inout [WorkerDirective]) {
        for channel in Channel.allCases where !greetedChannels.contains(channel) {
            var own = greeting
            own.channel = channel
            out.append(.send(Envelope(run: .unknown, generation: 0, message: .hello(own)), channel))
        }
    }

    /// Forgets the coordinator, not the data or the network, and dials anew.
    mutating func greetAgain(at now: Duration, reason: String, _ out: inout [WorkerDirective]) {
        out.append(.note(.droppedByCoordinator(reason)))
        out += [.abandon, .releaseAll]
        phase = .greeting
        round = nil
        data = nil
        cache = [:]
        window = settings.pieces.smallestWindow
        greetedChannels = []
        lookingSince = now
        nextGreeting = now
    }

    private var progress: Progress {
        let phase: Progress.Phase
        switch self.phase {
        case .greeting, .preparing, .fetchingData, .finished: phase = .preparing
        case .ready: phase = round.map { $0.isFetching ? .fetching : .computing } ?? .idle
        }
        return Progress(
            phase: phase, shardsFinished: shardsFinished, bytesReceived: UInt64(data?.bytesReceived ?? 0))
    }

    private mutating func ask(at now: Duration, _ out: inout [WorkerDirective]) {
        if let blob = data?.blob.digest {
            for indices in data?.questions(at: now) ?? [] {
                out.append(sendBulk(.piecesWanted(PiecesWanted(blob: blob, indices: indices))))
            }
        }
        for wanted in round?.questions(at: now) ?? [] { out.append(sendBulk(.piecesWanted(wanted))) }
    }

    // MARK: Joining

    private mutating func receive(
        _ envelope: Envelope, over channel: Channel, at now: Duration, _ out: inout [WorkerDirective]
    ) {
        if case .welcome(let welcome) = envelope.message {
            return welcomed(welcome, envelope, over: channel, at: now, &out)
        }
        if case .refused(let refusal) = envelope.message { return refused(refusal, at: now, &out) }
        if case .stop(let reason) = envelope.message { return end(.runOver(reason: reason), &out) }
        // A coordinator of an older generation was replaced; one of a newer will welcome this worker first.
        guard phase != .greeting, envelope.run == run, envelope.generation == generation else { return }
        lastHeard = now
        switch envelope.message {
        case .roundOpened(let opening): roundOpened(envelope.round, opening, at: now, &out)
        case .nodesAssigned(let assignment): nodesAssigned(envelope.round, assignment, &out)
        case .nodeSettled: settle(envelope.round, envelope.node, &out)
        case .roundClosed: roundClosed(envelope.round, &out)
        case .piece(let piece): receive(piece, at: now, &out)
        case .piecesWanted(let wanted): answer(wanted, &out)
        case .blobMissing(let digest): blobMissing(digest, &out)
        case .beat, .hello, .ready, .roundReceived, .progress, .nodeFinished, .leaving, .welcome, .refused, .stop: break
        }
    }

    private mutating func welcomed(
        _ welcome: Welcome, _ envelope: Envelope, over channel: Channel, at now: Duration,
        _ out: inout [WorkerDirective]
    ) {
        lastHeard = now
        guard phase == .greeting, envelope.generation >= generation || envelope.run != run else { return }
        // Each connection is welcomed by itself: until both are, what is sent over the other one would be dropped.
        greetedChannels.insert(channel)
        guard greetedChannels.count == Channel.allCases.count else { return }
        run = envelope.run
        generation = envelope.generation
        self.welcome = welcome
        phase = .preparing
        nextBeat = now + settings.beatInterval
        out.append(.note(.welcomed(run, generation: generation)))
        if let preparedFor, preparedFor.welcome == welcome { return prepared(preparedFor.readiness, &out) }
        out.append(.prepare(welcome, data: nil))
    }

    private mutating func prepared(_ readiness: Readiness, _ out: inout [WorkerDirective]) {
        guard phase == .preparing, let welcome else { return }
        preparedFor = (welcome, readiness)
        phase = .ready
        out += [send(.ready(readiness)), .note(.ready)]
    }

    private mutating func refused(_ refusal: Refusal, at now: Duration, _ out: inout [WorkerDirective]) {
        switch refusal.reason {
        case .unfit: end(.refused(sentence: refusal.sentence), &out)
        case .unknown: if phase != .greeting { greetAgain(at: now, reason: refusal.sentence, &out) }
        }
    }

    mutating func dataArrived(_ out: inout [WorkerDirective]) {
        guard let reception = data.take(), let welcome else { return }
        guard let bytes = reception.verifiedBytes() else {
            return end(.unfit(sentence: "the data set that came differs from the digest announced"), &out)
        }
        phase = .preparing
        out.append(.prepare(welcome, data: bytes))
    }

    mutating func end(_ ending: WorkerEnding, _ out: inout [WorkerDirective]) {
        phase = .finished
        out += [.abandon, .finish(ending)]
    }

    // MARK: Headers

    func send(_ message: Message, node: TreeNode? = nil) -> WorkerDirective {
        .send(
            Envelope(run: run, generation: generation, round: round?.number ?? 0, node: node, message: message),
            .control)
    }

    func sendBulk(_ message: Message) -> WorkerDirective {
        .send(Envelope(run: run, generation: generation, round: round?.number ?? 0, message: message), .bulk)
    }

    var head: EnvelopeHead { EnvelopeHead(run: run, generation: generation, round: round?.number ?? 0) }
}
