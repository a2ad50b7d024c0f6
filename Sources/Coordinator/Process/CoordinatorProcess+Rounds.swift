import Configuration
import Host
import RunStore
import SearchProtocol
import Training
import Wire

/// The session's side: what becomes of a round, what is made safe, which round is next.
extension CoordinatorProcess {
    /// What is to be saved is saved when the next round is open: workers do not wait for the disk.
    func absorb(_ take: (inout any RunSession, Int, Double) -> RoundOutcome) throws {
        let seconds = (Clock.monotonic() - roundOpenedAt).seconds
        let before = session.step
        let outcome = take(&session, instance.readyWorkers, seconds)
        for event in outcome.events { reporter.take(event) }
        // Nothing of this step is kept, and workers need not look for a coordinator that would say the same again.
        if let fault = outcome.fault { return end(.fault(fault)) }
        var requests = outcome.requests
        if session.step != before { try stepped(&requests) }
        if !isOver {
            if let stopSignal, !session.isInsideStep {
                end(.signal(stopSignal.number))
            } else {
                try openNextRound()
            }
        }
        events += requests.map(CoordinatorEvent.persist)
    }

    private func stepped(_ requests: inout [PersistenceRequest]) throws {
        try afterStep?()
        guard Clock.monotonic() >= nextCheckpoint else { return }
        if let request = session.checkpoint() { requests.append(request) }
        nextCheckpoint = Clock.monotonic() + .seconds(session.configuration.run.checkpointIntervalSeconds)
    }

    func renewLease() {
        let event: CoordinatorEvent
        do {
            let newer = try session.directory.lease?.renew(generation: session.directory.generation)
            event = newer.map(CoordinatorEvent.superseded(by:)) ?? .leaseKept
        } catch {
            event = .leaseUnreadable(reason: error.userSentence)
        }
        // Before anything else: what waits for this waits no longer.
        events.insert(event, at: 0)
    }

    /// - Returns: false where the session has nothing that could be lost.
    @discardableResult
    func persistCheckpoint() -> Bool {
        guard let request = session.checkpoint() else { return false }
        events.append(.persist(request))
        return true
    }

    func openNextRound() throws {
        guard let planned = session.nextRound() else {
            isOver = true
            place = nil
            persistCheckpoint()
            events.append(.stop(reason: "the run is over"))
            return
        }
        let weights = weights(of: planned)
        let statistics = planned.statistics.map { Blob(floats: $0, pieceBytes: instance.pieceBytes) }
        blobs = [:]
        for blob in [data, weights, statistics] { if let blob { blobs[blob.reference] = blob } }
        roundOpenedAt = Clock.monotonic()
        place = planned.place
        events.append(
            .openRound(
                RoundRequest(
                    job: planned.job, weights: weights.reference, statistics: statistics?.reference,
                    payloadCount: planned.payloadCount, parts: planned.parts,
                    groupShards: planned.job.groupShards(in: session.configuration))))
    }

    private func weights(of planned: PlannedRound) -> Blob {
        switch planned.weights {
        case .current: currentWeights()
        case .trial(let weights): Blob(floats: weights, pieceBytes: instance.pieceBytes)
        }
    }

    /// Several rounds may read the same weights, as those of an evaluation do: their bytes are made once, as long as no round with
    /// trial weights has taken their place among the blobs.
    private func currentWeights() -> Blob {
        let step = session.step
        if let weights, weights.step == step, let blob = blobs[weights.blob] { return blob }
        let blob = Blob(floats: session.weights, pieceBytes: instance.pieceBytes)
        weights = (step, blob.reference)
        return blob
    }
}
