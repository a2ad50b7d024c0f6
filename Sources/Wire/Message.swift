package import Formats
package import Optimization

/// Every message, and who sends it when.
///
/// A worker opens two connections, *control* and *bulk*, and greets on both. Control carries small things; on bulk whoever
/// wants a blob asks for pieces and its owner sends them, so that no beat waits behind a gradient. `Envelope` is the header.
package enum Message: Sendable, Equatable {
    // Worker to coordinator, control.

    /// First word on each connection; repeated until it is answered.
    case hello(Greeting)
    /// The worker has configuration, data and network, and has computed the probe.
    case ready(Readiness)
    /// The worker holds the round's weights and computes.
    case roundReceived
    /// Proof of progress, at least every beat interval.
    case progress(Progress)
    /// The header's node is computed; its payload waits to be fetched.
    case nodeFinished(NodeResult)
    /// The worker leaves of its own will.
    case leaving(reason: String)

    // Anybody who may connect, to the coordinator; answered on the same connection.

    /// How does the run stand?
    case statusWanted
    /// Bytes to and fro, to time the link; answered by a piece of no blob.
    case echoWanted(EchoWanted)

    // Coordinator to worker, control.

    /// Who the coordinator is and what the worker needs.
    case welcome(Welcome)
    /// The worker cannot take part, or is not known (any more) and should greet again.
    case refused(Refusal)
    /// A round and the nodes that this worker takes in it.
    case roundOpened(RoundOpening)
    /// More nodes of the open round, taken over from others.
    case nodesAssigned(NodeAssignment)
    /// The header's node is filled, by this answer or another: its payload may go.
    case nodeSettled(accepted: Bool)
    /// The header's round is over; whatever of it is still computed is not wanted.
    case roundClosed
    /// The coordinator lives.
    case beat
    /// The run is over, or failed for good. A worker answers by leaving.
    case stop(reason: String)
    /// The coordinator ends and the run does not: it will go on under another one. A worker answers by leaving, and may come back.
    case pause(reason: String)
    /// The document that stands in the run's `status.json`, as it would be now.
    case status(document: String)

    // Both ways, bulk.

    case piecesWanted(PiecesWanted)
    case piece(Piece)
    /// The blob asked for is not held here (any more).
    case blobMissing(Digest128)
}

/// Role of one of a worker's two connections.
package enum Channel: UInt8, Sendable, Hashable, CaseIterable {
    case control
    case bulk
}

/// What a worker says of itself on each of its two connections, again and again until it is welcomed there.
package struct Greeting: Sendable, Equatable {
    package var worker: WorkerIdentity
    /// The connection that it is said over.
    package var channel: Channel
    package var hostName: String
    package var processIdentifier: UInt32
    /// Compute threads, 1 to 4096. Until its pace is measured, a worker's share of the shards goes by them.
    package var threads: UInt32
    package var processor: String
    /// Version of the program and of the libraries that compute, the explanation when two machines' bits differ.
    package var software: String
    /// As `--device` names it, `cpu` or `cuda:0`; of a device with its own name and memory.
    package var device: String

    package init(
        worker: WorkerIdentity, channel: Channel, hostName: String, processIdentifier: UInt32, threads: UInt32,
        processor: String, software: String, device: String
    ) {
        self.worker = worker
        self.channel = channel
        self.hostName = hostName
        self.processIdentifier = processIdentifier
        self.threads = threads
        self.processor = processor
        self.software = software
        self.device = device
    }
}

/// What a worker needs to take part in a run; a greeting's answer, on the same connection.
package struct Welcome: Sendable, Equatable {
    /// `SearchConfiguration.canonicalText`.
    package var configuration: String
    /// SHA-256 of the data set's canonical form, 32 bytes.
    package var dataDigest: [UInt8]
    /// The canonical form itself, for a worker that has no copy.
    package var data: BlobReference
    /// XXH3-128 of `WeightLayout.canonicalText`; the worker's own layout must give the same.
    package var layoutDigest: Digest128
    /// Bytes of every piece but a blob's last, in both directions; `WireLimits` bounds them.
    package var pieceBytes: Int
    package var pace: Pace

    package init(
        configuration: String, dataDigest: [UInt8], data: BlobReference, layoutDigest: Digest128, pieceBytes: Int,
        pace: Pace = .standard
    ) {
        self.pace = pace
        self.configuration = configuration
        self.dataDigest = dataDigest
        self.data = data
        self.layoutDigest = layoutDigest
        self.pieceBytes = pieceBytes
    }
}

/// What a worker found once it had built the run's network; the coordinator compares all of it with the run's own.
package struct Readiness: Sendable, Equatable {
    package var layoutDigest: Digest128
    /// SHA-256 of the canonical form of the data set that the worker computes with, 32 bytes.
    package var dataDigest: [UInt8]
    /// Digest of a fixed shard of the run's own network.
    package var probe: Digest128
    /// Digest of a table of log, exp and cos values.
    package var mathTable: Digest128

    package init(layoutDigest: Digest128, dataDigest: [UInt8], probe: Digest128, mathTable: Digest128) {
        self.layoutDigest = layoutDigest
        self.dataDigest = dataDigest
        self.probe = probe
        self.mathTable = mathTable
    }
}

/// What a worker is at, said every beat interval: one that is silent for too long counts as gone.
package struct Progress: Sendable, Equatable {
    package enum Phase: UInt8, Sendable, Hashable, CaseIterable { case preparing, idle, fetching, computing }
    package var phase: Phase
    /// Since the process began. A change of it is what counts, so it may wrap around.
    package var shardsFinished: UInt32
    /// Of the data set, or of the weights and statistics, that are being fetched now; 0 where nothing is.
    package var bytesReceived: UInt64

    package init(phase: Phase, shardsFinished: UInt32, bytesReceived: UInt64) {
        self.phase = phase
        self.shardsFinished = shardsFinished
        self.bytesReceived = bytesReceived
    }
}

/// What came of one node, which the header names.
package struct NodeResult: Sendable, Equatable {
    /// That of the assignment that it answers. It tells an answer said twice from two answers.
    package var attempt: UInt32
    /// The shards under the node, in ascending order.
    package var reports: [ShardReport]
    /// The node's sum as little-endian floats; nil for a round that only counts.
    package var payload: BlobReference?
    /// Which parts of the vector the node's shards computed: the payload holds these alone. Nil where it is the whole vector.
    package var parts: PartSet?

    /// - Parameter parts: nil where shards leave nothing out.
    package init(attempt: UInt32, reports: [ShardReport], payload: BlobReference?, parts: PartSet? = nil) {
        self.attempt = attempt
        self.reports = reports
        self.payload = payload
        self.parts = parts
    }
}

package struct Refusal: Sendable, Equatable {
    package enum Reason: UInt8, Sendable, Hashable, CaseIterable {
        /// Greet again: this coordinator does not know (or no longer counts) the sender.
        case unknown
        /// Another version, data set, layout or kind of machine: dialling again will not help.
        case unfit
    }
    package var reason: Reason
    /// For people, on one line; cut to `WireLimits.shortTextBytes`.
    package var sentence: String

    package init(reason: Reason, sentence: String) {
        self.reason = reason
        self.sentence = sentence
    }
}

/// Nodes that one worker is to compute, at most `WireLimits.nodesInOneMessage`.
package struct NodeAssignment: Sendable, Equatable {
    /// Raised whenever the coordinator gives shards out; the results repeat it.
    package var attempt: UInt32
    package var nodes: [TreeNode]

    package init(attempt: UInt32, nodes: [TreeNode]) {
        self.attempt = attempt
        self.nodes = nodes
    }
}

/// All that a worker needs to compute its part of a round, blobs by their digests.
package struct RoundOpening: Sendable, Equatable {
    package var job: RoundJob
    package var assignment: NodeAssignment
    package var weights: BlobReference
    /// Running statistics to evaluate with; nil where the round does not read any.
    package var statistics: BlobReference?

    package init(job: RoundJob, assignment: NodeAssignment, weights: BlobReference, statistics: BlobReference?) {
        self.job = job
        self.assignment = assignment
        self.weights = weights
        self.statistics = statistics
    }
}

/// What `snas doctor` times a link with.
package struct EchoWanted: Sendable, Equatable {
    /// Asked for in the answer; at least one, at most `WireLimits.echoBytes`.
    package var answerBytes: Int
    /// Bytes that only have to travel, at most `WireLimits.echoBytes`: nobody reads them.
    package var filler: [UInt8]

    package init(answerBytes: Int, filler: [UInt8]) {
        self.answerBytes = answerBytes
        self.filler = filler
    }
}

package struct PiecesWanted: Sendable, Equatable {
    package var blob: Digest128
    /// At least one, at most `WireLimits.piecesInOneQuestion`.
    package var indices: Range<Int>

    package init(blob: Digest128, indices: Range<Int>) {
        self.blob = blob
        self.indices = indices
    }
}

/// A part of a blob. Its bytes travel in the block behind the frame, the rest in the frame's body.
package struct Piece: Sendable, Equatable {
    package let blob: Digest128
    package let index: Int
    /// A part of the blob on the way out, the frame itself on the way in: nothing is copied for it.
    package let bytes: ByteView
    /// XXH3-128 of `bytes`: computed by the blob's owner once, checked by whoever decodes the piece.
    package let digest: Digest128

    /// - Parameter digest: of these bytes; whoever has not just checked it leaves it out.
    package init(blob: Digest128, index: Int, bytes: ByteView, digest: Digest128? = nil) {
        self.blob = blob
        self.index = index
        self.bytes = bytes
        self.digest = digest ?? bytes.withUnsafeBytes { XXH3.hash128($0) }
    }
}
