import Formats
import SearchProtocol
import Wire

extension SimulatedWorld {
    static let checkpoints = "checkpoints"
    static let journalName = "journal"

    // MARK: Starting

    /// Somebody runs `snas coordinator` or `snas resume`.
    ///
    /// - Parameters:
    ///   - endpoint: where it listens; a new one where that is nil, or taken by a process that is frozen.
    ///   - retries: whether it is tried again where the run cannot be taken over yet.
    func start(endpoint: Int?, retries: Bool) {
        let isRun = coordinators.values.contains { $0.generation == generation && !$0.isPaused }
        if isRun, retries { return }
        let sighting = lease.map { lease in
            LeaseSighting(
                holder: "", age: now - lease.renewed, holderHasEnded: knownDead.contains(lease.process))
        }
        if LeaseRules.objection(to: sighting, settings: settings) != nil {
            count("a takeover was refused")
            if retries { queue.schedule(.start(endpoint: endpoint, retries: true), at: now + .seconds(1)) }
            return
        }
        if let lease, coordinators[lease.process] != nil, now - lease.renewed < LeaseRules.term {
            violate("generation \(generation) was replaced while its lease was young")
        }
        if generation > 0 { count("a takeover") }
        generation += 1
        processes += 1
        lease = (processes, now)
        let (search, journal, standing) = readDisk()
        var listening = endpoint ?? endpoints.count
        if listening < endpoints.count, coordinators[endpoints[listening]] != nil { listening = endpoints.count }
        if listening == endpoints.count { endpoints.append(processes) } else { endpoints[listening] = processes }
        let recomputes = journal.steps.contains(search.step + 1) && climate.curse?.step != search.step
        let drifts = climate.drifts && recomputes && !hasDrifted
        if drifts { hasDrifted = true }
        let coordinator = SimulatedCoordinator(
            process: processes, generation: generation, endpoint: listening,
            instance: CoordinatorInstance(
                settings: settings, run: RunIdentity(high: 1, low: 2), generation: generation, welcome: welcome,
                checkpoints: standing), search: search, journal: journal.journal, drifts: drifts, at: now)
        coordinators[processes] = coordinator
        openRound(coordinator)
    }

    /// The newest checkpoint that is whole, what the journal says, and every checkpoint that stands.
    private func readDisk() -> (SimulatedSearch, (journal: StepJournal, steps: Set<Int>), [CheckpointMark]) {
        for name in disk.list(Self.checkpoints) where name.hasPrefix(".tmp-") {
            _ = disk.perform(.removeTree("\(Self.checkpoints)/\(name)"))
        }
        var newest: SimulatedSearch?
        var marks: [CheckpointMark] = []
        for name in disk.list(Self.checkpoints).reversed() {
            let bytes = disk.read("\(Self.checkpoints)/\(name)/state") ?? []
            guard let state = SimulatedSearch(bytes: bytes, climate.method, curse: climate.curse) else {
                count("a damaged checkpoint was passed over")
                continue
            }
            if newest == nil { newest = state }
            marks.append(CheckpointMark(name: name))
            if !state.weights.allSatisfy(\.isFinite) { violate("checkpoint \(name) is not finite") }
            if !hasDrifted, !reference.contains(state) { violate("checkpoint \(name) holds another state") }
        }
        let search = newest ?? SimulatedSearch(climate.method, curse: climate.curse)
        if search.step + search.evaluations < safest { violate("a checkpoint that was safe is gone") }
        var journal = StepJournal(settings: settings)
        var steps: Set<Int> = []
        let text = String(decoding: disk.read(Self.journalName) ?? [], as: UTF8.self)
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count == 2, let step = Int(words[0]), words[1].count == 32 else { continue }
            journal.remember(step: step, digest: String(words[1]))
            steps.insert(step)
        }
        return (search, (journal, steps), marks)
    }

    // MARK: The shell

    func deliver(_ event: CoordinatorEvent, to coordinator: SimulatedCoordinator) {
        obey(coordinator.instance.handle(event, at: now), coordinator)
    }

    func look(_ coordinator: SimulatedCoordinator) {
        if coordinator.isBlind {
            count("a coordinator could not look")
            deliver(.leaseUnreadable(reason: "stale"), to: coordinator)
        } else if coordinator.generation < generation {
            deliver(.superseded(by: generation), to: coordinator)
        } else {
            lease = (coordinator.process, now)
            deliver(.leaseKept, to: coordinator)
        }
    }

    private func obey(_ directives: [CoordinatorDirective], _ coordinator: SimulatedCoordinator) {
        for directive in directives {
            switch directive {
            case .renewLease, .endSuperseded, .endBlind, .note: break
            default:
                if coordinator.generation < generation {
                    violate("generation \(coordinator.generation) acts, but \(generation) stands: \(directive)")
                }
            }
            perform(directive, coordinator)
        }
    }

    private func perform(_ directive: CoordinatorDirective, _ coordinator: SimulatedCoordinator) {
        switch directive {
        case .send(let envelope, let peer): reply(envelope, to: peer, from: coordinator)
        case .sendPiece(let blob, let index, let head, let peer):
            let weights = Blob(floats: coordinator.search.roundWeights, pieceBytes: settings.pieceBytes)
            let held = [Blob(ByteView(data), pieceBytes: settings.pieceBytes), weights].first { $0.reference == blob }
            guard let piece = held?.piece(index) else {
                return reply(head.envelope(.blobMissing(blob.digest)), to: peer, from: coordinator)
            }
            reply(head.envelope(.piece(piece)), to: peer, from: coordinator)
        case .roundFilled(let result):
            if result.job.mixing.leavesOut { count("a round of parts") }
            let digest = coordinator.search.absorb(result, drift: coordinator.drifts)
            advance(coordinator, digest)
        case .roundSkipped(let skip):
            if climate.curse?.step != Int(skip.job.step) { violate("step \(skip.job.step) was skipped for nothing") }
            count("a step was skipped")
            advance(coordinator, coordinator.search.skip())
        case .perform(let action):
            let isDone = !coordinator.isBlind && disk.perform(action)
            let answer = Event.fileAnswer(process: coordinator.process, isDone: isDone)
            queue.schedule(answer, at: now + random.milliseconds(0...15))
        case .persisted(let name):
            guard name.hasPrefix("step-") else { return }
            let bytes = disk.read("\(Self.checkpoints)/\(name)/state") ?? []
            if let state = SimulatedSearch(bytes: bytes, climate.method, curse: climate.curse) {
                safest = max(safest, state.step + state.evaluations)
            } else {
                violate("a checkpoint was called safe that is damaged")
            }
        case .renewLease: queue.schedule(.leaseLook(process: coordinator.process), at: now)
        case .endSuperseded:
            count("an old generation ended")
            coordinators[coordinator.process] = nil
        case .endBlind: violate("gave up looking")
        case .waitedTooLong: violate("gave up waiting")
        case .kindFixed, .tellStatus: break
        case .note(let note): hear(note)
        }
    }

    private func hear(_ note: CoordinatorNote) {
        switch note {
        case .workerRefused(let label, let reason):
            let number = Int(label.split(separator: "/").last ?? "") ?? -1
            guard isAccused(number) else { return violate("worker \(label) was put out: \(reason)") }
            count("a liar was put out")
        case .notFinite: count("something was not finite")
        case .workerLate(let late):
            lateNotes.append(late)
            count("a worker was late")
        case .workerLost: count("a worker was lost")
        case .workerReady: count("a worker was ready")
        case .persistenceFailed: count("a write failed")
        case .unreadable: count("a flipped bit was noticed")
        case .contributionRejected(_, let reason): violate("an honest answer was rejected: \(reason)")
        default: break
        }
    }

    // MARK: The session

    /// A step is applied once, to the bits of the reference; then comes the next round.
    private func advance(_ coordinator: SimulatedCoordinator, _ digest: String?) {
        let search = coordinator.search
        let place = search.step + search.evaluations
        guard search.staged == nil else {
            count("a step was entered")
            if search.committed != reference[place] { violate("step \(search.step) was begun from another state") }
            return openRound(coordinator)
        }
        if let digest {
            switch coordinator.journal.record(step: search.step, digest: digest) {
            case .new:
                let line = PersistedFile(name: Self.journalName, bytes: Array("\(search.step) \(digest)\n".utf8))
                deliver(
                    .persist(PersistenceRequest(kind: .journal, name: "line", files: [line])), to: coordinator)
            case .same: break
            case .differs:
                if !coordinator.drifts { violate("the journal differs at step \(search.step)") }
                ending = .journalDiffers(step: search.step)
                return
            }
        }
        if place >= reference.count || search != reference[place] {
            return violate("step \(search.step), evaluation \(search.evaluations): another state than the reference's")
        }
        if now >= coordinator.nextCheckpoint {
            coordinator.nextCheckpoint = now + .milliseconds(700)
            let digits = String(place)
            let mark = CheckpointMark(name: "step-" + String(repeating: "0", count: 4 - digits.count) + digits)
            let state = PersistedFile(name: "state", bytes: search.bytes)
            deliver(
                .persist(
                    PersistenceRequest(
                        checkpoint: mark, keep: CheckpointRetention(newest: 2, epochs: 0), files: [state])),
                to: coordinator)
        }
        openRound(coordinator)
    }

    private func openRound(_ coordinator: SimulatedCoordinator) {
        guard let round = coordinator.search.nextRound else {
            ending = .finished
            return
        }
        deliver(.openRound(round), to: coordinator)
    }
}
