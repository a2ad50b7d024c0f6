import Formats
import Optimization
import SearchProtocol
import Testing
import Wire

/// Payloads that hold some parts of a vector, as a coordinator takes them from the wire: what is named is what must come.
@Suite
struct PartialPayloadTests {
    /// Of 12 floats: 2 that are always there behind the first part's 3.
    private static let whole = VectorParts(optionalParts: 3, [(3, 0), (2, nil), (4, 1), (1, 0), (2, 2)])

    /// A worker that says what it is told to, and its coordinator with an open round of two shards.
    private struct Pair {
        private var instance: CoordinatorInstance
        private let run = RunIdentity(high: 1, low: 2)
        private(set) var notes: [CoordinatorNote] = []
        private(set) var result: RoundResult?
        private(set) var wanted: [PiecesWanted] = []
        var drops: DropCounts { instance.drops }

        init(parts: VectorParts?) {
            instance = CoordinatorInstance(
                settings: ProtocolSettings(), run: run, generation: 1,
                welcome: Welcome(
                    configuration: "", dataDigest: [1], data: Blob(ByteView([1]), pieceBytes: 4096).reference,
                    layoutDigest: Digest128(high: 1, low: 1), pieceBytes: 4096))
            for channel in Channel.allCases {
                let greeting = Greeting(
                    worker: WorkerIdentity(high: 3, low: 4), channel: channel, hostName: "host", processIdentifier: 7,
                    threads: 1, processor: "", software: "", device: "cpu")
                hear(.hello(greeting), over: channel, round: 0)
            }
            let digest = Digest128(high: 1, low: 1)
            hear(
                .ready(Readiness(layoutDigest: digest, dataDigest: [1], probe: digest, mathTable: digest)),
                over: .control, round: 0)
            let job = RoundJob(
                .gradientBatch, mixing: parts == nil ? .relaxed(temperature: 1) : .oneHot(temperature: 1),
                yields: .weightGradient, step: 5, epoch: 0, stepInEpoch: 0, shardCount: 2, imageCount: 16,
                table: [0, 0, 0])
            handle(
                .openRound(
                    RoundRequest(
                        job: job, weights: Blob(ByteView([1, 2, 3, 4]), pieceBytes: 4096).reference, statistics: nil,
                        payloadCount: PartialPayloadTests.whole.count, parts: parts)))
        }

        private mutating func handle(_ event: CoordinatorEvent) {
            var directives = instance.handle(event, at: .seconds(1))
            while !directives.isEmpty {
                switch directives.removeFirst() {
                case .renewLease: directives += instance.handle(.leaseKept, at: .seconds(1))
                case .note(let note): notes.append(note)
                case .roundFilled(let result): self.result = result
                case .send(let envelope, _):
                    if case .piecesWanted(let wanted) = envelope.message { self.wanted.append(wanted) }
                default: break
                }
            }
        }

        private mutating func hear(
            _ message: Message, node: TreeNode? = nil, over channel: Channel, round: UInt64
        ) {
            let envelope = Envelope(run: run, generation: 1, round: round, node: node, message: message)
            handle(.received(envelope, from: Peer([channel.rawValue])))
        }

        /// Announces a shard's floats and sends them when they are asked for.
        mutating func answer(_ shard: Int, _ floats: [Float], _ parts: PartSet?, attempt: UInt32 = 1) {
            let blob = Blob(floats: floats, pieceBytes: 4096)
            let report = ShardReport(shard: shard, imageCount: 8, loss: 1, hits: 1, finite: true)
            wanted = []
            hear(
                .nodeFinished(
                    NodeResult(
                        attempt: attempt, reports: [report], payload: floats.isEmpty ? nil : blob.reference,
                        parts: parts)), node: TreeNode(level: 0, index: shard), over: .control, round: 1)
            if !wanted.isEmpty, let piece = blob.piece(0) { hear(.piece(piece), over: .bulk, round: 1) }
        }
    }

    private func set(_ parts: Int...) -> PartSet { Self.whole.set(of: parts) }

    @Test("Shards of different parts fill a round: the sum is that of whole vectors with zeros")
    func filled() {
        var pair = Pair(parts: Self.whole)
        pair.answer(1, [5, 6, 1, 2], set(2))
        #expect(pair.result == nil)
        pair.answer(0, [1, 2, 3, 10, 20, 4], set(0))
        #expect(pair.result?.total == [1, 2, 3, 15, 26, 0, 0, 0, 0, 4, 1, 2])
        #expect(pair.drops.rejected == 0)
    }

    @Test(
        "A set of parts of which nothing is named beyond the always-there part may be announced, and an empty one is a sum of zeros"
    )
    func nothing() {
        var pair = Pair(parts: Self.whole)
        pair.answer(0, [], PartSet(of: 4))
        pair.answer(1, [5, 6], set())
        #expect(pair.result?.total == [0, 0, 0, 5, 6, 0, 0, 0, 0, 0, 0, 0])
    }

    @Test(
        "A payload of another length than its parts have, of parts that the round does not have, or of none named, is refused whole"
    )
    func refused() {
        func refusal(_ floats: [Float], _ parts: PartSet?, round: VectorParts?) -> String {
            var pair = Pair(parts: round)
            pair.answer(0, floats, parts)
            #expect(pair.drops.rejected == 1 && pair.result == nil && pair.wanted.isEmpty)
            for case .contributionRejected(let worker, let reason) in pair.notes where worker == "host/7" {
                return reason
            }
            return ""
        }
        let all = [Float](repeating: 1, count: 12)
        #expect(refusal([1, 2, 3, 4, 5], set(0), round: Self.whole) == "a payload of 20 bytes, 24 are due")
        #expect(refusal([1, 2, 3, 4, 5, 6, 7], set(0), round: Self.whole) == "a payload of 28 bytes, 24 are due")
        #expect(refusal(all, set(0), round: Self.whole) == "a payload of 48 bytes, 24 are due")
        #expect(refusal([], set(0), round: Self.whole) == "a payload of 0 bytes, 24 are due")
        #expect(refusal(all, nil, round: Self.whole) == "a payload that names no parts, some of 4 are due")
        #expect(
            refusal([1, 2], VectorParts(optionalParts: 4, []).set(of: [3]), round: Self.whole)
                == "a payload of some of 5 parts, some of 4 are due")
        #expect(refusal(all, set(0, 1, 2), round: nil) == "a payload of some of 4 parts, the whole vector is due")
    }

    @Test("What is not finite is named by its place in the whole vector")
    func notFinite() {
        var pair = Pair(parts: Self.whole)
        // Of parts 0 and what is always there: 3 + 2 floats, then the 1 behind the part that is left out.
        pair.answer(0, [1, 2, 3, 4, 5, .nan], set(0))
        var places: [NonFinitePlace] = []
        for case .notFinite(_, _, 0, _, let place) in pair.notes { places.append(place) }
        #expect(places == [.payload(entry: 9)])
        #expect(pair.drops.notFinite == 1 && pair.result == nil)
    }
}
