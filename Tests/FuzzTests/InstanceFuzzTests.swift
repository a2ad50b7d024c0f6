import Formats
import Optimization
import SearchProtocol
import TestSupport
import Testing
import Wire

extension FuzzTests {
    static let run = RunIdentity(high: 3, low: 4)
    static let digest = Digest128(high: 1, low: 2)
    static let payload = [Float](repeating: 0.5, count: 64)
    static let payloadBlob = Blob(floats: payload, pieceBytes: 4096).reference
    /// Of rounds whose shards leave parts of it out.
    static let parts = VectorParts(optionalParts: 2, [(10, 0), (30, nil), (8, 1), (16, 0)])
    /// What is always there, and nothing else.
    static let part = [Float](repeating: 0.25, count: 30)
    static let partBlob = Blob(floats: part, pieceBytes: 4096).reference
    static let weights = Blob(ByteView([UInt8](repeating: 7, count: 9000)), pieceBytes: 4096).reference
    static let data = Blob(ByteView([UInt8](repeating: 8, count: 20_000)), pieceBytes: 4096).reference
    static let welcome = Welcome(
        configuration: "", dataDigest: Array(repeating: 5, count: 32), data: data, layoutDigest: digest,
        pieceBytes: 4096)

    static func job(hasGradient: Bool, shards: Int, leavesOut: Bool = false) -> RoundJob {
        let mixing = leavesOut ? Mixing.oneHot(temperature: 1) : .relaxed(temperature: 1)
        return RoundJob(
            hasGradient ? .gradientBatch : .heldOut, mixing: hasGradient ? mixing : .given,
            yields: hasGradient ? [.weightGradient, .alphaGradient] : [], step: 1, epoch: 0, stepInEpoch: 1,
            shardCount: shards, imageCount: 8 * shards, table: [1, 2])
    }

    static func report(_ shard: Int) -> ShardReport {
        ShardReport(
            shard: shard, imageCount: 8, loss: 1, hits: 3, finite: true, alphaGradient: [1, 2], credits: [3, 4])
    }

    /// What workers say, near enough to right that it gets past the first guard.
    private static func wordsOfWorkers(_ mutator: inout Mutator, round: UInt64) -> Envelope {
        let shards = 6
        let node = TreeNode(level: mutator.below(4), index: mutator.below(shards))
        let tree = ShardTree(shardCount: shards)
        let covered = tree.isValid(node) ? Array(tree.shards(of: node)) : [mutator.below(9)]
        let identity = WorkerIdentity(high: 1, low: UInt64(mutator.below(5)))
        let message: Message
        switch mutator.below(9) {
        case 0, 1:
            message = .hello(
                Greeting(
                    worker: identity, channel: mutator.pick(Channel.allCases), hostName: "host", processIdentifier: 7,
                    threads: UInt32(1 + mutator.below(8)), processor: "", software: "", device: ""))
        case 2:
            message = .ready(
                Readiness(
                    layoutDigest: digest, dataDigest: welcome.dataDigest, probe: digest, mathTable: digest))
        case 3, 4:
            message = .nodeFinished(
                NodeResult(
                    attempt: UInt32(mutator.below(3)), reports: covered.map(report),
                    payload: mutator.isChosen(outOf: 5) ? nil : mutator.pick([payloadBlob, partBlob]),
                    parts: mutator.pick([nil, parts.set(of: []), parts.set(of: [0, 1]), PartSet(of: 3)])))
        case 5:
            message = .piece(
                Piece(
                    blob: mutator.pick([payloadBlob, partBlob]).digest, index: mutator.below(3),
                    bytes: ByteView(
                        LittleEndian.bytes(of: mutator.isChosen(outOf: 9) ? [1] : mutator.pick([payload, part])))))
        case 6:
            let first = mutator.below(6)
            message = .piecesWanted(
                PiecesWanted(
                    blob: mutator.pick([weights, data, payloadBlob]).digest,
                    indices: first..<first + 1 + mutator.below(64)))
        case 7:
            message = mutator.pick([
                .roundReceived, .progress(Progress(phase: .idle, shardsFinished: 0, bytesReceived: 0)),
                .blobMissing(payloadBlob.digest), .leaving(reason: ""),
            ])
        default: message = mutator.pick(messages)
        }
        return Envelope(run: run, generation: 1, round: round, node: node, message: message)
    }

    /// Joins and does what it is asked, until nothing more is answered.
    private static func workHonestly(_ say: ((UInt64) -> Envelope, Peer) -> [CoordinatorDirective]?) {
        let peers: [Channel: Peer] = [.control: Peer([100]), .bulk: Peer([101])]
        var words: [(message: Message, node: TreeNode?, channel: Channel)] = Channel.allCases.map { channel in
            let greeting = Greeting(
                worker: WorkerIdentity(high: 9, low: 9), channel: channel, hostName: "honest", processIdentifier: 9,
                threads: 1, processor: "", software: "", device: "")
            return (.hello(greeting), nil, channel)
        }
        let readiness = Readiness(
            layoutDigest: digest, dataDigest: welcome.dataDigest, probe: digest, mathTable: digest)
        words.append((.ready(readiness), nil, .control))
        var (isUpdate, leavesOut) = (true, false)
        for _ in 0..<1000 where !words.isEmpty {
            let (message, node, channel) = words.removeFirst()
            guard let peer = peers[channel] else { return }
            let answers = say(
                { Envelope(run: run, generation: 1, round: $0, node: node, message: message) }, peer)
            guard let answers else { return }
            for case .send(let envelope, let to) in answers where to == peers[.control] || to == peers[.bulk] {
                var nodes: [TreeNode] = []
                switch envelope.message {
                case .roundOpened(let opening):
                    isUpdate = opening.job.yields.hasGradient
                    leavesOut = opening.job.mixing.leavesOut
                    nodes = opening.assignment.nodes
                case .nodesAssigned(let assignment): nodes = assignment.nodes
                case .piecesWanted(let wanted):
                    let bytes = ByteView(LittleEndian.bytes(of: leavesOut ? part : payload))
                    words.append((.piece(Piece(blob: wanted.blob, index: 0, bytes: bytes)), nil, .bulk))
                default: break
                }
                let tree = ShardTree(shardCount: 6)
                for node in nodes {
                    var reports = tree.shards(of: node).map(report)
                    if !isUpdate {
                        for place in reports.indices {
                            (reports[place].alphaGradient, reports[place].credits) = ([], [])
                        }
                    }
                    let blob = leavesOut ? partBlob : payloadBlob
                    let result = NodeResult(
                        attempt: 1, reports: reports, payload: isUpdate ? blob : nil,
                        parts: leavesOut ? parts.set(of: []) : nil)
                    words.append((.nodeFinished(result), node, .control))
                }
            }
        }
    }

    /// Damages a message in a way that its reader cannot see from the digest; nil when it cannot be read any more.
    static func lie(_ envelope: Envelope, _ mutator: inout Mutator) -> Envelope? {
        let sent = envelope.encoded()
        let block = sent.block?.array
        let frame = Mutator.sealed(mutator.damaged(sent.frame, from: WireLimits.headerBytes))
        return try? Envelope.decode(ByteView(frame), block: block.map { ByteView($0) })
    }

    @Test("A coordinator that hears lies, repetitions and words out of turn, then an honest worker, fills its round")
    func coordinator() {
        Self.forEachSeed(300, "a coordinator") { mutator in
            var settings = ProtocolSettings()
            settings.pieceBytes = 4096
            // A liar may be the first and fix another kind: who may join at all is the keys' business.
            settings.allowMixedKinds = true
            var instance = CoordinatorInstance(
                settings: settings, run: Self.run, generation: 1, welcome: Self.welcome)
            var now: Duration = .zero
            var filled: [RoundResult] = []
            func hear(_ event: CoordinatorEvent) -> [CoordinatorDirective] {
                var out = instance.handle(event, at: now)
                // As the shell does: nobody else has taken the run, so what was held back until that is known goes out.
                while let place = out.firstIndex(of: .renewLease) {
                    out.remove(at: place)
                    out += instance.handle(.leaseKept, at: now)
                }
                for case .roundFilled(let result) in out { filled.append(result) }
                return out
            }
            func open() {
                let hasGradient = !mutator.isChosen(outOf: 4)
                let leavesOut = hasGradient && mutator.isChosen(outOf: 2)
                _ = hear(
                    .openRound(
                        RoundRequest(
                            job: Self.job(hasGradient: hasGradient, shards: 6, leavesOut: leavesOut),
                            weights: Self.weights, statistics: nil,
                            payloadCount: hasGradient ? Self.payload.count : 0, parts: leavesOut ? Self.parts : nil)))
            }
            open()
            for _ in 0..<400 {
                now += .milliseconds(mutator.below(3000))
                let peer = Peer([UInt8(mutator.below(9))])
                let honest = Self.wordsOfWorkers(&mutator, round: UInt64(filled.count + 1))
                guard let said = mutator.isChosen(outOf: 3) ? honest : Self.lie(honest, &mutator) else { continue }
                let before = filled.count
                _ = hear(.received(said, from: peer))
                if filled.count > before { open() }
                if mutator.isChosen(outOf: 50) { _ = hear(.unreachable(peer)) }
            }
            #expect(instance.roster.members.count <= settings.workers)
            // Everybody falls silent; an honest worker comes. What the liars left behind keeps nobody from filling the round.
            now += settings.silenceLimit * 2
            _ = hear(.tick)
            let before = filled.count
            Self.workHonestly { envelope, peer in
                now += .milliseconds(1)
                return filled.count > before
                    ? nil : hear(.received(envelope(UInt64(before + 1)), from: peer))
            }
            if filled.count != before + 1 { Issue.record("seed \(mutator.seed): the round is not filled") }
            for result in filled {
                #expect(result.total.count == (result.job.yields.hasGradient ? Self.payload.count : 0))
                #expect(result.reports.map(\.shard) == Array(0..<6), "seed \(mutator.seed)")
            }
        }
    }
}
