import Formats
import SearchProtocol
import Testing
import Wire

/// The last word of a run reaches those who are there, and those who are back in a moment.
@Suite
struct FarewellTests {
    private static let run = RunIdentity(high: 1, low: 2)
    private static let control = Peer([1])
    private static let bulk = Peer([2])
    private static let worker = WorkerIdentity(high: 5, low: 5)

    /// A coordinator with one worker, as the shell drives it: its lease is its own.
    private struct Driven {
        var instance: CoordinatorInstance
        var now: Duration = .zero

        init() {
            let data = Blob(ByteView([1]), pieceBytes: 4096).reference
            instance = CoordinatorInstance(
                settings: ProtocolSettings(), run: FarewellTests.run, generation: 1,
                welcome: Welcome(
                    configuration: "", dataDigest: [1], data: data, layoutDigest: Digest128(high: 1, low: 1),
                    pieceBytes: 4096))
        }

        mutating func handle(_ event: CoordinatorEvent) -> [CoordinatorDirective] {
            var out = instance.handle(event, at: now)
            while let place = out.firstIndex(of: .renewLease) {
                out.remove(at: place)
                out += instance.handle(.leaseKept, at: now)
            }
            return out
        }

        /// Whom the last word goes to.
        mutating func stops(_ event: CoordinatorEvent) -> [Peer] {
            handle(event).compactMap { directive in
                if case .send(let envelope, let peer) = directive, case .stop = envelope.message { peer } else { nil }
            }
        }

        mutating func greet(_ channel: Channel, _ peer: Peer) -> CoordinatorEvent {
            let greeting = Greeting(
                worker: FarewellTests.worker, channel: channel, hostName: "host", processIdentifier: 9, threads: 1,
                processor: "", software: "", device: "")
            return .received(Envelope(run: .unknown, generation: 0, message: .hello(greeting)), from: peer)
        }

        mutating func join() {
            _ = handle(greet(.control, FarewellTests.control))
            _ = handle(greet(.bulk, FarewellTests.bulk))
        }
    }

    private static func says(_ message: Message, _ peer: Peer = control) -> CoordinatorEvent {
        .received(Envelope(run: run, generation: 1, message: message), from: peer)
    }

    private static let beat = Message.progress(Progress(phase: .idle, shardsFinished: 0, bytesReceived: 0))

    @Test("A worker that leaves at the last word is not waited for any longer; without any worker nobody is")
    func heard() {
        var alone = Driven()
        #expect(alone.stops(.stop(reason: "over")).isEmpty && !alone.instance.isSayingFarewell)
        var driven = Driven()
        driven.join()
        #expect(driven.stops(.stop(reason: "over")) == [Self.control] && driven.instance.isSayingFarewell)
        #expect(driven.handle(Self.says(.leaving(reason: "over"))).isEmpty, "nothing is said of it")
        #expect(!driven.instance.isSayingFarewell)
    }

    @Test("A worker that missed the last word hears it again at its next beat, over its old connection or a new one")
    func repeated() {
        var driven = Driven()
        driven.join()
        _ = driven.handle(.stop(reason: "over"))
        driven.now = .seconds(1)
        #expect(driven.stops(Self.says(Self.beat)) == [Self.control])
        #expect(driven.stops(Self.says(Self.beat, Peer([7]))) == [Peer([7])], "nobody knows it by this connection")
        #expect(driven.instance.isSayingFarewell, "it has not answered")
        #expect(driven.stops(driven.greet(.control, Peer([8]))) == [Peer([8])])
        #expect(!driven.instance.isSayingFarewell, "it is told over a connection that stands")
    }

    @Test(
        "A worker lost a moment before the end is waited for, one lost long before is not, and neither beyond the limit"
    )
    func lost() {
        let limit = ProtocolSettings().farewellLimit
        for (wait, isMissed) in [(limit / 2, true), (limit * 2, false)] {
            var driven = Driven()
            driven.join()
            _ = driven.handle(.unreachable(Self.control))
            driven.now += wait
            _ = driven.handle(.stop(reason: "over"))
            #expect(driven.instance.isSayingFarewell == isMissed)
            driven.now += limit
            _ = driven.handle(.tick)
            #expect(!driven.instance.isSayingFarewell)
        }
    }

    @Test("Whoever says nothing is named when the limit has passed")
    func silent() {
        var driven = Driven()
        driven.join()
        _ = driven.handle(.stop(reason: "over"))
        #expect(driven.instance.wakeTime <= ProtocolSettings().farewellLimit)
        driven.now = ProtocolSettings().farewellLimit
        let notes = driven.handle(.tick)
        let expected = CoordinatorNote.workerLost(
            "host/9", reason: "it did not hear that this is the end", shardsGivenOn: 0)
        #expect(notes.contains(.note(expected)), "\(notes)")
        #expect(!driven.instance.isSayingFarewell)
    }

    @Test(
        "A worker whose connections were replaced greets anew at once, and ends by its own limit, with the run's name")
    func away() {
        let greeting = Greeting(
            worker: Self.worker, channel: .control, hostName: "host", processIdentifier: 9, threads: 1, processor: "",
            software: "", device: "")
        var settings = ProtocolSettings()
        settings.connectLimit = .seconds(10)
        var instance = WorkerInstance(settings: settings, greeting: greeting, at: .zero)
        let welcome = Welcome(
            configuration: "", dataDigest: [1], data: Blob(ByteView([1]), pieceBytes: 4096).reference,
            layoutDigest: Digest128(high: 1, low: 1), pieceBytes: 4096)
        for channel in Channel.allCases {
            let envelope = Envelope(run: Self.run, generation: 1, message: .welcome(welcome))
            _ = instance.handle(.received(envelope, over: channel), at: .seconds(1))
        }
        #expect(instance.phase == .preparing)
        _ = instance.handle(.connectionsReplaced, at: .seconds(5))
        #expect(instance.phase == .greeting)
        #expect(instance.handle(.tick, at: .seconds(14.9)).allSatisfy { if case .finish = $0 { false } else { true } })
        let out = instance.handle(.tick, at: .seconds(15))
        #expect(out.contains(.finish(.coordinatorUnreachable(after: .seconds(10), of: Self.run))), "\(out)")
    }

    @Test("A worker beats, and gives a silent coordinator up, at the pace that its welcome names")
    func pace() throws {
        let greeting = Greeting(
            worker: Self.worker, channel: .control, hostName: "host", processIdentifier: 9, threads: 1, processor: "",
            software: "", device: "")
        var instance = WorkerInstance(settings: ProtocolSettings(), greeting: greeting, at: .zero)
        let welcome = Welcome(
            configuration: "", dataDigest: [1], data: Blob(ByteView([1]), pieceBytes: 4096).reference,
            layoutDigest: Digest128(high: 1, low: 1), pieceBytes: 4096,
            pace: try #require(Pace(beatMilliseconds: 100, silenceMilliseconds: 500)))
        for channel in Channel.allCases {
            let envelope = Envelope(run: Self.run, generation: 1, message: .welcome(welcome))
            _ = instance.handle(.received(envelope, over: channel), at: .seconds(1))
        }
        func beats(_ out: [WorkerDirective]) -> Bool {
            out.contains {
                if case .send(let sent, .control) = $0, case .progress = sent.message { true } else { false }
            }
        }
        #expect(!beats(instance.handle(.tick, at: .milliseconds(1099))))
        #expect(beats(instance.handle(.tick, at: .milliseconds(1100))))
        _ = instance.handle(.tick, at: .milliseconds(1500))
        #expect(instance.phase == .preparing)
        _ = instance.handle(.tick, at: .milliseconds(1501))
        #expect(instance.phase == .greeting)
    }

    @Test("Where the run is to go on under another coordinator that is the last word, at each repetition too")
    func paused() {
        var driven = Driven()
        driven.join()
        for event in [.pause(reason: "asked to"), Self.says(Self.beat), driven.greet(.control, Peer([8]))] {
            let messages = driven.handle(event).compactMap { directive -> Message? in
                if case .send(let envelope, _) = directive { envelope.message } else { nil }
            }
            #expect(messages.filter { $0 != .beat } == [.pause(reason: "asked to")], "\(event): \(messages)")
        }
    }

    @Test(
        "A worker answers the last word by leaving, and ends as one whose run is over, or only waits for another coordinator",
        arguments: [
            (Message.stop(reason: "over"), WorkerEnding.runOver(reason: "over")),
            (.pause(reason: "over"), .paused(reason: "over")),
        ])
    func answered(word: Message, ending: WorkerEnding) {
        let greeting = Greeting(
            worker: Self.worker, channel: .control, hostName: "host", processIdentifier: 9, threads: 1, processor: "",
            software: "", device: "")
        var instance = WorkerInstance(settings: ProtocolSettings(), greeting: greeting, at: .zero)
        let welcome = Welcome(
            configuration: "", dataDigest: [1], data: Blob(ByteView([1]), pieceBytes: 4096).reference,
            layoutDigest: Digest128(high: 1, low: 1), pieceBytes: 4096)
        func hear(_ message: Message, _ channel: Channel) -> [WorkerDirective] {
            instance.handle(
                .received(Envelope(run: Self.run, generation: 1, message: message), over: channel), at: .seconds(1))
        }
        for channel in Channel.allCases { _ = hear(.welcome(welcome), channel) }
        let out = hear(word, .control)
        let leaving = Envelope(run: Self.run, generation: 1, message: .leaving(reason: "over"))
        #expect(out.first == .send(leaving, .control), "\(out)")
        #expect(out.last == .finish(ending), "\(out)")
    }
}
