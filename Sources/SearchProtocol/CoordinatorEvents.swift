package import Formats
package import Wire

/// What happens to the coordinator. Time comes with every event; the instance has no clock of its own.
package enum CoordinatorEvent: Sendable {
    /// A frame that could be decoded, from whichever connection.
    case received(Envelope, from: Peer)
    /// A frame that could not.
    case receivedGarbage(from: Peer, reason: String)
    /// The search wants this round; the one before must be filled or given up.
    case openRound(RoundRequest)
    /// A message could not be delivered: the peer's connection is gone.
    case unreachable(Peer)
    /// Some connection closed; libzmq does not say whose.
    case connectionClosed
    /// The machine kind that the run's first worker fixed, read back by resume.
    case knownKind(MachineKind)
    /// The search is over, or is to stop here.
    case stop(reason: String)
    /// Something to be made safe on disk.
    case persist(PersistenceRequest)
    case fileDone
    case fileFailed(reason: String)
    /// Nothing but time passed.
    case tick
}

/// What the shell must do, in the order given.
package enum CoordinatorDirective: Sendable, Equatable {
    case send(Envelope, to: Peer)
    /// Cut a piece out of a blob that the shell holds and send it.
    case sendPiece(blob: BlobReference, index: Int, envelope: EnvelopeHead, to: Peer)
    case roundFilled(RoundResult)
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
    package var round: UInt64

    package func envelope(_ message: Message) -> Envelope {
        Envelope(run: run, generation: generation, round: round, message: message)
    }
}

/// Machines are of one kind when these agree: shard 0 of step 0 of the run's own network, and a table of log, exp and cos.
package struct MachineKind: Sendable, Equatable {
    package var probe: Digest128
    package var mathTable: Digest128

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
    case waitingForWorkers(have: Int, need: Int)
    case contributionRejected(String, reason: String)
    case garbage(reason: String)
    case persistenceFailed(reason: String)
}

/// Frames that changed nothing, by reason.
package struct DropCounts: Sendable, Equatable {
    package var garbage = 0
    package var otherRun = 0
    package var otherGeneration = 0
    package var otherRound = 0
    package var alreadyFilled = 0
    package var unknownPeer = 0
    package var rejected = 0
}
