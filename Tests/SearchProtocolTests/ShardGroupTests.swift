import Formats
import Optimization
import Testing
import Wire

import SearchProtocol

/// Shards that belong together are given, computed and answered together.
@Suite
struct ShardGroupTests {
    @Test("A group of a power of two that divides the shards is a node of the tree, whatever their number")
    func nodes() {
        for size in [1, 2, 4, 8, 16] {
            for groups in 1...40 {
                let tree = ShardTree(shardCount: size * groups)
                for group in 0..<groups {
                    let shards = group * size..<(group + 1) * size
                    let nodes = tree.nodes(covering: shards)
                    #expect(nodes.count == 1 && nodes.allSatisfy { tree.shards(of: $0) == shards })
                }
            }
        }
    }

    @Test(
        "Whatever is open, whoever is how fast and whatever must come alone: workers are given whole groups, and all of them"
    )
    func apportionment() {
        var state: UInt64 = 7
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        for _ in 0..<2000 {
            let size = 1 << random(5)
            let groups = 1 + random(24)
            let tree = ShardTree(shardCount: size * groups)
            let open = (0..<groups).filter { _ in random(3) > 0 }
            let shards = open.flatMap { Array($0 * size..<($0 + 1) * size) }
            let alone = Set(open.filter { _ in random(5) == 0 }.map { $0 * size })
            let speeds = (0..<1 + random(5)).map { _ in 1 + random(1000) }
            let split = Apportionment.split(shards, speeds: speeds, tree: tree, alone: alone, groupShards: size)
            #expect(split.count == speeds.count)
            let given = split.joined().map { tree.shards(of: $0) }
            #expect(given.flatMap(Array.init) == shards)
            for range in given {
                #expect(range.lowerBound % size == 0 && range.count % size == 0, "\(range) of groups of \(size)")
                if alone.contains(where: range.contains) { #expect(range.count == size) }
            }
        }
    }

    // MARK: Answers

    private static let run = RunIdentity(high: 1, low: 2)

    /// What a coordinator with an open round of eight shards in groups of four says to a worker that answers for a node.
    private func words(to node: TreeNode, shards: Range<Int>) -> [String] {
        let digest = Digest128(high: 1, low: 1)
        var instance = CoordinatorInstance(
            settings: ProtocolSettings(), run: Self.run, generation: 1,
            welcome: Welcome(
                configuration: "", dataDigest: [1], data: Blob(ByteView([1]), pieceBytes: 4096).reference,
                layoutDigest: digest, pieceBytes: 4096))
        var notes: [String] = []
        func handle(_ event: CoordinatorEvent) {
            var directives = instance.handle(event, at: .zero)
            while !directives.isEmpty {
                switch directives.removeFirst() {
                case .renewLease: directives += instance.handle(.leaseKept, at: .zero)
                case .note(.contributionRejected(_, let reason)): notes.append(reason)
                case .roundFilled(let result): notes.append("filled with \(result.reports.count)")
                default: break
                }
            }
        }
        func hear(_ message: Message, over channel: Channel, round: UInt64 = 0, node: TreeNode? = nil) {
            let envelope = Envelope(run: Self.run, generation: 1, round: round, node: node, message: message)
            handle(.received(envelope, from: Peer([channel == .bulk ? 1 : 0])))
        }
        for channel in [Channel.control, .bulk] {
            hear(
                .hello(
                    Greeting(
                        worker: WorkerIdentity(high: 3, low: 4), channel: channel, hostName: "host",
                        processIdentifier: 1, threads: 1, processor: "", software: "", device: "cuda:0")), over: channel
            )
        }
        hear(
            .ready(Readiness(layoutDigest: digest, dataDigest: [1], probe: digest, mathTable: digest)), over: .control)
        let job = RoundJob(
            .searchBatch, mixing: .softmax, yields: .alphaGradient, step: 0, epoch: 0, stepInEpoch: 0, shardCount: 8,
            imageCount: 8, table: [0.5, 0.5])
        let weights = Blob(ByteView([1, 2, 3, 4]), pieceBytes: 4096).reference
        handle(
            .openRound(
                RoundRequest(job: job, weights: weights, statistics: nil, payloadCount: 0, groupShards: 4)))
        let reports = shards.map {
            ShardReport(
                shard: $0, imageCount: 1, loss: 1, hits: 1, finite: true, alphaGradient: [1, 2], credits: [1, 2])
        }
        hear(
            .nodeFinished(NodeResult(attempt: 1, reports: reports, payload: nil)), over: .control, round: 1, node: node)
        return notes
    }

    @Test("An answer to a part of a group is refused and says why; whole groups count")
    func answers() {
        #expect(
            words(to: TreeNode(level: 1, index: 0), shards: 0..<2)
                == ["a node of shards 0..<2, 4 of which belong together"])
        #expect(words(to: TreeNode(level: 0, index: 5), shards: 5..<6).count == 1)
        #expect(words(to: TreeNode(level: 2, index: 1), shards: 4..<8).isEmpty)
        #expect(words(to: TreeNode(level: 3, index: 0), shards: 0..<8) == ["filled with 8"])
    }
}
