package import Optimization
package import Wire

/// What happens to a worker.
package enum WorkerEvent: Sendable {
    case received(Envelope, over: Channel)
    /// The shell built the network and computed the probe for the welcome it was given.
    case prepared(Readiness)
    /// The shell cannot take part: the sentence goes to the coordinator too.
    case unfit(sentence: String)
    /// One shard of a round is computed; its payload goes into its node's sum.
    case shardFinished(round: UInt64, report: ShardReport, payload: Addend)
    /// Shards that were computed together, a node's, with the sum of their payloads.
    case groupFinished(round: UInt64, reports: [ShardReport], payload: Addend)
    /// A connection to the coordinator closed; libzmq dials again by itself.
    case connectionClosed
    /// They did not come back, and the shell dials with new ones: whoever answers does not know them.
    case connectionsReplaced
    /// One stands, for the first time or again: what was said or asked before may have been lost on its way.
    case connectionRestored
    /// The user wants this worker to go.
    case drain(reason: String)
    case tick
}

/// What the worker's shell must do, in the order given.
package enum WorkerDirective: Sendable, Equatable {
    case send(Envelope, Channel)
    /// Cut a piece out of a payload that the shell was given by `hold`, and send it.
    case sendPiece(blob: BlobReference, index: Int, envelope: EnvelopeHead)
    /// Build everything for this run: the data set is in the folder or the cache, or comes as bytes. Answered by
    /// `prepared` or `unfit`. Asked first without data; where the shell has none it answers with `dataWanted`.
    case prepare(Welcome, data: [UInt8]?)
    /// Make the round's weights (and statistics) ready to compute with.
    case load(round: UInt64, job: RoundJob, weights: GatheredBlob, statistics: GatheredBlob?)
    /// Compute these shards of the loaded round, in this order.
    case compute(round: UInt64, shards: [Int])
    /// Nothing of earlier rounds is wanted any more.
    case abandon
    case hold(Blob)
    case release(BlobReference)
    case releaseAll
    case note(WorkerNote)
    case finish(WorkerEnding)
}

/// What a person may want to know of a worker, as values: the shell words it.
package enum WorkerNote: Sendable, Equatable {
    case welcomed(RunIdentity, generation: UInt64)
    case fetchingData(byteCount: UInt64)
    case ready
    case droppedByCoordinator(String)
}

/// Why the worker's process ends.
package enum WorkerEnding: Sendable, Equatable {
    case runOver(reason: String)
    /// The coordinator has ended and the run has not.
    case paused(reason: String)
    case drained(reason: String)
    case refused(sentence: String)
    case unfit(sentence: String)
    /// - Parameter of: the run that it took part in before; nil where it never did.
    case coordinatorUnreachable(after: Duration, of: RunIdentity?)
}
