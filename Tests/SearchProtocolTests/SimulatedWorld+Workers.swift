import Formats
import Optimization
import SearchProtocol
import Wire

/// A worker's process: the instance, and what production's shell keeps beside it.
final class SimulatedWorker {
    let number: Int
    var instance: WorkerInstance
    var endpoint: Int
    var weights: [Float] = []
    var held: [BlobReference: Blob] = [:]
    var isPaused = false
    var waiting: [SimulatedWorld.Event] = []
    /// Milliseconds a shard takes.
    var slowness: Int
    var busyUntil: Duration = .zero
    /// Raised when everything under way is abandoned.
    var token = 0
    var generation: UInt64 = 0
    var breaksNext = false
    var corruptsNext = false
    var tickedAt: Duration = .zero

    init(number: Int, instance: WorkerInstance, endpoint: Int, slowness: Int) {
        self.number = number
        self.instance = instance
        self.endpoint = endpoint
        self.slowness = slowness
    }

    /// Every other worker has a device, which computes a group at once.
    func groupShards(of job: RoundJob) -> Int { number % 2 == 1 ? SimulatedSearch.groupShards(of: job) : 1 }

    var wake: Duration { max(instance.wakeTime, tickedAt + .microseconds(50)) }
}

extension SimulatedWorld {
    func addWorker() {
        let number = workersMade
        workersMade += 1
        let greeting = Greeting(
            worker: WorkerIdentity(high: UInt64(number), low: 1), channel: .control, hostName: "sim",
            processIdentifier: UInt32(number), threads: UInt32(1 + number % 3), processor: "", software: "",
            device: "cpu")
        workers[number] = SimulatedWorker(
            number: number, instance: WorkerInstance(settings: settings, greeting: greeting, at: now),
            endpoint: Int(random.next() % UInt64(endpoints.count)), slowness: 10 + Int(random.next() % 60))
    }

    /// Whether an audit may find this worker out: it lies, or a machine's fault made it compute something wrong once.
    func isAccused(_ number: Int) -> Bool {
        (climate.hasLiar && number == 0) || (climate.auditShare > 0 && broken.contains(number))
    }

    func peer(_ worker: Int, _ channel: Channel) -> Peer {
        Peer([UInt8(truncatingIfNeeded: worker), UInt8(truncatingIfNeeded: worker >> 8), channel.rawValue])
    }

    // MARK: The network

    private func fly(_ event: Event, worker: Int, toWorker: Bool) {
        if !isHealed {
            if isCut.contains(worker) || (toWorker && hearsNothing.contains(worker)) { return }
            if random.chance(climate.loss) { return }
        }
        if !isHealed, random.chance(climate.replays) {
            for _ in 0..<4 { queue.schedule(event, at: now + random.milliseconds(300...10_000)) }
        }
        let copies = !isHealed && random.chance(climate.doubling) ? 2 : 1
        for _ in 0..<copies {
            var delay = Duration.microseconds(10 + Int(random.next() % UInt64(climate.slowest * 1000)))
            if !isHealed, random.chance(climate.stragglers) { delay += random.milliseconds(500...6000) }
            queue.schedule(event, at: now + delay)
        }
    }

    private func send(_ envelope: Envelope, _ channel: Channel, from worker: SimulatedWorker) {
        if case .hello = envelope.message, random.chance(0.2) {
            worker.endpoint = Int(random.next() % UInt64(endpoints.count))
        }
        guard let envelope = carried(envelope) else {
            guard let coordinator = coordinators[endpoints[worker.endpoint]], !coordinator.isPaused else { return }
            return deliver(
                .receivedUnreadable(from: self.peer(worker.number, channel), reason: "simulated"), to: coordinator)
        }
        fly(
            .toCoordinator(envelope, worker: worker.number, channel, endpoint: worker.endpoint),
            worker: worker.number, toWorker: false)
    }

    /// The message as it is read from the bytes that it is sent as; nil where a bit of them is another, which is noticed.
    private func carried(_ envelope: Envelope) -> Envelope? {
        // A welcome names pieces that are shorter here than the wire lets them be, so that there are several of a blob.
        if case .welcome = envelope.message { return envelope }
        let message = envelope.encoded()
        var (frame, block) = (message.frame, message.block?.array)
        let isDamaged = !isHealed && random.chance(climate.flips)
        if isDamaged {
            let bit = Int(random.next() % UInt64(8 * (frame.count + (block?.count ?? 0))))
            if bit / 8 < frame.count {
                frame[bit / 8] ^= 1 << (bit % 8)
            } else {
                block?[bit / 8 - frame.count] ^= 1 << (bit % 8)
            }
        }
        let read = try? Envelope.decode(ByteView(frame), block: block.map { ByteView($0) })
        if isDamaged, read != nil { violate("a flipped bit was not noticed: \(envelope.message)") }
        if !isDamaged, read != envelope { violate("another message was read than was sent: \(envelope.message)") }
        return read
    }

    func reply(_ envelope: Envelope, to peer: Peer, from coordinator: SimulatedCoordinator) {
        let number = Int(peer.bytes[0]) | Int(peer.bytes[1]) << 8
        guard workers[number] != nil else {
            // libzmq says so at once when a peer is gone.
            return queue.schedule(.gone(peer, process: coordinator.process), at: now + .microseconds(1))
        }
        guard let channel = Channel(rawValue: peer.bytes[2]) else { preconditionFailure("a peer of no channel") }
        guard let envelope = carried(envelope) else { return }
        fly(.toWorker(envelope, worker: number, channel), worker: number, toWorker: true)
    }

    // MARK: The shell

    func deliver(_ event: WorkerEvent, to worker: SimulatedWorker) {
        obey(worker.instance.handle(event, at: now), worker)
    }

    func prepare(_ worker: SimulatedWorker, _ welcome: Welcome, hasData: Bool) {
        guard hasData || worker.number % 2 == 0 else { return obey(worker.instance.dataWanted(at: now), worker) }
        let digest = Digest128(high: 1, low: 1)
        let readiness = Readiness(
            layoutDigest: digest, dataDigest: welcome.dataDigest, probe: digest, mathTable: digest)
        deliver(.prepared(readiness), to: worker)
    }

    /// Of a worker that computes groups at once, with all others of its group.
    func finishShard(_ worker: SimulatedWorker, _ round: UInt64, _ shard: Int) {
        guard let open = worker.instance.openRound, open.number == round, !worker.weights.isEmpty else { return }
        let size = worker.groupShards(of: open.job)
        guard size > 1 else {
            let (report, addend) = answer(worker, open.job, shard)
            return deliver(.shardFinished(round: round, report: report, payload: addend), to: worker)
        }
        let tree = ShardTree(shardCount: size)
        var sum = TreeSum(tree: tree)
        var reports: [ShardReport] = []
        for place in 0..<size {
            let (report, addend) = answer(worker, open.job, shard + place)
            reports.append(report)
            _ = sum.fill(tree.leaf(place), with: addend)
        }
        guard let addend = sum.addend else { return violate("a group without a sum") }
        count("a group was computed at once")
        deliver(.groupFinished(round: round, reports: reports, payload: addend), to: worker)
    }

    private func answer(
        _ worker: SimulatedWorker, _ job: RoundJob, _ shard: Int
    ) -> (report: ShardReport, addend: Addend) {
        let search = SimulatedSearch(climate.method, curse: climate.curse)
        var (report, payload) = search.report(job, weights: worker.weights, shard: shard)
        if !payload.isEmpty {
            if worker.breaksNext {
                worker.breaksNext = false
                broken.insert(worker.number)
                payload[SimulatedSearch.place(of: shard)] = .infinity
                report.finite = random.chance(0.5)
                report.nonFiniteEntry = report.finite ? nil : SimulatedSearch.place(of: shard)
                count("a finite shard was computed as infinite")
            }
            if climate.hasLiar, worker.number == 0 { payload[4] = payload[4].nextUp }
        }
        return (report, SimulatedSearch.addend(payload, job, shard: shard))
    }

    private func obey(_ directives: [WorkerDirective], _ worker: SimulatedWorker) {
        for directive in directives {
            switch directive {
            case .send(let envelope, let channel): send(envelope, channel, from: worker)
            case .sendPiece(let blob, let index, let head): sendPiece(blob, index, head, from: worker)
            case .prepare(let welcome, let data):
                if let data, data != self.data { violate("a worker was given other data") }
                queue.schedule(
                    .prepared(worker: worker.number, welcome, hasData: data != nil), at: now + .milliseconds(20))
            case .load(_, _, let blob, _): worker.weights = blob.floats ?? []
            case .compute(let round, let shards):
                let size = worker.instance.openRound.map { worker.groupShards(of: $0.job) } ?? 1
                for shard in shards where shard % size == 0 {
                    worker.busyUntil = max(worker.busyUntil, now) + .milliseconds(worker.slowness)
                    queue.schedule(
                        .shard(worker: worker.number, token: worker.token, round: round, shard), at: worker.busyUntil)
                }
            case .abandon:
                worker.token += 1
                worker.busyUntil = now
            case .hold(let blob): worker.held[blob.reference] = blob
            case .release(let blob): worker.held[blob] = nil
            case .releaseAll: worker.held = [:]
            case .finish(let ending): finish(worker, ending)
            case .note: break
            }
        }
    }

    private func sendPiece(_ blob: BlobReference, _ index: Int, _ head: EnvelopeHead, from worker: SimulatedWorker) {
        guard var piece = worker.held[blob]?.piece(index) else {
            return send(head.envelope(.blobMissing(blob.digest)), .bulk, from: worker)
        }
        if worker.corruptsNext {
            // Its memory, not the wire: the frame's digest is right.
            worker.corruptsNext = false
            var bytes = piece.bytes.withUnsafeBytes { Array($0) }
            bytes[0] ^= 1
            piece = Piece(blob: piece.blob, index: piece.index, bytes: ByteView(bytes))
            count("a payload was corrupt")
        }
        send(head.envelope(.piece(piece)), .bulk, from: worker)
    }

    private func finish(_ worker: SimulatedWorker, _ ending: WorkerEnding) {
        workers[worker.number] = nil
        switch ending {
        case .coordinatorUnreachable: addWorker()
        case .refused where isAccused(worker.number): break
        default: violate("worker \(worker.number) ended: \(ending)")
        }
    }
}
