import SearchProtocol
import Wire

extension SimulatedWorld {
    func strike(_ fault: Climate.Fault) {
        count("\(fault)")
        let worker = workers.values.filter { !$0.isPaused }.sorted { $0.number < $1.number }
            .randomElement(using: &random)
        let coordinator = coordinators.values.filter { !$0.isPaused }.max { $0.generation < $1.generation }
        switch fault {
        case .killWorker:
            if let worker { kill(worker) }
            addWorker()
        case .pauseWorker:
            guard let worker else { return }
            worker.isPaused = true
            queue.schedule(.wakeWorker(worker.number), at: now + random.milliseconds(200...9000))
        case .joinWorker: addWorker()
        case .slowWorker: if let worker, worker.slowness < 100 { worker.slowness *= 12 }
        case .cut, .oneWayCut:
            guard let worker else { return }
            if fault == .cut { isCut.insert(worker.number) } else { hearsNothing.insert(worker.number) }
            queue.schedule(.repair(fault), at: now + random.milliseconds(200...8000))
        case .killCoordinator: if let coordinator { kill(coordinator) }
        case .pauseCoordinator, .freezeCoordinator:
            guard let coordinator else { return }
            coordinator.isPaused = true
            let range = fault == .pauseCoordinator ? 100...4000 : 9000...25_000
            queue.schedule(.wakeCoordinator(coordinator.process), at: now + random.milliseconds(range))
            queue.schedule(.start(endpoint: nil, retries: true), at: now + random.milliseconds(500...2000))
        case .secondCoordinator: start(endpoint: nil, retries: false)
        case .losePower:
            guard let coordinator else { return }
            // Whoever sits on that machine, frozen or not, is gone too.
            for other in Array(coordinators.values) { coordinators[other.process] = nil }
            disk.losePower(&random)
            knownDead.insert(coordinator.process)
            queue.schedule(
                .start(endpoint: coordinator.endpoint, retries: true), at: now + random.milliseconds(500...3000))
        case .fullDisk:
            disk.isFull = true
            queue.schedule(.repair(fault), at: now + random.milliseconds(200...4000))
        case .blindCoordinator:
            // Its file server is away, for it alone; somebody else takes the run when its lease has grown old.
            guard let coordinator else { return }
            coordinator.isBlind = true
            queue.schedule(.sight(coordinator.process), at: now + random.milliseconds(200...25_000))
            queue.schedule(.start(endpoint: nil, retries: true), at: now + random.milliseconds(9000...14_000))
        case .transientNaN:
            // Two accidents in one shard are, to everybody, the truth.
            if !hasBroken { worker?.breaksNext = true }
            hasBroken = true
        case .corruptPiece: worker?.corruptsNext = true
        }
    }

    func repair(_ fault: Climate.Fault) {
        switch fault {
        case .fullDisk: disk.isFull = false
        case .cut: isCut = []
        case .oneWayCut: hearsNothing = []
        default: break
        }
    }

    private func kill(_ worker: SimulatedWorker) {
        workers[worker.number] = nil
        guard let coordinator = coordinators[endpoints[worker.endpoint]], random.chance(0.5) else { return }
        queue.schedule(.gone(peer(worker.number, .control), process: coordinator.process), at: now)
    }

    /// `kill -9`: what was written stays written.
    private func kill(_ coordinator: SimulatedCoordinator) {
        coordinators[coordinator.process] = nil
        if random.chance(0.7) { knownDead.insert(coordinator.process) }
        queue.schedule(
            .start(endpoint: coordinator.endpoint, retries: true), at: now + random.milliseconds(50...2000))
    }

    /// From now on nothing goes wrong any more, and the run must get done.
    func heal() {
        isHealed = true
        disk.isFull = false
        isCut = []
        hearsNothing = []
        for number in workers.keys.sorted() { queue.schedule(.wakeWorker(number), at: now) }
        for process in coordinators.keys.sorted() {
            queue.schedule(.wakeCoordinator(process), at: now)
            queue.schedule(.sight(process), at: now)
        }
        queue.schedule(.start(endpoint: nil, retries: true), at: now + .milliseconds(10))
        // Two honest ones agree, whoever else is there.
        for _ in 0..<(climate.auditShare > 0 ? 2 : 1) { addWorker() }
    }
}
