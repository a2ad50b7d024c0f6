import Formats
import Optimization
import SearchProtocol
import TestSupport
import Testing
import Wire

/// A worker that is lied to.
extension FuzzTests {
    /// What a coordinator says, near enough to right.
    private static func wordsOfCoordinators(_ mutator: inout Mutator, round: UInt64) -> Envelope {
        let message: Message
        switch mutator.below(8) {
        case 0: message = .welcome(welcome)
        case 1, 2:
            message = .roundOpened(
                RoundOpening(
                    job: job(hasGradient: true, shards: 6, leavesOut: mutator.isChosen(outOf: 2)),
                    assignment: NodeAssignment(
                        attempt: 1, nodes: [TreeNode(level: mutator.below(3), index: mutator.below(6))]),
                    weights: weights, statistics: mutator.isChosen(outOf: 3) ? data : nil))
        case 3, 4:
            let index = mutator.below(4)
            let bytes = [UInt8](repeating: 7, count: weights.range(ofPiece: index, pieceBytes: 4096)?.count ?? 5)
            message = .piece(Piece(blob: weights.digest, index: index, bytes: ByteView(bytes)))
        case 5: message = .piecesWanted(PiecesWanted(blob: payloadBlob.digest, indices: 0..<1 + mutator.below(3)))
        case 6:
            message = mutator.pick([
                .nodeSettled(accepted: true), .roundClosed, .beat, .blobMissing(digest),
                .nodesAssigned(NodeAssignment(attempt: 2, nodes: [TreeNode(level: 0, index: mutator.below(6))])),
            ])
        default: message = mutator.pick(messages)
        }
        return Envelope(
            run: run, generation: 1 + UInt64(mutator.below(20) / 19), round: round,
            node: TreeNode(level: mutator.below(3), index: mutator.below(6)), message: message)
    }

    @Test("A worker that hears lies, repetitions and words out of turn goes on or ends with a reason")
    func worker() {
        var (ended, wentOn, computed) = (0, 0, 0)
        Self.forEachSeed(300, "a worker") { mutator in
            let greeting = Greeting(
                worker: WorkerIdentity(high: 1, low: 2), channel: .control, hostName: "host", processIdentifier: 1,
                threads: 2, processor: "", software: "", device: "")
            var now: Duration = .zero
            var instance = WorkerInstance(settings: ProtocolSettings(), greeting: greeting, at: now)
            let readiness = Readiness(
                layoutDigest: Self.digest, dataDigest: Self.welcome.dataDigest, probe: Self.digest,
                mathTable: Self.digest)
            var loaded: UInt64?
            var leavesOut = false
            var endings: [WorkerEnding] = []
            func act(_ directives: [WorkerDirective]) -> [WorkerEvent] {
                var answers: [WorkerEvent] = []
                for directive in directives {
                    switch directive {
                    case .finish(let ending): endings.append(ending)
                    case .prepare: answers.append(.prepared(readiness))
                    case .load(let round, let job, _, _):
                        loaded = round
                        leavesOut = job.mixing.leavesOut
                    case .compute(let round, let shards):
                        if round != loaded {
                            Issue.record("seed \(mutator.seed): shards of a round that is not loaded")
                        }
                        computed += shards.count
                        for shard in shards {
                            let named = Self.parts.set(of: shard % 2 == 0 ? [] : [1])
                            let floats = [Float](repeating: 1, count: Self.parts.count(of: named))
                            let vector = PartialVector(floats, of: named, in: Self.parts)
                            answers.append(
                                .shardFinished(
                                    round: round, report: Self.report(shard),
                                    payload: leavesOut ? .partial(vector) : .whole(Self.payload)))
                        }
                    default: break
                    }
                }
                return answers
            }
            for step in 0..<400 {
                now += .milliseconds(mutator.below(500))
                let channel = mutator.pick(Channel.allCases)
                let honest =
                    step < 2
                    ? Envelope(run: Self.run, generation: 1, message: .welcome(Self.welcome))
                    : Self.wordsOfCoordinators(&mutator, round: UInt64(1 + step / 80))
                let isHonest = step < 2 || mutator.isChosen(outOf: 3)
                guard let said = isHonest ? honest : Self.lie(honest, &mutator) else { continue }
                let over = step < 2 ? Channel.allCases[step] : channel
                var events = act(instance.handle(.received(said, over: over), at: now))
                while !events.isEmpty { events += act(instance.handle(events.removeFirst(), at: now)) }
                if instance.phase == .finished { break }
            }
            // An end has one reason and is the end; whoever goes on shows a sign of life or looks for a coordinator.
            now += .seconds(3)
            let later = instance.handle(.tick, at: now)
            if instance.phase == .finished, endings.count == 1 {
                if !later.isEmpty { Issue.record("seed \(mutator.seed): \(later) after the end") }
                ended += 1
            } else {
                if !endings.isEmpty { Issue.record("seed \(mutator.seed): \(endings), and it goes on") }
                let speaks = later.contains { if case .send = $0 { true } else { false } }
                if !speaks, instance.phase != .finished {
                    Issue.record("seed \(mutator.seed): silent when it should speak")
                }
                wentOn += 1
            }
        }
        #expect(ended > 20 && wentOn > 20 && computed > 500, "\(ended) ended, \(wentOn) went on, \(computed) shards")
    }
}
