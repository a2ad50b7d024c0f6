package import Formats
import Host
package import Keys
package import Messaging
import SearchProtocol
import Wire

/// Asks a live coordinator over its own port how the run stands and how fast the link to it is. Takes no part in the search.
package final class CoordinatorInquiry {
    private let dialled: DialledEndpoint
    private let socket: DealerSocket
    private var watch: RefusalWatch

    /// How long an answer may take, connecting included.
    static let patience: Duration = .seconds(10)
    /// Until a question is asked again: the first is lost whenever the connection is not up yet.
    private static let repetition: Duration = .milliseconds(200)

    /// - Throws: `MessagingError`; `UserError` (unavailable) for a host that has no address.
    package init(_ endpoint: Endpoint, keys: WorkerKeys?) throws {
        if let failure = NameLookup.failure(of: endpoint) { throw UserError(.unavailable, failure) }
        dialled = DialledEndpoint(endpoint)
        watch = RefusalWatch(keys, caller: "this command")
        socket = try DealerSocket(try MessagingContext(), keys: keys?.client)
        try socket.connect(dialled)
    }

    private var endpoint: Endpoint { dialled.endpoint }

    /// The document that the coordinator writes into its `status.json`.
    ///
    /// - Throws: `UserError`: unavailable where nobody answers, as `RefusalWatch` says where this caller is not let in, data for
    ///   what is no status.
    package func status() throws -> JSONValue {
        try ask(.statusWanted, repeating: true)
        let document = try answer(repeating: .statusWanted) { message -> String? in
            if case .status(let document) = message { document } else { nil }
        }
        do { return try JSONValue.parse(Array(document.utf8), source: "\(endpoint)") } catch {
            throw UserError(.data, "\(error)")
        }
    }

    /// Round trips of empty echoes, then full ones in either direction.
    ///
    /// - Throws: as `status`.
    package func link() throws -> LinkSpeed {
        let empty = EchoWanted(answerBytes: 1, filler: [])
        _ = try echo(empty, count: 1, repeating: true)
        let trips = try (0..<LinkSpeed.trips).map { _ in try echo(empty, count: 1) }.sorted()
        let trip = trips[trips.count / 2]
        let filler = [UInt8](repeating: 0x5A, count: WireLimits.echoBytes)
        let down = try rate(EchoWanted(answerBytes: WireLimits.echoBytes, filler: []), trip)
        let up = try rate(EchoWanted(answerBytes: 1, filler: filler), trip)
        return LinkSpeed(roundTrip: trip, downBytesPerSecond: down, upBytesPerSecond: up)
    }

    /// One, and where that took no time to speak of several at once, the best of a few times.
    private func rate(_ wanted: EchoWanted, _ trip: Duration) throws -> Double {
        func speed(_ count: Int, _ time: Duration) -> Double {
            Double(count * WireLimits.echoBytes) / max((time - trip).seconds, time.seconds / 10)
        }
        let first = try echo(wanted, count: 1)
        guard first < LinkSpeed.slowEcho else { return speed(1, first) }
        let times = try (0..<LinkSpeed.repetitions).map { _ in try echo(wanted, count: LinkSpeed.echoesAtOnce) }
        return speed(LinkSpeed.echoesAtOnce, times.min() ?? first)
    }

    private func echo(_ wanted: EchoWanted, count: Int, repeating: Bool = false) throws -> Duration {
        let start = Clock.monotonic()
        for _ in 0..<count { try ask(.echoWanted(wanted), repeating: repeating) }
        for _ in 0..<count {
            _ = try answer(repeating: repeating ? .echoWanted(wanted) : nil) { message -> Bool? in
                if case .piece = message { true } else { nil }
            }
        }
        return Clock.monotonic() - start
    }

    // MARK: Questions and answers

    /// - Parameter repeating: whether it may be lost, because it is asked again.
    private func ask(_ question: Message, repeating: Bool) throws {
        let envelope = Envelope(run: RunIdentity(high: 0, low: 0), generation: 0, message: question)
        let outcome = try socket.send(envelope.encoded().frame)
        guard outcome == .sent || repeating else {
            throw UserError(.unavailable, "\(endpoint) takes no more questions")
        }
    }

    private func answer<Value>(repeating question: Message?, _ take: (Message) -> Value?) throws -> Value {
        let start = Clock.monotonic()
        var asked = start
        while true {
            Poller.wait(sockets: [socket], fileDescriptors: [], timeout: Self.repetition)
            while let message = socket.receive() {
                let block = message.block.map { ByteView($0.bytes, keptBy: $0) }
                let envelope = try? Envelope.decode(ByteView(message.frame.bytes, keptBy: message.frame), block: block)
                if let value = (envelope?.message).flatMap(take) { return value }
            }
            switch watch.take(socket.handshakes(), at: endpoint, place: 0) {
            case .refused(let refusal), .suspected(let refusal): throw UserError(refusal.exitCode, refusal.sentence)
            case nil: break
            }
            let now = Clock.monotonic()
            guard now - start < Self.patience else {
                throw UserError(
                    .unavailable, "no coordinator answered at \(dialled.account) for \(Self.patience.seconds) s")
            }
            if let question, now - asked >= Self.repetition {
                asked = now
                try ask(question, repeating: true)
            }
        }
    }
}

/// What a link to the coordinator carries.
package struct LinkSpeed: Sendable {
    /// Of an empty echo, the median of a few.
    package let roundTrip: Duration
    /// From the coordinator: weights.
    package let downBytesPerSecond: Double
    /// To it: contributions.
    package let upBytesPerSecond: Double

    static let trips = 5
    static let echoesAtOnce = 8
    static let repetitions = 3
    /// An echo of half a megabyte that takes longer says enough by itself.
    static let slowEcho: Duration = .milliseconds(250)

    /// What fetching a step's weights and sending its contribution takes at this speed, with nobody else on the link.
    package func seconds(weightBytes: Double, contributionBytes: Double) -> Double {
        2 * roundTrip.seconds + weightBytes / downBytesPerSecond + contributionBytes / upBytesPerSecond
    }
}
