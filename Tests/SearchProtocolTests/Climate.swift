/// What can go wrong, and how badly, decided by one seed.
struct Climate {
    var loss = 0.0
    var doubling = 0.0
    /// Chance that a message takes seconds.
    var stragglers = 0.0
    /// Chance that a message comes again and again, seconds later.
    var replays = 0.0
    var slowest = 50
    /// Chance that one bit of a message is another.
    var flips = 0.0
    var faults: [Fault] = []
    var workers = 3
    /// Whether, after a while, everything is repaired and helpers come.
    var heals = true
    var method = SimulatedSearch.Method.mixed
    var curse: SimulatedSearch.Curse?
    var auditShare = 0.0
    /// The first worker computes other bits.
    var hasLiar = false
    /// A coordinator that resumes computes other bits than the one before it did.
    var drifts = false

    enum Fault: CaseIterable {
        case killWorker, pauseWorker, joinWorker, slowWorker, cut, oneWayCut
        case killCoordinator, pauseCoordinator, freezeCoordinator, secondCoordinator
        case losePower, fullDisk, blindCoordinator
        case transientNaN, corruptPiece
    }

    init() {}

    init(seed: UInt64) {
        var random = SplitMix(state: seed &* 0x2545_F491_4F6C_DD1D)
        let methods = SimulatedSearch.Method.allCases
        method = methods[Int(seed / 8 % UInt64(methods.count))]
        let isWet = random.chance(0.7)
        loss = isWet ? 0.08 * Double(random.next() % 100) / 100 : 0
        doubling = isWet ? 0.2 * Double(random.next() % 100) / 100 : 0
        stragglers = random.chance(0.4) ? 0.03 : 0
        replays = random.chance(0.2) ? 0.1 : 0
        flips = random.chance(0.3) ? 0.01 : 0
        slowest = [5, 50, 200][Int(random.next() % 3)]
        workers = 1 + Int(random.next() % 4)
        for _ in 0..<(random.next() % 6) {
            faults.append(Fault.allCases[Int(random.next() % UInt64(Fault.allCases.count))])
        }
        if random.chance(0.15) {
            curse = .init(
                step: Int(random.next() % UInt64(SimulatedSearch.steps)),
                shard: Int(random.next() % UInt64(SimulatedSearch.shards)))
        }
        if random.chance(0.1) {
            auditShare = 1
            hasLiar = random.chance(0.6)
            workers = 2 + Int(random.next() % 2)
        }
        drifts = random.chance(0.05)
    }

    /// Where coordinators come and go while messages of the ones before them are still on their way.
    init(harsh seed: UInt64) {
        self.init(seed: seed)
        stragglers = 0.1
        replays = 0.3
        doubling = 0.3
        slowest = 50
        drifts = seed % 2 == 0
        faults += [.killCoordinator, .killCoordinator, .killCoordinator, .transientNaN, .losePower]
        faults += [.freezeCoordinator, .secondCoordinator, .killWorker, .blindCoordinator]
    }
}
