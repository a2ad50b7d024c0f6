import Formats
import Optimization
import TestSupport
import Wire

/// Says what a worker of this run says, with one thing in it changed; or what nobody can read. One seed decides everything
/// but the run that it lies to.
struct Liar {
    var mutator: Mutator
    /// Of the coordinator that it lies to: what it wrote to every message's header, and who it is.
    var head: Envelope
    let welcome: Welcome
    /// Entries of both alpha tables together.
    static let alphaEntries = 224

    /// What a worker says first.
    static func hello(_ mutator: inout Mutator) -> Envelope {
        Envelope(run: .unknown, generation: 0, message: .hello(greeting(&mutator)))
    }

    /// A few dozen workers that are no workers: more would only fill the roster.
    private static func greeting(_ mutator: inout Mutator) -> Greeting {
        Greeting(
            worker: WorkerIdentity(high: 1, low: UInt64(mutator.below(40))), channel: mutator.pick(Channel.allCases),
            hostName: "liar", processIdentifier: 7, threads: UInt32(1 + mutator.below(8)), processor: "processor",
            software: "software", device: "cpu")
    }

    /// A message that can be read, and is not right.
    mutating func readable() -> MessageConnection.Bytes {
        for _ in 0..<20 {
            var envelope = Envelope(run: head.run, generation: head.generation, message: message())
            // The round that is open, or one that will be in a moment.
            envelope.round = head.round &+ UInt64(mutator.below(6))
            envelope.node = TreeNode(level: 0, index: mutator.below(5))
            if mutator.isChosen(outOf: 3) { changeHeader(&envelope) }
            guard mutator.isChosen(outOf: 2) else { return MessageConnection.bytes(envelope) }
            // Bytes anywhere behind the header, under a digest that is right.
            let sent = MessageConnection.bytes(envelope)
            let frame = Mutator.sealed(mutator.damaged(sent.frame, from: WireLimits.headerBytes))
            if Self.isReadable((frame, sent.block)) { return (frame, sent.block) }
        }
        return MessageConnection.bytes(Self.hello(&mutator))
    }

    static func isReadable(_ bytes: MessageConnection.Bytes) -> Bool {
        (try? Envelope.decode(ByteView(bytes.frame), block: bytes.block.map { ByteView($0) })) != nil
    }

    /// A message as a network damages it, or one of no known form.
    mutating func unreadable() -> MessageConnection.Bytes {
        while true {
            var bytes = MessageConnection.bytes(
                Envelope(run: head.run, generation: head.generation, round: head.round, message: message()))
            switch mutator.below(4) {
            case 0: bytes.frame = (0..<mutator.below(300)).map { _ in UInt8(truncatingIfNeeded: mutator.word()) }
            case 1: bytes.frame = Mutator.sealed(mutator.damaged(bytes.frame))
            case 2: bytes.block = bytes.block == nil ? [1] : mutator.damaged(bytes.block ?? [])
            default: bytes.frame = mutator.damaged(bytes.frame)
            }
            if !Self.isReadable(bytes) { return bytes }
        }
    }

    private mutating func changeHeader(_ envelope: inout Envelope) {
        switch mutator.below(4) {
        case 0: envelope.run = RunIdentity(high: head.run.high, low: head.run.low ^ 1 << UInt64(mutator.below(64)))
        case 1: envelope.generation = mutator.pick([0, head.generation + 1, .max])
        case 2: envelope.round = mutator.pick([0, 1, .max, head.round &- 1])
        default:
            envelope.node = mutator.pick([
                nil, TreeNode(level: 32, index: 0), TreeNode(level: 2, index: 65_535), TreeNode(level: 1, index: 1),
            ])
        }
    }

    private mutating func digest() -> Digest128 {
        mutator.isChosen(outOf: 2)
            ? welcome.data.digest : Digest128(high: UInt64(mutator.word()), low: UInt64(mutator.word()))
    }

    private mutating func message() -> Message {
        switch mutator.below(10) {
        case 0: return .hello(Self.greeting(&mutator))
        case 1:
            // Nobody tells it the run's probe.
            return .ready(
                Readiness(
                    layoutDigest: welcome.layoutDigest, dataDigest: welcome.dataDigest, probe: digest(),
                    mathTable: digest()))
        case 2, 3, 4: return .nodeFinished(answer())
        case 5:
            let first = mutator.pick([0, 0, 1, 7, 1 << 20])
            return .piecesWanted(PiecesWanted(blob: digest(), indices: first..<first + 1 + mutator.below(64)))
        case 6:
            let bytes = (0..<mutator.pick([0, 1, 4, 4096, 65_536])).map { _ in UInt8(7) }
            return .piece(Piece(blob: digest(), index: mutator.below(9), bytes: ByteView(bytes)))
        case 7:
            return mutator.pick([
                .roundReceived, .leaving(reason: "tired"), .blobMissing(digest()),
                .progress(Progress(phase: .computing, shardsFinished: .max, bytesReceived: .max)),
            ])
        case 8: return .refused(Refusal(reason: mutator.pick(Refusal.Reason.allCases), sentence: "no"))
        default:
            return mutator.pick([
                .welcome(welcome), .stop(reason: "over"), .pause(reason: "asked to"), .beat, .roundClosed,
                .nodeSettled(accepted: true),
                .nodesAssigned(NodeAssignment(attempt: 1, nodes: [TreeNode(level: 1, index: 0)])),
            ])
        }
    }

    /// A shard's answer whose payload is no payload of this run: whoever is let in and says a right one is believed, which is
    /// what keys and audits are for.
    private mutating func answer() -> NodeResult {
        let values = [Float](repeating: mutator.pick([0, 1, .nan, .infinity]), count: Self.alphaEntries)
        let report = ShardReport(
            shard: mutator.below(5), imageCount: mutator.pick([8, 8, 0, 1 << 28]), loss: mutator.pick([2, .nan, 1e38]),
            hits: mutator.pick([1, 8, 9, 1 << 27]), finite: !mutator.isChosen(outOf: 4), alphaGradient: values,
            credits: values)
        return NodeResult(
            attempt: UInt32(mutator.below(3)), reports: [report],
            payload: BlobReference(digest: digest(), byteCount: mutator.pick([1, 4096, WireLimits.blobBytes])),
            parts: mutator.pick([nil, nil, PartSet(of: Self.alphaEntries + 1), PartSet(of: WireLimits.payloadParts)]))
    }
}
