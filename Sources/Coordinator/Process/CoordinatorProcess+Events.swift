import Configuration
import Formats
import Host
import Launching
import Messaging
import Reporting
import RunStore
import SearchProtocol
import Wire

/// What comes in from sockets, disk, children and signals, as events for the instance.
extension CoordinatorProcess {
    func receive(_ ready: Poller.Ready) throws {
        // What somebody said last is read before it is told that nobody is there: libzmq refuses to send to a connection that has
        // ended while messages of it still wait.
        let gone = unreached
        unreached = []
        var frames = 0
        let isReadable = ready.messages(router) || !gone.isEmpty
        while isReadable, frames < Self.framesATurn, let (peer, message) = router.receive() {
            frames += 1
            let sender = Peer(peer.bytes)
            do {
                let block = message.block.map { ByteView($0.bytes, keptBy: $0) }
                let frame = ByteView(message.frame.bytes, keptBy: message.frame)
                events.append(.received(try Envelope.decode(frame, block: block), from: sender))
                router.judge(message, isReadable: true)
            } catch {
                router.judge(message, isReadable: false)
                events.append(.receivedUnreadable(from: sender, reason: "\(error)"))
            }
            try handleEvents()
        }
        let isDrained = frames < Self.framesATurn
        try guardPort(isDrained: isDrained, hasChanges: ready.closings(router))
        if isDrained { events += gone.map(CoordinatorEvent.unreachable) } else { unreached += gone }
        if ready.closings(router), router.closings() > 0 { events.append(.connectionClosed) }
        let failures = ready.closings(router) ? router.handshakes().failures : []
        for line in admissionNotes.lines(failures, router.denied(), at: Clock.monotonic()) { reporter.say(line) }
        if ready.descriptor(files.fileDescriptor) { for outcome in files.takeOutcomes() { take(outcome) } }
        lookAfterWorkers(ready)
        try heedSignals(ready)
        events.append(.tick)
    }

    func take(_ outcome: FileThread.Outcome) {
        switch outcome {
        case .done: events.append(.fileDone)
        case .failed(let reason): events.append(.fileFailed(reason: reason))
        }
    }

    /// A disk that falls far behind is waited for, so that what is not safe yet stays bounded; not while the instance holds
    /// back, perhaps, what the disk is to do next.
    func waitForDisk() throws {
        while !instance.isHolding, instance.requestsNotSafe > Self.requestsNotSafeLimit,
            let outcome = files.waitForOutcome()
        {
            take(outcome)
            try handleEvents()
        }
    }

    /// At the end they leave while the last checkpoint is still being written.
    func lookAfterWorkers(_ ready: Poller.Ready) {
        guard let workers, !isOver, stopSignal == nil else { return }
        let now = Clock.monotonic()
        guard now >= nextLookAtWorkers || workers.descriptors.contains(where: ready.descriptor) else { return }
        nextLookAtWorkers = now + Self.workersInterval
        let look = workers.look(members: Set(instance.roster.members.keys), at: now)
        for note in look.notes { reporter.say(note) }
        if let ending = look.ending { end(.workersEnded(ending)) }
    }

    /// The first signal lets the step that is being computed come to its end; an urgent one after it stops at once.
    ///
    /// - Throws: `UserError` at the second.
    func heedSignals(_ ready: Poller.Ready) throws {
        if ready.descriptor(signals.fileDescriptor), let signal = signals.next() {
            if signal == StopSignals.checkpoint { return makeAskedCheckpoint(signal) }
            let now = Clock.monotonic()
            if let first = stopSignal {
                // Those who signal a process and then its group, as `timeout` and batch systems do, mean one.
                if now - first.at > Self.sameSignal, StopSignals.isUrgent(signal) {
                    throw EarlyEnding.secondSignal(signal, session.howToGoOn)
                }
            } else {
                stopSignal = (signal, now)
                manager?.stopping("signal \(signal): finishing step \(session.step)", at: now)
                if !isOver, instance.readyWorkers > 0 {
                    reporter.say(
                        LogLine(
                            .signal, "signal \(signal): finishing step \(session.step); a second one stops at once",
                            ["signal": .integer(Int(signal))]))
                }
            }
        }
        guard let stopSignal, !isOver else { return }
        let patience = Duration.seconds(session.configuration.cluster.drainLimitSeconds)
        if instance.readyWorkers == 0 || Clock.monotonic() - stopSignal.at >= patience {
            end(.signal(stopSignal.number))
        }
    }

    /// The state as the last whole step left it is made safe, once for each step, and the run goes on.
    private func makeAskedCheckpoint(_ signal: Int32) {
        guard !isOver, askedCheckpointStep != session.step else { return }
        askedCheckpointStep = session.step
        let what =
            persistCheckpoint()
            ? "a checkpoint of step \(session.step) is being written" : "there is nothing to make safe"
        reporter.say(
            LogLine(
                .signal, "signal \(signal): \(what), and the run goes on",
                ["signal": .integer(Int(signal))]))
    }

    func guardPort(isDrained: Bool, hasChanges: Bool) throws {
        let now = Clock.monotonic()
        guard hasChanges || portGuard.isDue(at: now) else { return }
        for line in portGuard.look(router, isDrained: isDrained, at: now) { reporter.say(line) }
        if let (fresh, news) = try portGuard.reopened(router, at: now) {
            router = fresh
            reporter.say(news)
            events.append(.connectionClosed)
        }
        if now >= nextDropText { sayDrops(atEnd: false) }
    }

    /// What was dropped goes to log and metrics, as long as there is more of it than before.
    func sayDrops(atEnd: Bool) {
        nextDropText = Clock.monotonic() + DropText.interval
        let counts = instance.drops
        guard counts != droppedBefore || atEnd, let line = DropText.line(counts) else { return }
        droppedBefore = counts
        reporter.drops(line, DropText.metrics(counts, step: session.step))
    }

    /// Keeps what is done and lets the workers go.
    func end(_ ending: EarlyEnding) {
        earlyEnding = ending
        isOver = true
        manager?.stopping(ending.sentence, at: Clock.monotonic())
        if case .fault = ending {} else { persistCheckpoint() }
        // Before the workers' last word: those that it does not reach look there.
        if let warning = rendezvous?.tell(ending.standing) { reporter.say(warning) }
        events.append(ending.lastWord)
    }

    func handleEvents() throws {
        while !events.isEmpty {
            let event = events.removeFirst()
            for directive in instance.handle(event, at: Clock.monotonic()) { try perform(directive) }
        }
    }
}
