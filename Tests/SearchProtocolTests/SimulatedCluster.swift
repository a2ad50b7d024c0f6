import Formats
import Optimization
import Wire

import SearchProtocol

/// A coordinator, workers, a search and a network as values in virtual time, all decided by one seed: messages are delayed,
/// reordered, doubled and lost, workers vanish and come.
struct SimulatedCluster {
    struct Weather {
        var loss = 0.0
        var doubling = 0.0
        var slowest: Duration = .milliseconds(50)
        var vanishing = 0.0
    }

    static let valueCount = 300
    static let shards = 6
    static let steps = 8

    private var generator: SplitMix
    private let weather: Weather
    private(set) var now: Duration = .zero
    private(set) var coordinator: CoordinatorInstance
    private(set) var workers: [Int: (instance: WorkerInstance, weights: [Float], held: [BlobReference: Blob])] = [:]
    private var nextWorker = 0
    private var flights: [(arrives: Duration, number: Int, action: Flight)] = []
    private var flightNumber = 0
    private(set) var weights: [Float]
    private(set) var step = 0
    private(set) var vanished = 0
    private(set) var mostHeld = 0
    private let data: [UInt8] = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 * 7) }
    private let weatherEnds: Duration

    private enum Flight {
        case toCoordinator(Envelope, worker: Int, Channel)
        case toWorker(Envelope, Int, Channel)
        case shard(worker: Int, round: UInt64, Int)
        case prepared(worker: Int, Welcome, hasData: Bool)
        /// A message came back: nobody is there any more.
        case gone(Peer)
    }

    init(seed: UInt64, workers count: Int, weather: Weather, weatherEnds: Duration = .seconds(60)) {
        generator = SplitMix(state: seed)
        self.weather = weather
        self.weatherEnds = weatherEnds
        weights = Self.initial
        var settings = ProtocolSettings()
        settings.pieceBytes = 4096 / 16
        settings.pieces.overdue = .seconds(1)
        settings.silenceLimit = .seconds(5)
        settings.beatInterval = .milliseconds(500)
        let welcome = Welcome(
            configuration: "", dataDigest: SHA256.digest(data),
            data: Blob(ByteView(data), pieceBytes: settings.pieceBytes).reference,
            layoutDigest: Digest128(high: 1, low: 1), pieceBytes: settings.pieceBytes)
        coordinator = CoordinatorInstance(
            settings: settings, run: RunIdentity(high: 1, low: 2), generation: 1, welcome: welcome)
        self.settings = settings
        for _ in 0..<count { addWorker() }
        openRound()
    }

    private let settings: ProtocolSettings

    // MARK: The search that is simulated

    static let initial = (0..<valueCount).map { Float($0) / 7 }

    /// A shard's payload: a pure function of weights, step and shard, with sums that notice any other order.
    static func payload(_ weights: [Float], step: UInt64, shard: Int) -> [Float] {
        weights.enumerated().map { place, weight in
            weight * Float(0.1) + Float(1 + (place + 13 * shard + 29 * Int(step)) % 97) / 31
        }
    }

    static func stepped(_ weights: [Float], _ total: [Float]) -> [Float] {
        zip(weights, total).map { $0 - $1 / Float(shards) * Float(0.01) }
    }

    /// What one process would compute.
    static func reference() -> [Float] {
        var weights = initial
        for step in 0..<steps {
            let tree = ShardTree(shardCount: shards)
            var sum = TreeSum(tree: tree)
            for shard in 0..<shards {
                _ = sum.fill(tree.leaf(shard), with: payload(weights, step: UInt64(step), shard: shard))
            }
            weights = stepped(weights, sum.total ?? [])
        }
        return weights
    }

    private mutating func openRound() {
        let job = RoundJob(
            kind: .update, step: UInt64(step), epoch: 0, stepInEpoch: UInt32(step), shardCount: Self.shards,
            imageCount: Self.shards, temperature: 1, dropPathProbability: 0, table: [0])
        let request = RoundRequest(
            job: job, weights: Blob(floats: weights, pieceBytes: settings.pieceBytes).reference, statistics: nil,
            payloadCount: Self.valueCount)
        obey(coordinator.handle(.openRound(request), at: now))
    }

    // MARK: Running

    var isDone: Bool { step >= Self.steps }

    mutating func run(limit: Duration) {
        while !isDone, now < limit {
            let nextFlight = flights.min { ($0.arrives, $0.number) < ($1.arrives, $1.number) }
            let wakes = workers.values.map(\.instance.wakeTime).min() ?? coordinator.wakeTime
            let due = min(nextFlight?.arrives ?? .seconds(1_000_000), min(coordinator.wakeTime, wakes))
            now = max(now, due)
            if let flight = nextFlight, flight.arrives <= now {
                flights.removeAll { $0.number == flight.number }
                deliver(flight.action)
            }
            if coordinator.wakeTime <= now { obey(coordinator.handle(.tick, at: now)) }
            for number in workers.keys.sorted() where (workers[number]?.instance.wakeTime ?? now) <= now {
                handle(.tick, number)
            }
            storm()
            mostHeld = max(mostHeld, workers.values.map { $0.held.count }.max() ?? 0)
            if now < due + .microseconds(1) { now += .microseconds(1) }
        }
    }

    private mutating func storm() {
        guard now < weatherEnds else {
            if workers.isEmpty { addWorker() }
            return
        }
        if chance(weather.vanishing / 100), let victim = workers.keys.sorted().randomElement(using: &generator) {
            workers[victim] = nil
            vanished += 1
            for channel in Channel.allCases where chance(0.5) {
                obey(coordinator.handle(.unreachable(peer(victim, channel)), at: now))
            }
            addWorker()
        }
    }

    mutating func addWorker() {
        let greeting = Greeting(
            worker: WorkerIdentity(high: UInt64(nextWorker), low: 1), channel: .control, hostName: "sim",
            processIdentifier: UInt32(nextWorker), threads: UInt32(1 + nextWorker % 3), processor: "", software: "",
            device: "cpu")
        workers[nextWorker] = (WorkerInstance(settings: settings, greeting: greeting, at: now), [], [:])
        nextWorker += 1
    }

    private mutating func chance(_ probability: Double) -> Bool {
        Double.random(in: 0..<1, using: &generator) < probability
    }

    private func peer(_ worker: Int, _ channel: Channel) -> Peer {
        Peer([UInt8(truncatingIfNeeded: worker), UInt8(truncatingIfNeeded: worker >> 8), channel.rawValue])
    }

    // MARK: The network

    private mutating func send(_ flight: Flight) {
        let storms = now < weatherEnds
        if storms, chance(weather.loss) { return }
        let copies = storms && chance(weather.doubling) ? 2 : 1
        for _ in 0..<copies {
            let slowest = weather.slowest.components.attoseconds / 1_000_000_000_000
            let delay = Duration.microseconds(Int64.random(in: 10...max(11, slowest), using: &generator))
            fly(flight, after: delay)
        }
    }

    private mutating func fly(_ flight: Flight, after delay: Duration) {
        flightNumber += 1
        flights.append((now + delay, flightNumber, flight))
    }

    private mutating func deliver(_ flight: Flight) {
        switch flight {
        case .gone(let peer): obey(coordinator.handle(.unreachable(peer), at: now))
        case .toCoordinator(let envelope, let worker, let channel):
            guard workers[worker] != nil else { return }
            obey(coordinator.handle(.received(envelope, from: peer(worker, channel)), at: now))
        case .toWorker(let envelope, let worker, let channel): handle(.received(envelope, over: channel), worker)
        case .shard(let worker, let round, let shard):
            guard let weights = workers[worker]?.weights, let open = workers[worker]?.instance.openRound,
                open.number == round,
                !weights.isEmpty
            else { return }
            let report = ShardReport(
                shard: shard, imageCount: 1, loss: 1, hits: 1, finite: true, alphaGradient: [1], credits: [1])
            let payload = Self.payload(weights, step: open.job.step, shard: shard)
            handle(.shardFinished(round: round, report: report, payload: payload), worker)
        case .prepared(let worker, let welcome, let hasData):
            guard workers[worker] != nil else { return }
            guard hasData || worker % 2 == 0 else {
                let directives = workers[worker]?.instance.dataWanted(at: now) ?? []
                return obey(directives, worker)
            }
            let digest = Digest128(high: 1, low: 1)
            handle(
                .prepared(
                    Readiness(layoutDigest: digest, dataDigest: welcome.dataDigest, probe: digest, mathTable: digest)),
                worker)
        }
    }

    // MARK: The shells

    private mutating func handle(_ event: WorkerEvent, _ worker: Int) {
        guard var entry = workers[worker] else { return }
        let directives = entry.instance.handle(event, at: now)
        workers[worker] = entry
        obey(directives, worker)
    }

    private mutating func obey(_ directives: [WorkerDirective], _ worker: Int) {
        for directive in directives {
            switch directive {
            case .send(let envelope, let channel): send(.toCoordinator(envelope, worker: worker, channel))
            case .sendPiece(let blob, let index, let head):
                guard let piece = workers[worker]?.held[blob]?.piece(index) else {
                    continue
                }
                send(.toCoordinator(head.envelope(.piece(piece)), worker: worker, .bulk))
            case .prepare(let welcome, let data):
                fly(.prepared(worker: worker, welcome, hasData: data != nil), after: .milliseconds(20))
            case .load(_, _, let bytes, _): workers[worker]?.weights = bytes.floats ?? []
            case .compute(let round, let shards):
                for (place, shard) in shards.enumerated() {
                    let delay = Duration.milliseconds(Int64.random(in: 1...40, using: &generator) * Int64(place + 1))
                    fly(.shard(worker: worker, round: round, shard), after: delay)
                }
            case .hold(let blob): workers[worker]?.held[blob.reference] = blob
            case .release(let blob): workers[worker]?.held[blob] = nil
            case .releaseAll: workers[worker]?.held = [:]
            case .finish: workers[worker] = nil
            case .abandon, .note: break
            }
        }
    }

    private mutating func obey(_ directives: [CoordinatorDirective]) {
        for directive in directives {
            switch directive {
            case .send(let envelope, let peer): reply(envelope, to: peer)
            case .sendPiece(let blob, let index, let head, let peer):
                let isData = blob.byteCount == UInt64(data.count)
                var held =
                    isData
                    ? Blob(ByteView(data), pieceBytes: settings.pieceBytes)
                    : Blob(floats: weights, pieceBytes: settings.pieceBytes)
                guard let piece = held.piece(index) else { continue }
                reply(head.envelope(.piece(piece)), to: peer)
            case .roundFilled(let result):
                precondition(result.job.step == UInt64(step), "a step is applied once")
                weights = Self.stepped(weights, result.total)
                step += 1
                if !isDone { openRound() }
            case .perform, .persisted, .kindFixed, .note: break
            }
        }
    }

    private mutating func reply(_ envelope: Envelope, to peer: Peer) {
        let worker = Int(peer.bytes[0]) | Int(peer.bytes[1]) << 8
        guard workers[worker] != nil else {
            // libzmq says so at once when a peer is gone.
            return fly(.gone(peer), after: .microseconds(1))
        }
        guard let channel = Channel(rawValue: peer.bytes[2]) else { preconditionFailure("a peer of no channel") }
        send(.toWorker(envelope, worker, channel))
    }
}

struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
