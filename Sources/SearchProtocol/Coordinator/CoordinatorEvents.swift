package import Formats
package import Wire

/// What happens to the coordinator. Time comes with every event; the instance has no clock of its own.
package enum CoordinatorEvent: Sendable {
    /// A frame that could be decoded, from whichever connection.
    case received(Envelope, from: Peer)
    /// A frame that could not be decoded.
    case receivedUnreadable(from: Peer, reason: String)
    /// The search wants this round; the one before must be filled or given up.
    case openRound(RoundRequest)
    /// A message could not be delivered: the peer's connection is gone.
    case unreachable(Peer)
    /// Some connection closed; libzmq does not say whose.
    case connectionClosed
    /// The machine kind that the run's first worker fixed, read back by resume.
    case knownKind(MachineKind)
    /// The search is over, or is to stop here for good.
    case stop(reason: String)
    /// The search is to stop here for now; another coordinator will go on with it.
    case pause(reason: String)
    /// Something to be made safe on disk.
    case persist(PersistenceRequest)
    case fileDone
    case fileFailed(reason: String)
    /// `renewLease` found this generation to be the newest.
    case leaseKept
    /// `renewLease` found that a newer generation has the run.
    case superseded(by: UInt64)
    /// `renewLease` could not look: the run's folder answers with an error.
    case leaseUnreadable(reason: String)
    /// Nothing but time passed.
    case tick
}

/// What the shell must do, in the order given.
package enum CoordinatorDirective: Sendable, Equatable {
    case send(Envelope, to: Peer)
    /// Cut a piece out of a blob that the shell holds and send it.
    case sendPiece(blob: BlobReference, index: Int, envelope: EnvelopeHead, to: Peer)
    /// Somebody who need not take part wants to know how the run stands.
    case tellStatus(EnvelopeHead, to: Peer)
    case roundFilled(RoundResult)
    /// The round's step is to be skipped.
    case roundSkipped(RoundSkip)
    /// Look whether this generation is the newest, and say on disk that it lives. Answered by `leaseKept`, `superseded`
    /// or `leaseUnreadable`.
    case renewLease
    /// Another generation has taken the run: nothing more comes from this one, and nothing may be written any more.
    case endSuperseded(by: UInt64)
    /// The run's folder could not be looked at for `waitLimit`: nothing more comes from this generation.
    case endBlind(reason: String)
    /// Too few workers for `waitLimit`: make safe what there is and end for now.
    case waitedTooLong(have: Int, need: Int)
    case perform(FileAction)
    /// A checkpoint stands on disk, whole and synced.
    case persisted(PersistenceRequest.Name)
    case kindFixed(MachineKind)
    case note(CoordinatorNote)
}

/// What the header of a frame says besides the message.
package struct EnvelopeHead: Sendable, Equatable {
    package var run: RunIdentity
    package var generation: UInt64
    /// The open round, or the one before it; 0 before the first.
    package var round: UInt64

    /// The whole envelope of a message that speaks of no node.
    package func envelope(_ message: Message) -> Envelope {
        Envelope(run: run, generation: generation, round: round, message: message)
    }
}

/// Machines are of one kind when these agree: a fixed shard of the run's own network, and a table of log, exp and cos.
package struct MachineKind: Sendable, Equatable {
    /// Digest of a fixed shard of the run's own network.
    package var probe: Digest128
    /// Digest of the table of log, exp and cos values.
    package var mathTable: Digest128

    /// From the first worker's readiness, or from what the run's folder keeps of it.
    package init(probe: Digest128, mathTable: Digest128) {
        self.probe = probe
        self.mathTable = mathTable
    }
}

/// What a person may want to know, as values: the shell words it.
package enum CoordinatorNote: Sendable, Equatable {
    case workerGreeted(String, Greeting)
    case workerReady(String, idleThreads: Int)
    case workerLost(String, reason: String, shardsGivenOn: Int)
    case workerLeft(String, reason: String)
    case workerRefused(String, reason: String)
    /// - Parameter limit: how much longer it waits.
    case waitingForWorkers(have: Int, need: Int, limit: Duration)
    case contributionRejected(String, reason: String)
    /// Not finite for the first time: it is computed once more.
    case notFinite(String, step: UInt64, shard: Int, attempt: UInt32, NonFinitePlace)
    case workerLate(LateWorker)
    /// Workers that computed other bits than each other; a further one decides.
    case auditDisputed([String], step: UInt64, shard: Int)
    case unreadable(reason: String)
    case persistenceFailed(String, reason: String)
    /// Whether this generation is the newest cannot be seen: nothing is said or written until it can, up to the limit.
    case leaseUnreadable(reason: String, limit: Duration)
    case leaseReadable
}

/// Who is late, and what with.
package struct LateWorker: Sendable, Equatable {
    /// What it is at. The raw value is the word in the log's fields.
    package enum Phase: String, Sendable { case preparing, fetching, computing, sending }
    /// "host/pid".
    package var worker: String
    package var phase: Phase
    /// Since it joined, sent a piece, or something came back from it last, by the phase; where nothing was measured of it, since it
    /// got on with a shard or with bytes.
    package var elapsed: Duration
    /// What was to be expected; nil where nothing was measured, and while it is too early to name the worker.
    package var usual: Duration?
    /// Of the data set or of weights that the worker has fetched, or of its payload that was fetched from it.
    package var bytesSoFar: UInt64
    /// Shards that also go to whoever is idle; 0 of a worker that is preparing itself.
    package var shardsOpen: Int

    package init(
        worker: String, phase: Phase, elapsed: Duration, usual: Duration?, bytesSoFar: UInt64, shardsOpen: Int
    ) {
        self.worker = worker
        self.phase = phase
        self.elapsed = elapsed
        self.usual = usual
        self.bytesSoFar = bytesSoFar
        self.shardsOpen = shardsOpen
    }
}

/// Frames that changed nothing, by reason.
package struct DropCounts: Sendable, Equatable {
    /// Frames that could not be decoded.
    package var unreadable = 0
    /// Of a worker that takes part, with another run in the header.
    package var otherRun = 0
    /// Of this run, meant for an older generation or a newer one.
    package var otherGeneration = 0
    /// Results, and `roundReceived`, for a round that is not open.
    package var otherRound = 0
    /// Results for nodes that an answer had filled before.
    package var alreadyFilled = 0
    /// From connections that have not greeted, or whose worker does not count any more.
    package var unknownPeer = 0
    /// What does not fit the open round or its blobs, and messages that no worker may send.
    package var rejected = 0
    /// Results with a value that is infinite or not a number, whose shards are computed once more.
    package var notFinite = 0

    /// By the names that log, metrics and status give them.
    package var byReason: KeyValuePairs<String, Int> {
        [
            "unreadable": unreadable, "other_run": otherRun, "other_generation": otherGeneration,
            "other_round": otherRound,
            "already_filled": alreadyFilled, "unknown_peer": unknownPeer, "rejected": rejected, "not_finite": notFinite,
        ]
    }
}
