import Formats
import Optimization
import Wire

/// What comes from coordinators: which of them is believed, and how this worker becomes one of its own.
extension WorkerInstance {
    mutating func receive(
        _ envelope: Envelope, over channel: Channel, at now: Duration
    ) {
        if case .welcome(let welcome) = envelope.message {
            return welcomed(welcome, envelope, over: channel, at: now)
        }
        // A coordinator of an older generation was replaced: it decides nothing any more, not even with its last words.
        guard !isOutdated(envelope) else { return }
        if case .refused(let refusal) = envelope.message { return refused(refusal, at: now) }
        if case .stop(let reason) = envelope.message { return leave(.runOver(reason: reason), reason) }
        if case .pause(let reason) = envelope.message { return leave(.paused(reason: reason), reason) }
        // One of a newer generation will welcome this worker first.
        guard phase != .greeting, envelope.run == run,
            envelope.generation == generation || !settings.isOn(.workerGeneration)
        else { return }
        lastHeard = now
        switch envelope.message {
        case .roundOpened(let opening): roundOpened(envelope.round, opening, at: now)
        case .nodesAssigned(let assignment): nodesAssigned(envelope.round, assignment)
        case .nodeSettled: settle(envelope.round, envelope.node)
        case .roundClosed: roundClosed(envelope.round)
        case .piece(let piece): receive(piece, at: now)
        case .piecesWanted(let wanted): answer(wanted)
        case .blobMissing(let digest): blobMissing(digest)
        case .beat, .hello, .ready, .roundReceived, .progress, .nodeFinished, .leaving, .welcome, .refused, .stop,
            .pause, .status,
            .statusWanted, .echoWanted:
            break
        }
    }

    /// At the last word. It is answered, so that nobody waits for this worker to hear it.
    private mutating func leave(_ ending: WorkerEnding, _ reason: String) {
        if phase != .greeting { send(.leaving(reason: reason)) }
        end(ending)
    }

    private func isOutdated(_ envelope: Envelope) -> Bool {
        envelope.run == run && envelope.generation < generation && settings.isOn(.workerGeneration)
    }

    private mutating func welcomed(
        _ welcome: Welcome, _ envelope: Envelope, over channel: Channel, at now: Duration
    ) {
        lastHeard = now
        guard phase == .greeting, !isOutdated(envelope) else { return }
        // Each connection is welcomed by itself: until both are, what is sent over the other one would be dropped. Both must be
        // by the same coordinator: the one before it may still answer.
        if let first = greetedBy, first.run != envelope.run || first.generation != envelope.generation {
            let isOlder = first.run == envelope.run && envelope.generation < first.generation
            if isOlder, settings.isOn(.workerGeneration) { return }
            greetedChannels = []
        }
        greetedBy = (envelope.run, envelope.generation)
        greetedChannels.insert(channel)
        guard greetedChannels.count == Channel.allCases.count else { return }
        run = envelope.run
        generation = envelope.generation
        self.welcome = welcome
        settings.keep(welcome.pace)
        phase = .preparing
        nextBeat = now + settings.beatInterval
        note(.welcomed(run, generation: generation))
        if let preparedFor, preparedFor.welcome == welcome { return prepared(preparedFor.readiness) }
        directives.append(.prepare(welcome, data: nil))
    }

    mutating func prepared(_ readiness: Readiness) {
        guard phase == .preparing, let welcome else { return }
        preparedFor = (welcome, readiness)
        phase = .ready
        send(.ready(readiness))
        note(.ready)
    }

    private mutating func refused(_ refusal: Refusal, at now: Duration) {
        switch refusal.reason {
        case .unfit: end(.refused(sentence: refusal.sentence))
        case .unknown: if phase != .greeting { greetAgain(at: now, reason: refusal.sentence) }
        }
    }

    mutating func dataArrived() {
        guard let reception = data.take(), let welcome else { return }
        guard let bytes = reception.verifiedBytes() else {
            return end(.unfit(sentence: "the data set that came differs from the digest announced"))
        }
        phase = .preparing
        directives.append(.prepare(welcome, data: bytes))
    }
}
