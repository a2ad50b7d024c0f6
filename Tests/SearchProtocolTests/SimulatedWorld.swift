import Formats
import Optimization
import SearchProtocol
import Wire

/// Coordinators and workers as the values that production runs, with network, disk, clock and crashes from one seed.
///
/// After every event the invariants are checked; the first that does not hold ends the run in `violation`.
final class SimulatedWorld {
    enum Event {
        case toCoordinator(Envelope, worker: Int, Channel, endpoint: Int)
        case toWorker(Envelope, worker: Int, Channel)
        case gone(Peer, process: Int)
        case shard(worker: Int, token: Int, round: UInt64, Int)
        case prepared(worker: Int, Welcome, hasData: Bool)
        case fileAnswer(process: Int, isDone: Bool)
        case leaseLook(process: Int)
        case wakeWorker(Int)
        case wakeCoordinator(Int)
        case sight(Int)
        case start(endpoint: Int?, retries: Bool)
        case fault(Climate.Fault)
        case repair(Climate.Fault)
        case heal
    }

    enum Ending: Equatable {
        case finished
        /// A step computed again gave other bits: exit code 70.
        case journalDiffers(step: Int)
    }

    static let weatherEnds: Duration = .seconds(20)

    var random: SplitMix
    let climate: Climate
    let settings: ProtocolSettings
    let reference: [SimulatedSearch]
    let data = (0..<160).map { UInt8(truncatingIfNeeded: $0 * 7) }
    let welcome: Welcome
    var now: Duration = .zero
    var queue = EventQueue<Event>()
    var disk = SimulatedDisk()
    var isHealed = false

    var coordinators: [Int: SimulatedCoordinator] = [:]
    var processes = 0
    /// Process that listens at an endpoint, by the endpoint's number.
    var endpoints: [Int] = []
    var generation: UInt64 = 0
    var lease: (process: Int, renewed: Duration)?
    /// Processes of which the kernel can say that they have ended.
    var knownDead: Set<Int> = []
    /// Place of the newest checkpoint that was reported as safe.
    var safest = -1
    var hasDrifted = false

    var workers: [Int: SimulatedWorker] = [:]
    var workersMade = 0
    /// Workers that computed something wrong once, by accident.
    var broken: Set<Int> = []
    var hasBroken = false
    var lateNotes: [LateWorker] = []
    var isCut: Set<Int> = []
    var hearsNothing: Set<Int> = []

    private(set) var violation: String?
    var ending: Ending?
    private(set) var events = 0
    /// How often what happened, to show that the storm blew.
    var counts: [String: Int] = [:]

    init(seed: UInt64, climate: Climate? = nil, without guardOff: Guard? = nil) {
        random = SplitMix(state: seed)
        self.climate = climate ?? Climate(seed: seed)
        reference = SimulatedSearch.reference(self.climate.method, curse: self.climate.curse)
        var settings = ProtocolSettings()
        settings.pieceBytes = SimulatedSearch.pieceBytes
        settings.pieces.overdue = .seconds(1)
        guard let pace = Pace(beatMilliseconds: 1000, silenceMilliseconds: 4000) else {
            preconditionFailure("no pace")
        }
        settings.keep(pace)
        settings.greetingInterval = .milliseconds(300)
        settings.auditShare = self.climate.auditShare
        if let guardOff { settings = settings.without(guardOff) }
        self.settings = settings
        welcome = Welcome(
            configuration: "", dataDigest: [1], data: Blob(ByteView(data), pieceBytes: settings.pieceBytes).reference,
            layoutDigest: Digest128(high: 1, low: 1), pieceBytes: settings.pieceBytes, pace: pace)
        start(endpoint: nil, retries: true)
        for _ in 0..<self.climate.workers { addWorker() }
        for fault in self.climate.faults { queue.schedule(.fault(fault), at: random.milliseconds(0...4000)) }
        if self.climate.heals { queue.schedule(.heal, at: Self.weatherEnds) }
    }

    func violate(_ sentence: @autoclosure () -> String) {
        if violation == nil { violation = "\(sentence()) at \(now)" }
    }

    func count(_ name: String) { counts[name, default: 0] += 1 }

    // MARK: Time

    /// Until the search is over, an invariant is broken, or the limit is reached.
    func run(limit: Duration = .seconds(100)) {
        while violation == nil, ending == nil {
            guard now < limit else { return violate("no end in sight: \(where_)") }
            step()
        }
    }

    private var where_: String {
        let newest = coordinators.values.max { $0.generation < $1.generation }
        return "step \(newest?.search.step ?? -1), \(workers.count) workers, \(coordinators.count) coordinators"
    }

    func step() {
        events += 1
        let due = queue.nextTime ?? .seconds(1_000_000)
        // Of equal times the lower number comes first: a dictionary's own order is another one in every process.
        let coordinator = coordinators.values.filter { !$0.isPaused }
            .min { ($0.wake, $0.process) < ($1.wake, $1.process) }
        let worker = workers.values.filter { !$0.isPaused }.min { ($0.wake, $0.number) < ($1.wake, $1.number) }
        let wake = min(coordinator?.wake ?? due, worker?.wake ?? due)
        if due <= wake, let event = queue.next() {
            now = max(now, due)
            handle(event)
        } else if let coordinator, coordinator.instance.wakeTime <= wake {
            now = max(now, wake)
            deliver(.tick, to: coordinator)
            coordinator.tickedAt = now
        } else if let worker {
            now = max(now, wake)
            deliver(.tick, to: worker)
            worker.tickedAt = now
        }
        check()
    }

    /// What must hold whatever happens; the rest is checked where it happens.
    private func check() {
        for coordinator in coordinators.values {
            let limit = settings.contributionsFetchedAtOnce * settings.pieces.largestWindow * settings.pieceBytes
            if coordinator.instance.bytesInFlight > limit { violate("more bytes in flight than the bound") }
        }
        for worker in workers.values {
            if worker.held.count > 2 * SimulatedSearch.shards { violate("worker \(worker.number) holds too much") }
            if worker.instance.knownGeneration < worker.generation { violate("a worker's generation went back") }
            worker.generation = worker.instance.knownGeneration
        }
    }

    private func handle(_ event: Event) {
        switch event {
        case .toCoordinator(let envelope, let worker, let channel, let endpoint):
            guard let coordinator = coordinators[endpoints[endpoint]] else { return }
            if coordinator.isPaused { return coordinator.waiting.append(event) }
            deliver(.received(envelope, from: peer(worker, channel)), to: coordinator)
        case .gone(let peer, let process):
            guard let coordinator = coordinators[process] else { return }
            if coordinator.isPaused { return coordinator.waiting.append(event) }
            deliver(.unreachable(peer), to: coordinator)
        case .fileAnswer(let process, let isDone):
            guard let coordinator = coordinators[process] else { return }
            if coordinator.isPaused { return coordinator.waiting.append(event) }
            deliver(isDone ? .fileDone : .fileFailed(reason: "simulated"), to: coordinator)
        case .leaseLook(let process):
            guard let coordinator = coordinators[process] else { return }
            if coordinator.isPaused { return coordinator.waiting.append(event) }
            look(coordinator)
        case .toWorker(let envelope, let number, let channel):
            guard let worker = workers[number] else { return }
            if worker.isPaused { return worker.waiting.append(event) }
            deliver(.received(envelope, over: channel), to: worker)
        case .shard(let number, let token, let round, let shard):
            guard let worker = workers[number], worker.token == token else { return }
            if worker.isPaused { return worker.waiting.append(event) }
            finishShard(worker, round, shard)
        case .prepared(let number, let welcome, let hasData):
            guard let worker = workers[number] else { return }
            if worker.isPaused { return worker.waiting.append(event) }
            prepare(worker, welcome, hasData: hasData)
        case .wakeWorker(let number):
            guard let worker = workers[number], worker.isPaused else { return }
            worker.isPaused = false
            for missed in worker.waiting { queue.schedule(missed, at: now) }
            worker.waiting = []
        case .wakeCoordinator(let process):
            guard let coordinator = coordinators[process], coordinator.isPaused else { return }
            coordinator.isPaused = false
            if coordinator.generation < generation { count("an old generation woke") }
            for missed in coordinator.waiting { queue.schedule(missed, at: now) }
            coordinator.waiting = []
        case .sight(let process): coordinators[process]?.isBlind = false
        case .start(let endpoint, let retries): start(endpoint: endpoint, retries: retries)
        case .fault(let fault): strike(fault)
        case .repair(let fault): repair(fault)
        case .heal: heal()
        }
    }
}
