import Formats
import Optimization
import Testing

import Wire

@Suite
struct WireTests {
    static let blob = BlobReference(digest: digest, byteCount: 3)
    static let digest = Digest128(high: 1, low: 2)
    static let parts = VectorParts(optionalParts: 12, []).set(of: [1, 8, 11])

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
        .nodeFinished(NodeResult(attempt: 3, reports: [], payload: blob, parts: parts)),
        .leaving(reason: "tired"),
        .welcome(
            Welcome(
                configuration: "a = b\n", dataDigest: Array(repeating: 1, count: 32), data: blob, layoutDigest: digest,
                pieceBytes: 65_536, pace: Pace(beatMilliseconds: 50, silenceMilliseconds: 2000) ?? .standard)),
        .refused(Refusal(reason: .unfit, sentence: "no")),
        .roundOpened(
            RoundOpening(
                job: RoundJob(
                    .searchBatch, mixing: .oneHot(temperature: 10), yields: [.alphaGradient], step: 9, epoch: 1,
                    stepInEpoch: 2, shardCount: 5, imageCount: 40, dropPathProbability: 0.3,
                    operationDropProbability: 0, table: [1, 2, 3]),
                assignment: NodeAssignment(attempt: 1, nodes: [TreeNode(level: 2, index: 0)]), weights: blob,
                statistics: nil)),
        .roundOpened(
            RoundOpening(
                job: RoundJob(
                    .gradientBatch, mixing: .relaxed(temperature: 0.5), yields: [.weightGradient, .alphaGradient],
                    step: 9, epoch: 1, stepInEpoch: 2, shardCount: 5, imageCount: 40, dropPathProbability: 0.3,
                    operationDropProbability: 0.2, table: [1, 2, 3]),
                assignment: NodeAssignment(attempt: 1, nodes: [TreeNode(level: 2, index: 0)]), weights: blob,
                statistics: nil)),
        .roundOpened(
            RoundOpening(
                job: RoundJob(
                    .searchBatch, mixing: .softmax, yields: .alphaGradient, step: 9, epoch: 1, stepInEpoch: 2,
                    shardCount: 5, imageCount: 40, table: [1, 2, 3]),
                assignment: NodeAssignment(attempt: 1, nodes: [TreeNode(level: 2, index: 0)]), weights: blob,
                statistics: nil)),
        .nodesAssigned(NodeAssignment(attempt: 2, nodes: [TreeNode(level: 0, index: 4)])), .nodeSettled(accepted: true),
        .roundClosed, .beat, .stop(reason: "over"), .pause(reason: "asked to"),
        .piecesWanted(PiecesWanted(blob: digest, indices: 3..<7)),
        .piece(Piece(blob: digest, index: 3, bytes: ByteView([9, 8, 7]))), .blobMissing(digest),
    ]

    func envelope(_ message: Message) -> Envelope {
        Envelope(
            run: RunIdentity(high: 3, low: 4), generation: 5, round: 6, node: TreeNode(level: 1, index: 2),
            message: message)
    }

    func decode(_ frame: [UInt8], _ block: [UInt8]?) throws -> Envelope {
        try Envelope.decode(ByteView(frame), block: block.map { ByteView($0) })
    }

    @Test("Every message comes back as it was sent; only a piece has a block")
    func roundTrip() throws {
        for message in Self.messages {
            let sent = envelope(message).encoded()
            #expect(try Envelope.decode(ByteView(sent.frame), block: sent.block) == envelope(message))
            if case .piece = message { #expect(sent.block?.array == [9, 8, 7]) } else { #expect(sent.block == nil) }
        }
    }

    @Test("A cut, lengthened or changed message is refused, whichever bit it is, in frame or block; nothing traps")
    func damage() {
        for message in Self.messages {
            let sent = envelope(message).encoded()
            let (frame, block) = (sent.frame, sent.block?.array)
            for cut in 0..<frame.count { #expect(throws: WireError.self) { try decode(Array(frame[..<cut]), block) } }
            #expect(throws: WireError.self) { try decode(frame + [0], block) }
            for bit in 0..<frame.count * 8 {
                var changed = frame
                changed[bit / 8] ^= 1 << UInt8(bit % 8)
                #expect(throws: WireError.self) { try decode(changed, block) }
            }
            guard let block else {
                #expect(throws: WireError.self) { try decode(frame, []) }
                continue
            }
            #expect(throws: WireError.self) { try decode(frame, nil) }
            for cut in 0..<block.count { #expect(throws: WireError.self) { try decode(frame, Array(block[..<cut])) } }
            #expect(throws: WireError.self) { try decode(frame, block + [0]) }
            for bit in 0..<block.count * 8 {
                var changed = block
                changed[bit / 8] ^= 1 << UInt8(bit % 8)
                #expect(throws: WireError.self) { try decode(frame, changed) }
            }
        }
    }

    @Test("What a peer says to people is one line without anything that steers a terminal")
    func lines() throws {
        let reason = "gone\nworker \u{1B}[2Jx\u{202E}y\u{7F}\u{2028}\u{85}z\u{E9}\u{1F980}"
        let sent = envelope(.leaving(reason: reason)).encoded()
        let read = try decode(sent.frame, nil).message
        #expect(read == .leaving(reason: "gone worker  [2Jx y   z\u{E9}\u{1F980}"))
    }

    @Test("Bodies of garbage under a right digest are refused or read, never trap")
    func garbage() {
        var state: UInt64 = 1
        var read = 0
        var refused = 0
        for _ in 0..<20_000 {
            let sent = envelope(Self.messages[Int(state % UInt64(Self.messages.count))]).encoded()
            var frame = sent.frame
            for _ in 0..<4 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                // Behind the header, so that the lengths and counts of the body are what changes.
                let body = frame.count - WireLimits.headerBytes
                let place = body > 0 ? WireLimits.headerBytes + Int((state >> 33) % UInt64(body)) : 32
                frame[place] = UInt8(truncatingIfNeeded: state >> 20)
            }
            let digest = frame.withUnsafeBytes { Envelope.digest(of: $0) }
            for place in 0..<8 { frame[56 + place] = UInt8(truncatingIfNeeded: digest >> (8 * UInt64(place))) }
            do {
                let envelope = try decode(frame, sent.block?.array)
                #expect(envelope.encoded().frame.count >= WireLimits.headerBytes)
                read += 1
            } catch {
                #expect((error as? WireError)?.reason != "digest differs")
                refused += 1
            }
        }
        #expect(read > 1000 && refused > 1000, "\(read) read, \(refused) refused: both happen")
    }

    @Test("A run's identity is read as it is written, and nothing else is: no signs, no capitals, no other length")
    func identities() {
        let run = RunIdentity(high: 0, low: 0xABCD_EF01_2345_6789)
        #expect(run.description == "0000000000000000abcdef0123456789" && RunIdentity(run.description) == run)
        #expect(RunIdentity("00000000000000000000000000000000") == .unknown)
        for text in [
            "", "+000000000000000abcdef0123456789", "-000000000000000abcdef0123456789",
            "0000000000000000ABCDEF0123456789", "0000000000000000abcdef012345678", "0000000000000000abcdef01234567890",
            "0000000000000000abcdef012345678g", "00000000000000000xbcdef012345678",
        ] { #expect(RunIdentity(text) == nil, "'\(text)'") }
    }

    @Test("A blob's name changes with any byte, with the order of pieces and with their length")
    func names() {
        let bytes = (0..<64).map { UInt8($0 * 3) }
        let blob = Blob(ByteView(bytes), pieceBytes: 16)
        var names: Set = [blob.reference.digest]
        for place in bytes.indices {
            var changed = bytes
            changed[place] ^= 0x80
            names.insert(Blob(ByteView(changed), pieceBytes: 16).reference.digest)
        }
        names.insert(Blob(ByteView(Array(bytes[16...] + bytes[..<16])), pieceBytes: 16).reference.digest)
        names.insert(Blob(ByteView(bytes), pieceBytes: 32).reference.digest)
        #expect(names.count == 67)
        #expect(Blob(ByteView(bytes), pieceBytes: 16).reference == blob.reference)
        let digests = (0..<4).compactMap { blob.piece($0)?.digest }
        #expect(BlobReference(ofPieces: digests, byteCount: 64) == blob.reference)
    }

    @Test("A blob's pieces are its bytes in order, the last one shorter, and views outlive what they were cut from")
    func pieces() {
        let bytes = (0..<10).map { UInt8($0) }
        let blob = Blob(ByteView(bytes), pieceBytes: 4)
        let pieces = (0..<4).map { blob.piece($0) }
        #expect(pieces.map { $0?.bytes.array } == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9], nil])
        #expect(
            Blob(floats: [1], pieceBytes: 4).reference == Blob(ByteView([0, 0, 0x80, 0x3F]), pieceBytes: 4).reference)
        // Asked for in any order, and again: the floats' bytes, whoever changes the array or drops the blob afterwards.
        var floats = (0..<10).map { Float($0) }
        let told = floats
        var lent: Blob? = Blob(floats: floats, pieceBytes: 16)
        floats[0] = 7
        for index in [2, 0, 0, 1, 2] {
            let range = index * 4..<min(index * 4 + 4, 10)
            #expect(lent?.piece(index)?.bytes.array == LittleEndian.bytes(of: Array(told[range])))
        }
        #expect(lent?.piece(3) == nil)
        let views = (0..<3).compactMap { lent?.piece($0)?.bytes }
        lent = nil
        #expect(views.flatMap(\.array) == LittleEndian.bytes(of: told))
    }
}
