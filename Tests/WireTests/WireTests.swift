import Formats
import Optimization
import Testing

import Wire

@Suite
struct WireTests {
    static let blob = BlobReference(of: [1, 2, 3])
    static let digest = Digest128(high: 1, low: 2)

    static let messages: [Message] = [
        .hello(
            Greeting(
                worker: WorkerIdentity(high: 1, low: 2), channel: .bulk, hostName: "a", processIdentifier: 7,
                threads: 3,
                processor: "p", software: "s", device: "cpu")),
        .ready(
            Readiness(
                layoutDigest: digest, dataDigest: Array(repeating: 5, count: 32), probe: digest, mathTable: digest)),
        .roundReceived, .progress(Progress(phase: .computing, shardsFinished: 4, bytesReceived: 5)),
        .nodeFinished(
            NodeResult(
                attempt: 3,
                reports: [
                    ShardReport(
                        shard: 2, imageCount: 8, loss: 1.5, hits: 3, finite: true, alphaGradient: [1, -2],
                        credits: [0.5, 4])
                ], payload: blob)),
        .leaving(reason: "tired"),
        .welcome(
            Welcome(
                configuration: "a = b\n", dataDigest: Array(repeating: 1, count: 32), data: blob, layoutDigest: digest,
                pieceBytes: 65_536)),
        .refused(Refusal(reason: .unfit, sentence: "no")),
        .roundOpened(
            RoundOpening(
                job: RoundJob(
                    kind: .update, step: 9, epoch: 1, stepInEpoch: 2, shardCount: 5, imageCount: 40, temperature: 0.5,
                    dropPathProbability: 0.3, table: [1, 2, 3]),
                assignment: NodeAssignment(attempt: 1, nodes: [TreeNode(level: 2, index: 0)]), weights: blob,
                statistics: nil)),
        .nodesAssigned(NodeAssignment(attempt: 2, nodes: [TreeNode(level: 0, index: 4)])), .nodeSettled(accepted: true),
        .roundClosed, .beat, .stop(reason: "over"), .pieceWanted(PieceWanted(blob: digest, index: 3)),
        .piece(Piece(blob: digest, index: 3, bytes: [9, 8, 7])), .blobMissing(digest),
    ]

    private func envelope(_ message: Message) -> Envelope {
        Envelope(
            run: RunIdentity(high: 3, low: 4), generation: 5, round: 6, node: TreeNode(level: 1, index: 2),
            message: message)
    }

    @Test("Every message comes back as it was sent")
    func roundTrip() throws {
        for message in Self.messages {
            #expect(try Envelope.decode(envelope(message).encoded()) == envelope(message))
        }
    }

    @Test("A cut, lengthened or changed frame is refused, whichever bit it is; nothing traps")
    func damage() {
        for message in Self.messages {
            let frame = envelope(message).encoded()
            for cut in 0..<frame.count { #expect(throws: WireError.self) { try Envelope.decode(Array(frame[..<cut])) } }
            #expect(throws: WireError.self) { try Envelope.decode(frame + [0]) }
            for bit in 0..<frame.count * 8 {
                var changed = frame
                changed[bit / 8] ^= 1 << UInt8(bit % 8)
                #expect(throws: WireError.self) { try Envelope.decode(changed) }
            }
        }
    }

    @Test("Bodies of garbage under a right digest are refused or read, never trap")
    func garbage() {
        var state: UInt64 = 1
        for _ in 0..<20_000 {
            var frame = envelope(Self.messages[Int(state % UInt64(Self.messages.count))]).encoded()
            for _ in 0..<4 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                let place = 32 + Int((state >> 33) % UInt64(frame.count - 32))
                frame[place] = UInt8(truncatingIfNeeded: state >> 20)
            }
            for place in 56..<64 { frame[place] = 0 }
            let digest = XXH3.hash64(frame)
            for place in 0..<8 { frame[56 + place] = UInt8(truncatingIfNeeded: digest >> (8 * UInt64(place))) }
            if let read = try? Envelope.decode(frame) { #expect(read.encoded().count >= WireLimits.headerBytes) }
        }
    }
}
