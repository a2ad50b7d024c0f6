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

    /// With the pace of the run that it was welcomed to last.
    var settings: ProtocolSettings
    let greeting: Greeting
    package internal(set) var phase: Phase = .greeting
    var welcome: Welcome?
    var run = RunIdentity.unknown
    var generation: UInt64 = 0
    var data: BlobReception?
    /// Of the coordinator that welcomed this worker last.
    package var knownGeneration: UInt64 { generation }
    /// Whether it was ever built for a run: then a coordinator has counted it.
    package var hasBeenReady: Bool { preparedFor != nil }
    /// The open round, if any: its number and job.
    package var openRound: (number: UInt64, job: RoundJob)? { round.map { ($0.number, $0.job) } }
    var round: WorkerRound?
    /// The last weights and statistics fetched, kept while rounds go on reading them.
    var cache: [Digest128: GatheredBlob] = [:]
    var shardsFinished: UInt32 = 0
    /// The window with which the last blob of this coordinator was fetched.
    var window: Int
    /// The welcome that the shell has built for: a worker that greets again need not build again.
    var preparedFor: (welcome: Welcome, readiness: Readiness)?
    private var lookingSince: Duration
    var lastHeard: Duration
    private var nextGreeting: Duration
    /// Greetings that follow soon after one another: a connection that has just come up may not take the first of them yet.
    private var promptGreetings = 0
    private static let promptGreetingsAtMost = 5
    var nextBeat: Duration
    /// Until then beats come faster: a connection has just closed.
    private var hurryUntil: Duration = .zero
    /// What the event that is being handled asks of the shell, in order; empty between events.
    var directives: [WorkerDirective] = []
    /// Connections that the coordinator has welcomed.
    var greetedChannels: Set<Channel> = []
    var greetedBy: (run: RunIdentity, generation: UInt64)?

    /// - Parameter greeting: said on both connections, each time with its own channel; first at the next event.
    package init(settings: ProtocolSettings, greeting: Greeting, at now: Duration) {
        self.settings = settings
        self.greeting = greeting
        window = settings.pieces.smallestWindow
        lookingSince = now
        lastHeard = now
        nextGreeting = now
        nextBeat = now
    }

    /// When `handle(.tick)` is due, whatever else happens.
    package var wakeTime: Duration {
        switch phase {
        case .greeting: nextGreeting
        case .finished: lastHeard + settings.silenceLimit
        default: min(nextBeat, data?.deadline ?? nextBeat, round?.deadline ?? nextBeat)
        }
    }

    /// - Returns: what the shell must do, in this order; nothing any more once it was told to finish.
    package mutating func handle(_ event: WorkerEvent, at now: Duration) -> [WorkerDirective] {
        guard phase != .finished else { return [] }
        defer { directives = [] }
        switch event {
        case .received(let envelope, let channel): receive(envelope, over: channel, at: now)
        case .prepared(let readiness): prepared(readiness)
        case .unfit(let sentence):
            send(.leaving(reason: sentence))
            end(.unfit(sentence: sentence))
        case .shardFinished(let round, let report, let payload):
            shardsFinished(round: round, [report], payload, at: now)
        case .groupFinished(let round, let reports, let payload):
            shardsFinished(round: round, reports, payload, at: now)
        case .connectionClosed: hurry(at: now)
        case .connectionsReplaced:
            if phase != .greeting { greetAgain(at: now, reason: "the connections to the coordinator are gone") }
        case .connectionRestored:
            nextGreeting = now
            promptGreetings = Self.promptGreetingsAtMost
            data?.askAgain()
            round?.askAgain()
        case .drain(let reason):
            if phase != .greeting { send(.leaving(reason: reason)) }
            end(.drained(reason: reason))
        case .tick: break
        }
        if phase != .finished { passTime(at: now) }
        return directives
    }

    /// The shell has no copy of the data set that it was asked to prepare for.
    package mutating func dataWanted(at now: Duration) -> [WorkerDirective] {
        guard phase == .preparing, let welcome else { return [] }
        phase = .fetchingData
        data = BlobReception(
            welcome.data, pieceBytes: welcome.pieceBytes, window: settings.dataPieces.smallestWindow,
            limits: settings.dataPieces, as: .bytes)
        defer { directives = [] }
        note(.fetchingData(byteCount: welcome.data.byteCount))
        passTime(at: now)
        return directives
    }

    /// From now on no coordinator is looked for any longer than this; what was dialled so far does not count.
    package mutating func limitDialling(to limit: Duration, at now: Duration) {
        settings.connectLimit = min(settings.connectLimit, limit)
        lookingSince = max(lookingSince, now)
    }

    // MARK: Time

    private mutating func passTime(at now: Duration) {
        if phase == .greeting {
            guard now - lookingSince < settings.connectLimit else {
                return end(.coordinatorUnreachable(after: settings.connectLimit, of: greetedRun))
            }
            if now >= nextGreeting {
                nextGreeting = now + (promptGreetings > 0 ? settings.greetingInterval / 10 : settings.greetingInterval)
                promptGreetings = max(0, promptGreetings - 1)
                greet()
            }
            return
        }
        if now - lastHeard > settings.silenceLimit {
            return greetAgain(at: now, reason: "the coordinator is silent")
        }
        if now >= nextBeat {
            nextBeat = now + (now < hurryUntil ? settings.beatInterval / 8 : settings.beatInterval)
            send(.progress(progress))
            if phase == .ready, round == nil, let preparedFor { send(.ready(preparedFor.readiness)) }
            repeatAnnouncements(at: now)
        }
        ask(at: now)
    }

    /// Whoever listens there next may not know this worker: it learns so by its next beat.
    private mutating func hurry(at now: Duration) {
        hurryUntil = now + settings.silenceLimit / 4
        nextBeat = min(nextBeat, now + settings.beatInterval / 8)
    }

    private mutating func greet() {
        for channel in Channel.allCases where !greetedChannels.contains(channel) {
            var own = greeting
            own.channel = channel
            directives.append(.send(Envelope(run: .unknown, generation: 0, message: .hello(own)), channel))
        }
    }

    /// The run that this worker took part in last; nil where it never did.
    private var greetedRun: RunIdentity? { run == .unknown ? nil : run }

    /// Forgets the coordinator, not the data or the network, and dials anew.
    mutating func greetAgain(at now: Duration, reason: String) {
        note(.droppedByCoordinator(reason))
        directives += [.abandon, .releaseAll]
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
            phase: phase, shardsFinished: shardsFinished,
            bytesReceived: UInt64(data?.bytesReceived ?? round?.bytesReceived ?? 0))
    }

    private mutating func ask(at now: Duration) {
        if let blob = data?.blob.digest {
            for indices in data?.questions(at: now) ?? [] {
                send(.piecesWanted(PiecesWanted(blob: blob, indices: indices)), over: .bulk)
            }
        }
        for wanted in round?.questions(at: now) ?? [] { send(.piecesWanted(wanted), over: .bulk) }
    }

    mutating func end(_ ending: WorkerEnding) {
        phase = .finished
        directives += [.abandon, .finish(ending)]
    }

    // MARK: Headers

    mutating func send(_ message: Message, node: TreeNode? = nil, over channel: Channel = .control) {
        let envelope = Envelope(
            run: run, generation: generation, round: round?.number ?? 0, node: node, message: message)
        directives.append(.send(envelope, channel))
    }

    mutating func note(_ note: WorkerNote) { directives.append(.note(note)) }

    var head: EnvelopeHead { EnvelopeHead(run: run, generation: generation, round: round?.number ?? 0) }
}
