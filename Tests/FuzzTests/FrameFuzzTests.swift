import Formats
import Optimization
import TestSupport
import Testing
import Wire

extension FuzzTests {
    /// One message of every kind, as their senders make them.
    static let messages: [Message] = {
        let digest = Digest128(high: 1, low: 2)
        let blob = BlobReference(digest: digest, byteCount: 4)
        let report = ShardReport(
            shard: 2, imageCount: 8, loss: 1.5, hits: 3, finite: true, alphaGradient: [1, -2], credits: [0.5, 4])
        return [
            .hello(
                Greeting(
                    worker: WorkerIdentity(high: 1, low: 2), channel: .bulk, hostName: "host", processIdentifier: 7,
                    threads: 3, processor: "processor", software: "software", device: "cpu")),
            .ready(
                Readiness(
                    layoutDigest: digest, dataDigest: Array(repeating: 5, count: 32), probe: digest, mathTable: digest)),
            .roundReceived, .progress(Progress(phase: .computing, shardsFinished: 4, bytesReceived: 5)),
            .nodeFinished(NodeResult(attempt: 3, reports: [report, report], payload: blob)),
            .nodeFinished(
                NodeResult(
                    attempt: 3, reports: [report], payload: blob,
                    parts: VectorParts(optionalParts: 11, []).set(of: [0, 4, 9]))),
            .leaving(reason: "tired"), .statusWanted, .echoWanted(EchoWanted(answerBytes: 9, filler: [1, 2, 3])),
            .status(document: "{}"),
            .welcome(
                Welcome(
                    configuration: "a = b\n", dataDigest: Array(repeating: 1, count: 32), data: blob,
                    layoutDigest: digest, pieceBytes: 65_536)),
            .refused(Refusal(reason: .unfit, sentence: "no")),
            .roundOpened(
                RoundOpening(
                    job: RoundJob(
                        .gradientBatch, mixing: .relaxed(temperature: 0.5), yields: [.weightGradient, .alphaGradient],
                        step: 9, epoch: 1, stepInEpoch: 2, shardCount: 5, imageCount: 40, dropPathProbability: 0.3,
                        table: [1, 2, 3]),
                    assignment: NodeAssignment(attempt: 1, nodes: [TreeNode(level: 2, index: 0)]), weights: blob,
                    statistics: blob)),
            .nodesAssigned(NodeAssignment(attempt: 2, nodes: (0..<5).map { TreeNode(level: 0, index: $0) })),
            .nodeSettled(accepted: true), .roundClosed, .beat, .stop(reason: "over"), .pause(reason: "asked to"),
            .piecesWanted(PiecesWanted(blob: digest, indices: 3..<7)),
            .piece(Piece(blob: digest, index: 3, bytes: ByteView([9, 8, 7]))), .blobMissing(digest),
        ]
    }()

    static func envelope(_ message: Message) -> Envelope {
        Envelope(
            run: RunIdentity(high: 3, low: 4), generation: 5, round: 6, node: TreeNode(level: 1, index: 2),
            message: message)
    }

    @Test("A million damaged messages are refused, or read as what they then say; nothing traps")
    func frames() throws {
        let corpus = Self.messages.map { Self.envelope($0).encoded() }
        var read = 0
        var refused = 0
        Self.forEachSeed(1000, "messages") { mutator in
            for _ in 0..<1000 {
                let sent = mutator.pick(corpus)
                let other = mutator.pick(corpus)
                // A third as networks damage them; the others under a right digest, most of them behind the header.
                let kind = mutator.below(3)
                var block = sent.block?.array
                if let bytes = block, mutator.isChosen(outOf: 4) { block = mutator.damaged(bytes) }
                if mutator.isChosen(outOf: 40) { block = block == nil ? [1] : nil }
                var frame = mutator.damaged(
                    sent.frame, other: other.frame, from: kind == 2 ? WireLimits.headerBytes : 0)
                if kind > 0 { frame = Mutator.sealed(frame) }
                do {
                    let envelope = try Envelope.decode(ByteView(frame), block: block.map { ByteView($0) })
                    read += 1
                    let again = envelope.encoded()
                    let other = try Envelope.decode(ByteView(again.frame), block: again.block)
                    // Values that are not numbers differ from themselves; their bits must not.
                    if other.encoded().frame != again.frame { Issue.record("seed \(mutator.seed): \(envelope)") }
                } catch { refused += 1 }
            }
        }
        #expect(read > 1000 / Self.share && refused > 1000 / Self.share, "\(read) read, \(refused) refused")
    }
}
