import Formats
import Host
import Keys
import Messaging
import Reporting
import SearchProtocol
import Wire

/// A worker's two connections: dialled, watched while they stand, and what goes over them.
extension WorkerProcess {
    /// Once for each name: it may get its address while this worker dials.
    func tellUnknownNames() {
        for (place, failure) in dialled.map(\.failure).enumerated() {
            guard let failure, namesTold.insert(place).inserted else { continue }
            warn(LogLine(.nameUnknown, "\(failure); dialling all the same", level: .warning))
        }
    }

    func watchLinks() {
        tellUnknownNames()
        let now = Clock.monotonic()
        for channel in Channel.allCases {
            let isRestored = links.note(channel, isConnected: sockets[channel]?.isConnected ?? false, at: now)
            if isRestored, channel == .bulk || instance.phase == .greeting { handle(.connectionRestored, now) }
        }
        if ending == nil, links.isLost(at: now) {
            _ = hasMoved()
            try? dial()
            handle(.connectionsReplaced, now)
        }
    }

    func dial() throws {
        dialledSince = Clock.monotonic()
        links.dialled(at: dialledSince)
        guard !dialled.isEmpty else { return }
        for channel in Channel.allCases {
            let socket = try DealerSocket(context, keys: options.keys?.client)
            try socket.connect(dialled[endpointIndex % dialled.count])
            sockets[channel] = socket
        }
    }

    /// What was found out of other endpoints says nothing of these.
    func forgetDialled() {
        dialled = endpoints.map { DialledEndpoint($0) }
        endpointIndex = 0
        namesTold = []
        watch = RefusalWatch(options.keys)
    }

    /// Ends, or tells, where the coordinator does not let this worker in.
    func watchHandshakes() {
        for channel in Channel.allCases {
            guard let handshakes = sockets[channel]?.handshakes() else { continue }
            let place = endpointIndex % endpoints.count
            switch watch.take(handshakes, at: endpoints[place], place: place) {
            case nil: break
            case .suspected(let refusal):
                warn(LogLine(.admissionDoubted, "\(refusal.sentence); still dialling"))
            case .refused(let refusal) where watch.count < endpoints.count:
                warn(LogLine(.nextEndpoint, "\(refusal.sentence); trying the next address"))
                endpointIndex += 1
                try? dial()
                return
            case .refused(let refusal): self.refusal = refusal
            }
        }
    }

    func pass(_ delivery: ChaosLink.Delivery) {
        guard chaos != nil else { return arrive(delivery) }
        for delivery in chaos?.pass(delivery, at: Clock.monotonic()) ?? [] { arrive(delivery) }
    }

    func arrive(_ delivery: ChaosLink.Delivery) {
        switch delivery {
        case .out(let envelope, let channel): send(envelope, channel)
        case .incoming(let envelope, let channel):
            if ending == nil { handle(.received(envelope, over: channel), Clock.monotonic()) }
        }
    }

    /// What cannot be sent now is lost; whoever misses it asks again.
    private func send(_ envelope: Envelope, _ channel: Channel) {
        let message = envelope.encoded()
        let block = message.block.map { block in block.withUnsafeBytes { OutgoingBlock($0, keptBy: block.keeper) } }
        _ = try? sockets[channel]?.send(message.frame, block: block)
    }

    func sendPiece(_ blob: BlobReference, _ index: Int, _ head: EnvelopeHead) {
        let piece = held[blob]?.piece(index)
        pass(.out(head.envelope(piece.map(Message.piece) ?? .blobMissing(blob.digest)), .bulk))
    }
}
