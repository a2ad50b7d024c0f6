import Formats
import SearchProtocol
import Testing
import Wire

/// Whom the coordinator calls late in a run's first evaluation, of which nothing was measured yet.
@Suite
struct LatenessTests {
    private static let layout = Digest128(high: 1, low: 1)

    /// One worker of one thread, ready, and the coordinator that it is ready for.
    private struct Pair {
        var instance = CoordinatorInstance(
            settings: ProtocolSettings(), run: RunIdentity(high: 1, low: 2), generation: 1,
            welcome: Welcome(
                configuration: "", dataDigest: [1], data: Blob(ByteView([1]), pieceBytes: 4096).reference,
                layoutDigest: LatenessTests.layout, pieceBytes: 4096))
        private(set) var late: [LateWorker] = []

        mutating func handle(_ event: CoordinatorEvent, at now: Duration) {
            var directives = instance.handle(event, at: now)
            while !directives.isEmpty {
                switch directives.removeFirst() {
                case .renewLease: directives += instance.handle(.leaseKept, at: now)
                case .note(.workerLate(let note)): late.append(note)
                default: break
                }
            }
        }

        mutating func hear(_ message: Message, at now: Duration, over channel: UInt8 = 1) {
            handle(
                .received(
                    Envelope(run: RunIdentity(high: 1, low: 2), generation: 1, round: 1, message: message),
                    from: Peer([channel])), at: now)
        }

        mutating func join(at now: Duration) {
            for (channel, byte) in [(Channel.control, UInt8(1)), (.bulk, 2)] {
                let greeting = Greeting(
                    worker: WorkerIdentity(high: 3, low: 4), channel: channel, hostName: "host", processIdentifier: 1,
                    threads: 1, processor: "", software: "", device: "cpu")
                hear(.hello(greeting), at: now, over: byte)
            }
            hear(
                .ready(
                    Readiness(
                        layoutDigest: LatenessTests.layout, dataDigest: [1], probe: LatenessTests.layout,
                        mathTable: LatenessTests.layout)), at: now)
        }
    }

    /// - Parameter shardSeconds: what a shard takes the worker.
    /// - Returns: who was called late within the first three minutes of an evaluation of 30,000 images.
    private func late(shardSeconds: Int) -> [LateWorker] {
        var pair = Pair()
        pair.join(at: .zero)
        let job = RoundJob(
            .heldOut, mixing: .given, yields: [], step: 0, epoch: 0, stepInEpoch: 0, shardCount: 469,
            imageCount: 30_000, table: [0.5, 0.5])
        let weights = Blob(ByteView([1, 2, 3, 4]), pieceBytes: 4096).reference
        pair.handle(
            .openRound(RoundRequest(job: job, weights: weights, statistics: nil, payloadCount: 0)), at: .zero)
        pair.hear(.roundReceived, at: .zero)
        for second in 1..<180 {
            let done = UInt32(second / shardSeconds)
            pair.hear(
                .progress(Progress(phase: .computing, shardsFinished: done, bytesReceived: 0)), at: .seconds(second))
            pair.handle(.tick, at: .seconds(second))
        }
        return pair.late
    }

    @Test("Whoever finishes a shard every few seconds is not late, however long the evaluation takes it")
    func busy() {
        #expect(late(shardSeconds: 1).isEmpty)
        #expect(late(shardSeconds: 40).isEmpty)
    }

    @Test("Whoever finishes none for a minute is")
    func stuck() throws {
        let note = try #require(late(shardSeconds: 1000).first)
        #expect(note.phase == .computing && note.usual == nil && note.shardsOpen == 469)
        #expect(note.elapsed > .seconds(60) && note.elapsed < .seconds(62))
    }

    @Test("An update, an evaluation of the mixture and one of a single path are measured apart")
    func loads() {
        func load(
            _ images: RoundImages, _ yields: RoundYields, _ table: [Float], mixing: Mixing = .given
        ) -> RoundLoad {
            RoundLoad(
                of: RoundJob(
                    images, mixing: mixing, yields: yields, step: 3, epoch: 1, stepInEpoch: 0, shardCount: 2,
                    imageCount: 8, table: table))
        }
        #expect(load(.heldOut, [], [0, 1]) == load(.heldOut, [], [1, 0]))
        #expect(load(.heldOut, [], [0, 1]) != load(.heldOut, [], [0.25, 0.75]))
        #expect(load(.heldOut, [], [0, 1]) != load(.gradientSample, .statistics, [0, 1]))
        let relaxed = Mixing.relaxed(temperature: 1)
        #expect(
            load(.gradientBatch, .weightGradient, [0, 1], mixing: relaxed)
                == load(.gradientBatch, .weightGradient, [0.25, 0.75], mixing: relaxed))
    }
}
