import Formats
import Optimization
package import Wire

/// The coordinator's side of the search protocol, as a value: an event and the time in, directives out.
///
/// ## The protocol
///
/// A worker opens two connections and says **hello** on both. The coordinator answers **welcome**: configuration, the data
/// set's digest, the digest of the weight layout. The worker makes itself ready (fetches the data set if it has no copy,
/// builds the network, computes the probe) and says **ready**. From then on it can be given nodes.
///
/// A **round** is one pure job over numbered shards. The coordinator opens it with every ready worker: the job, the nodes
/// that this worker takes, the weights' digest. The worker fetches the weights piece by piece, says **round received**,
/// computes, and announces each finished node with its shards' reports. The coordinator fetches the node's payload, checks
/// its digest, fills the node in the fixed tree, and settles it. When the root is filled the round is over, the result goes
/// to the search, and the search opens the next round.
///
/// A contribution counts if its run, generation, round and node are open, whoever sent it and whatever its attempt: two
/// answers to the same question have the same bits. A filled node covers what lies under it; later answers are dropped.
///
/// What takes longer than it should is also given to idle workers, and the first answer counts. What is not finite is computed
/// once more, by another worker if there is one; when it is again, the round is given up and its step skipped. Here alone
/// attempts matter: the same answer said twice is not a second one. A shard that is audited counts when two workers agree.
///
/// A coordinator looks at its lease all the time, and before anything else when it has not seen it for long: one that was
/// replaced while it was frozen ends without another word.
///
/// A worker is gone when its connection refuses a message or when nothing was heard from it for `silenceLimit`; its open
/// shards are given to the others at once. A worker that the coordinator does not count is told so and greets again. With
/// fewer than `minimumWorkers` ready the round stays open and the coordinator says that it waits, up to `waitLimit`.
///
/// At the end it says **stop**, or **pause** where the run is to go on under another coordinator, and repeats it to whoever speaks, until every worker has left or `farewellLimit` has passed.
///
/// No digest of a blob, no number of a shard and no node is believed before it was held against the open round.
package struct CoordinatorInstance: Sendable {
    let settings: ProtocolSettings
    let run: RunIdentity
    let generation: UInt64
    let welcome: Welcome
    package internal(set) var roster = Roster()
    package internal(set) var drops = DropCounts()
    package internal(set) var counts = ClusterCounts()
    var assembly: RoundAssembly?
    var contributions: ContributionQueue
    var persistence: PersistenceInstance
    var kind: MachineKind?
    var lastRound: UInt64 = 0
    var attempt: UInt32 = 0
    /// What everybody is told at the end, `stop` or `pause`; nil before it.
    var lastWord: Message?
    /// Until when those who have not heard the last word are waited for; nil before the end, and once nobody is.
    var farewellEnd: Duration?
    /// Workers that were lost, and when: as far as they may be back before the end is over.
    var absent: [WorkerIdentity: Duration] = [:]
    var doubts = RoundDoubts()
    var nextWatch: Duration = .zero
    /// When whoever asks is told again how the run stands.
    var nextStatus: Duration = .zero
    private var fence: Fence
    /// Another generation has the run, or may have it: nothing is done any more.
    private var isSuperseded = false
    private var nextBeat: Duration = .zero
    private var nextWaitingNote: Duration?
    /// Since when an open round has had too few workers.
    private var waitingSince: Duration?
    /// Data-set pieces that wait until no worker fetches a round's weights: the data set never delays a round.
    private var dataQuestions: [(index: Int, peer: Peer)] = []
    /// What the event that is being handled asks of the shell, in order; empty between events.
    var directives: [CoordinatorDirective] = []

    /// - Parameter checkpoints: those that stand on disk, in any order.
    package init(
        settings: ProtocolSettings, run: RunIdentity, generation: UInt64, welcome: Welcome,
        checkpoints: [CheckpointMark] = []
    ) {
        self.settings = settings
        self.run = run
        self.generation = generation
        self.welcome = welcome
        contributions = ContributionQueue(settings: settings)
        persistence = PersistenceInstance(standing: checkpoints, settings: settings)
        fence = Fence(isOn: settings.isOn(.fence))
    }

    /// When `handle(.tick)` is due, whatever else happens.
    package var wakeTime: Duration {
        var time = min(nextBeat, nextWaitingNote ?? nextBeat, contributions.deadline ?? nextBeat)
        if assembly != nil { time = min(time, nextWatch) }
        if let waitingSince { time = min(time, waitingSince + settings.waitLimit) }
        if let farewellEnd { time = min(time, farewellEnd) }
        return min(time, fence.deadline ?? time)
    }

    /// Bytes of payloads that may be on their way here.
    package var bytesInFlight: Int { contributions.bytesFetching }

    /// Whether a file action is under way or waits: the shell does not end before.
    package var isPersisting: Bool { !persistence.isIdle }

    /// Whether something waits until it can be seen who has the run; a file action may be among it, and no step ends meanwhile.
    package var isHolding: Bool { fence.isHolding }

    /// What was asked to be made safe and is not yet.
    package var requestsNotSafe: Int { persistence.requestsNotSafe }

    /// Threads of the ready workers beyond those that the open round's shards and their parts keep busy.
    package var idleThreads: Int {
        guard let assembly else { return 0 }
        let threads = roster.ready.reduce(0) { $0 + Int($1.greeting.threads) }
        let busy = ThreadShares.busiest(shards: assembly.request.job.shardCount, parts: assembly.load.parts)
        return max(0, threads - busy)
    }

    /// - Returns: what the shell must do, in this order; nothing any more after `endSuperseded` or `endBlind`.
    package mutating func handle(_ event: CoordinatorEvent, at now: Duration) -> [CoordinatorDirective] {
        guard !isSuperseded else { return [] }
        defer { directives = [] }
        switch event {
        case .leaseKept: return leaseKept(at: now)
        case .leaseUnreadable(let reason): return leaseUnreadable(reason, at: now)
        case .superseded(let newer):
            isSuperseded = true
            return [.endSuperseded(by: newer)]
        case .received(let envelope, let peer): receive(envelope, from: peer, at: now)
        case .receivedUnreadable(_, let reason):
            drops.unreadable += 1
            note(.unreadable(reason: reason))
        case .openRound(let request): open(request, at: now)
        case .unreachable(let peer): peerGone(peer, at: now)
        case .connectionClosed: beatAll()
        case .knownKind(let kind): self.kind = kind
        case .stop(let reason): end(.stop(reason: reason), at: now)
        case .pause(let reason): end(.pause(reason: reason), at: now)
        case .persist(let request): apply(persistence.enqueue(request))
        case .fileDone: apply(persistence.done())
        case .fileFailed(let reason): apply(persistence.failed(reason: reason))
        case .tick: break
        }
        passTime(at: now)
        return fence.pass(directives, at: now)
    }

    private mutating func leaseKept(at now: Duration) -> [CoordinatorDirective] {
        let wasBlind = fence.blindSince != nil
        return (wasBlind ? [.note(.leaseReadable)] : []) + fence.kept(at: now)
    }

    private mutating func leaseUnreadable(_ reason: String, at now: Duration) -> [CoordinatorDirective] {
        guard settings.isOn(.blindness) else { return leaseKept(at: now) }
        let isFirst = fence.blindSince == nil
        guard fence.couldNotLook(at: now) >= settings.waitLimit else {
            return isFirst ? [.note(.leaseUnreadable(reason: reason, limit: settings.waitLimit))] : []
        }
        isSuperseded = true
        return [.endBlind(reason: reason)]
    }

    /// A message of this run and a newer generation.
    mutating func newerGenerationSpoke(at now: Duration) { fence.doubt(at: now) }

    // MARK: Time

    private mutating func passTime(at now: Duration) {
        if now >= nextBeat {
            nextBeat = now + settings.beatInterval
            beatAll()
            for member in roster.members.values.sorted(by: { $0.identity < $1.identity })
            where now - member.lastHeard > settings.silenceLimit {
                lose(member.identity, reason: "silent for \(settings.silenceLimit)", at: now)
            }
        }
        noteWaiting(at: now)
        watch(at: now)
        askForContributions(at: now)
        answerDataQuestions()
        passFarewell(at: now)
    }

    private mutating func beatAll() {
        for member in roster.members.values.sorted(by: { $0.identity < $1.identity }) {
            if let peer = member.control { send(.beat, to: peer) }
        }
    }

    private mutating func noteWaiting(at now: Duration) {
        let have = roster.readyCount
        guard assembly != nil, lastWord == nil, have < settings.neededWorkers else {
            nextWaitingNote = nil
            waitingSince = nil
            return
        }
        let since = waitingSince ?? now
        waitingSince = since
        if now - since >= settings.waitLimit {
            waitingSince = now
            directives.append(.waitedTooLong(have: have, need: settings.neededWorkers))
        }
        if let next = nextWaitingNote, now < next { return }
        nextWaitingNote = now + settings.waitingNoteInterval
        note(
            .waitingForWorkers(
                have: have, need: settings.neededWorkers, limit: settings.waitLimit - (now - since)))
    }

    // MARK: Data set

    mutating func queueDataQuestion(_ index: Int, from peer: Peer) {
        guard dataQuestions.count < settings.workers * settings.dataPieces.largestWindow else { return }
        guard !dataQuestions.contains(where: { $0.index == index && $0.peer == peer }) else { return }
        dataQuestions.append((index, peer))
    }

    private mutating func answerDataQuestions() {
        guard !dataQuestions.isEmpty, !roster.members.values.contains(where: \.isFetchingRound) else { return }
        for question in dataQuestions {
            directives.append(
                .sendPiece(blob: welcome.data, index: question.index, envelope: head, to: question.peer))
        }
        dataQuestions = []
    }

    mutating func forgetDataQuestions(of peer: Peer) { dataQuestions.removeAll { $0.peer == peer } }

    // MARK: Disk

    private mutating func apply(_ outcomes: [PersistenceInstance.Outcome]) {
        for outcome in outcomes {
            switch outcome {
            case .act(let action): directives.append(.perform(action))
            case .finished(let name): directives.append(.persisted(name))
            case .failed(let name, let reason):
                note(.persistenceFailed("\(name)", reason: reason))
            }
        }
    }

    // MARK: What is said

    var head: EnvelopeHead { EnvelopeHead(run: run, generation: generation, round: assembly?.round ?? lastRound) }

    mutating func send(_ message: Message, node: TreeNode? = nil, round: UInt64? = nil, to peer: Peer) {
        let envelope = Envelope(
            run: run, generation: generation, round: round ?? head.round, node: node, message: message)
        directives.append(.send(envelope, to: peer))
    }

    mutating func note(_ note: CoordinatorNote) {
        counts.add(note)
        directives.append(.note(note))
    }
}

extension CoordinatorInstance {
    /// The length of pieces that workers were told: blobs are cut by it.
    package var pieceBytes: Int { welcome.pieceBytes }

    /// Workers that can be given nodes: ready, with both connections.
    package var readyWorkers: Int { roster.readyCount }
}
