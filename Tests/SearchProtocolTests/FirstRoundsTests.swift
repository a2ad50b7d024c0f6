import Formats
import Optimization
import SearchProtocol
import Testing
import Wire

/// Whom the coordinator calls late in rounds of workers that it knows little of yet: nobody who gets on.
struct FirstRoundsTests {
    /// Some workers, ready, and their coordinator; a round of evaluation, of which nothing but reports comes back.
    private struct Crowd {
        private var instance = CoordinatorInstance(
            settings: ProtocolSettings(), run: RunIdentity(high: 1, low: 2), generation: 1,
            welcome: Welcome(
                configuration: "", dataDigest: [1], data: Blob(ByteView([1]), pieceBytes: 4096).reference,
                layoutDigest: Digest128(high: 1, low: 1), pieceBytes: 4096))
        private(set) var late: [LateWorker] = []
        /// Given to each worker in the open round and not done, in the order in which they were given.
        private(set) var given: [[(node: TreeNode, attempt: UInt32)]]
        private var said: [Progress]
        private var round: UInt64 = 0
        private let tree: ShardTree

        init(threads: [UInt32], shards: Int) {
            tree = ShardTree(shardCount: shards)
            given = threads.map { _ in [] }
            said = threads.map { _ in Progress(phase: .computing, shardsFinished: 0, bytesReceived: 0) }
            for (number, threads) in threads.enumerated() { join(number, threads: threads) }
        }

        private mutating func handle(_ event: CoordinatorEvent, at now: Duration) {
            var directives = instance.handle(event, at: now)
            while !directives.isEmpty {
                switch directives.removeFirst() {
                case .renewLease: directives += instance.handle(.leaseKept, at: now)
                case .note(.workerLate(let note)): late.append(note)
                case .send(let envelope, let peer):
                    switch envelope.message {
                    case .roundOpened(let opening):
                        round = envelope.round
                        take(opening.assignment, Int(peer.bytes[0]))
                    case .nodesAssigned(let assignment): take(assignment, Int(peer.bytes[0]))
                    default: break
                    }
                default: break
                }
            }
        }

        private mutating func take(_ assignment: NodeAssignment, _ worker: Int) {
            for node in assignment.nodes where !given[worker].contains(where: { $0.node == node }) {
                given[worker].append((node, assignment.attempt))
            }
        }

        private mutating func hear(
            _ message: Message, node: TreeNode? = nil, from worker: Int, over channel: Channel = .control,
            at now: Duration
        ) {
            let envelope = Envelope(
                run: RunIdentity(high: 1, low: 2), generation: 1, round: round, node: node, message: message)
            handle(.received(envelope, from: Peer([UInt8(worker), channel == .bulk ? 1 : 0])), at: now)
        }

        private mutating func join(_ worker: Int, threads: UInt32) {
            for channel in [Channel.control, .bulk] {
                let greeting = Greeting(
                    worker: WorkerIdentity(high: 3, low: UInt64(worker)), channel: channel, hostName: "host",
                    processIdentifier: UInt32(worker), threads: threads, processor: "", software: "", device: "cpu")
                hear(.hello(greeting), from: worker, over: channel, at: .zero)
            }
            let digest = Digest128(high: 1, low: 1)
            hear(
                .ready(Readiness(layoutDigest: digest, dataDigest: [1], probe: digest, mathTable: digest)),
                from: worker, at: .zero)
        }

        mutating func open(at now: Duration) {
            given = given.map { _ in [] }
            let job = RoundJob(
                .heldOut, mixing: .given, yields: [], step: 0, epoch: 0, stepInEpoch: 0, shardCount: tree.shardCount,
                imageCount: 64 * tree.shardCount, table: [0.5, 0.5])
            let weights = Blob(ByteView([1, 2, 3, 4]), pieceBytes: 4096).reference
            handle(.openRound(RoundRequest(job: job, weights: weights, statistics: nil, payloadCount: 0)), at: now)
        }

        mutating func fetch(_ worker: Int, at now: Duration) { hear(.roundReceived, from: worker, at: now) }

        /// The oldest of a worker's nodes.
        mutating func finish(_ worker: Int, at now: Duration) {
            let (node, attempt) = given[worker].removeFirst()
            let reports = tree.shards(of: node).map {
                ShardReport(shard: $0, imageCount: 64, loss: 1, hits: 1, finite: true)
            }
            hear(
                .nodeFinished(NodeResult(attempt: attempt, reports: reports, payload: nil)), node: node, from: worker,
                at: now)
        }

        mutating func finishAll(_ worker: Int, at now: Duration) {
            while !given[worker].isEmpty { finish(worker, at: now) }
        }

        /// A worker has got on.
        mutating func advance(_ worker: Int, shards: UInt32 = 0, bytes: UInt64 = 0) {
            said[worker].shardsFinished += shards
            said[worker].bytesReceived += bytes
        }

        /// All give a sign of life, whether they have got on or not.
        mutating func tick(at now: Duration) {
            for (worker, progress) in said.enumerated() { hear(.progress(progress), from: worker, at: now) }
            handle(.tick, at: now)
        }

        /// Of the nodes that a worker has still to do.
        func shards(_ worker: Int) -> Int { given[worker].reduce(0) { $0 + tree.shards(of: $1.node).count } }

        func shardsOfOldest(_ worker: Int) -> Int { given[worker].first.map { tree.shards(of: $0.node).count } ?? 0 }
    }

    /// Two workers of one thread; the first takes 1 s for its shards of the first round.
    private func opened() -> Crowd {
        var crowd = Crowd(threads: [1, 1], shards: 8)
        crowd.open(at: .zero)
        crowd.fetch(0, at: .zero)
        crowd.finishAll(0, at: .seconds(1))
        return crowd
    }

    @Test(
        "In its first round a worker that is far slower than another, and gets on, is not called late; the idle one helps"
    )
    func first() {
        var crowd = opened()
        crowd.fetch(1, at: .zero)
        for second in 2...60 {
            if second.isMultiple(of: 2) { crowd.advance(1, shards: 1) }
            crowd.tick(at: .seconds(second))
        }
        #expect(crowd.late.isEmpty, "\(crowd.late)")
        #expect(!crowd.given[0].isEmpty || crowd.given[1].count == 1, "\(crowd.given)")
    }

    @Test("One of whom nothing was measured is late when it gets on with nothing for three times others' first rounds")
    func silent() throws {
        var crowd = opened()
        crowd.fetch(1, at: .zero)
        for second in 2...3 { crowd.tick(at: .seconds(second)) }
        #expect(crowd.late.isEmpty)
        for second in 4...5 { crowd.tick(at: .seconds(second)) }
        let note = try #require(crowd.late.first)
        #expect(note.worker == "host/1" && note.phase == .computing && note.usual == .seconds(1))
    }

    @Test("The first of many workers to be done makes none of the others late")
    func crowded() {
        var crowd = Crowd(threads: Array(repeating: 1, count: 8), shards: 32)
        crowd.open(at: .zero)
        for worker in 0..<8 { crowd.fetch(worker, at: .zero) }
        crowd.finishAll(0, at: .milliseconds(100))
        for tenth in 2...40 { crowd.tick(at: .milliseconds(100 * tenth)) }
        #expect(crowd.late.allSatisfy { $0.worker == "host/0" }, "\(crowd.late)")
    }

    @Test("Weights that come slowly are slow, not late, as long as bytes come")
    func fetching() {
        var crowd = opened()
        for second in 2...120 {
            crowd.advance(1, bytes: 1)
            crowd.tick(at: .seconds(second))
        }
        #expect(crowd.late.isEmpty, "\(crowd.late)")
    }

    /// A worker of four threads that fetches for 10 s and takes 4 s for a row of four shards; the second round's times are given.
    private func lateInSecondRound(fetching: Int, computing: Int) -> [LateWorker] {
        var crowd = Crowd(threads: [4], shards: 8)
        for (start, fetching, computing) in [(0, 10, 8), (20, fetching, computing)] {
            crowd.open(at: .seconds(start))
            for second in 1..<fetching { crowd.tick(at: .seconds(start + second)) }
            crowd.fetch(0, at: .seconds(start + fetching))
            for second in 1..<computing { crowd.tick(at: .seconds(start + fetching + second)) }
            crowd.finishAll(0, at: .seconds(start + fetching + computing))
        }
        return crowd.late
    }

    @Test("A worker is late by its own measure: three times its rows of shards, and with its link's time before them")
    func own() {
        #expect(lateInSecondRound(fetching: 10, computing: 24).isEmpty, "two rows take it 8 s")
        #expect(lateInSecondRound(fetching: 10, computing: 27).first?.usual == .seconds(8))
        #expect(lateInSecondRound(fetching: 54, computing: 8).isEmpty, "18 s are usual until something comes back")
        #expect(lateInSecondRound(fetching: 57, computing: 8).first?.phase == .fetching)
    }

    @Test("Few shards take a worker of many threads as long as a row of them, and it is not late for it")
    func row() {
        var crowd = Crowd(threads: [2, 4], shards: 6)
        for start in [0, 20] {
            crowd.open(at: .seconds(start))
            for worker in 0..<2 { crowd.fetch(worker, at: .seconds(start)) }
            #expect(crowd.given[1].count == 2 && crowd.shards(1) == 4, "one row")
            crowd.finishAll(0, at: .seconds(start + 8))
            if start == 0 { crowd.finishAll(1, at: .seconds(8)) }
        }
        // Half of the row was quick; the other half takes less than three times the 8 s that a row takes.
        crowd.finish(1, at: .seconds(28))
        for second in 29...50 { crowd.tick(at: .seconds(second)) }
        #expect(crowd.late.allSatisfy { $0.worker == "host/0" }, "\(crowd.late)")
    }

    @Test(
        "What comes back moves the time from which it counts: whoever works through many nodes is not late by their number"
    )
    func nodes() {
        var crowd = Crowd(threads: [1, 2], shards: 64)
        for (start, slowness) in [(0, 1), (25, 3)] {
            crowd.open(at: .seconds(start))
            for worker in 0..<2 { crowd.fetch(worker, at: .seconds(start)) }
            let rows = (crowd.shards(1) + 1) / 2
            #expect(crowd.given[1].count > 2)
            var now = start
            // Each node comes back just before three times what all that is open takes: as a whole far beyond three times that.
            while !crowd.given[1].isEmpty {
                for _ in 0..<((slowness == 1 ? crowd.shardsOfOldest(1) : 3 * crowd.shards(1)) + 1) / 2 {
                    now += 1
                    crowd.tick(at: .seconds(now))
                    if now == start + 21 { crowd.finishAll(0, at: .seconds(now)) }
                }
                crowd.finish(1, at: .seconds(now))
            }
            #expect(slowness == 1 || now - start > 4 * rows, "\(now)")
        }
        #expect(crowd.late.allSatisfy { $0.worker == "host/0" }, "\(crowd.late)")
    }
}
