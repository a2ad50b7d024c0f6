import Formats
import Host
import TestSupport
import Testing
import Wire

#if canImport(Glibc)
    import Glibc
#endif

/// Ten thousand wrong messages over live connections, while an honest worker keeps stepping.
@Suite(.serialized)
struct LiveFuzzTests {
    private static let messages = 10_000
    /// Connections that stay open while others come.
    private static let openAtOnce = 16
    private static let messagesEach = 20
    /// One fewer than a connection is cut for: so every message of it is known to have been read.
    private static let unreadableEach = 2

    /// One connection: greets, lies, and asks for something that only this one asks for. The answer proves that all before it
    /// was read.
    ///
    /// - Returns: the connection, to be kept open; nil when the answer did not come.
    private static func lie(_ place: RawConnection.Place, _ mutator: inout Mutator, _ number: Int) throws
        -> MessageConnection?
    {
        let connection = try MessageConnection(place)
        let hello = MessageConnection.bytes(Liar.hello(&mutator))
        connection.send([hello])
        guard let head = connection.answer(where: { if case .welcome = $0.message { true } else { false } }),
            case .welcome(let welcome) = head.message
        else { return nil }
        var liar = Liar(mutator: mutator, head: head, welcome: welcome)
        var messages = (0..<messagesEach - unreadableEach).map { _ in liar.readable() }
        for _ in 0..<unreadableEach { messages.insert(liar.unreadable(), at: liar.mutator.below(messages.count)) }
        mutator = liar.mutator
        let nobodysBlob = Digest128(high: .max, low: UInt64(number))
        let question = Envelope(
            run: head.run, generation: head.generation,
            message: .piecesWanted(PiecesWanted(blob: nobodysBlob, indices: 0..<1)))
        connection.send(messages + [hello, MessageConnection.bytes(question)])
        let answer = connection.answer { $0.message == .blobMissing(nobodysBlob) }
        return answer == nil ? nil : connection
    }

    @Test(
        "Ten thousand wrong messages over live connections change no bit: no crash, no growth, and the worker keeps stepping"
    )
    func messages() throws {
        let words = ["--every_epochs", "100000", "--networks", "derived"]
        let search = try PortSearch(words) { _ in "tcp://127.0.0.1:*" }
        let seed = CrashNote.seeds(1)[0]
        var mutator = Mutator(seed: seed)
        var open: [MessageConnection] = []
        var read = 0
        while read < Self.messages {
            guard let connection = try Self.lie(search.place, &mutator, read) else {
                Issue.record("seed \(seed): no answer after \(read) messages: \(search.log)")
                break
            }
            read += Self.messagesEach
            open.append(connection)
            if open.count > Self.openAtOnce { open.removeFirst() }
        }
        open = []
        search.expectSteps(after: "\(read) wrong messages")
        #expect(search.settles(below: search.start.descriptors + 4), "\(search.start), then \(search.figures)")
        #expect(search.figures.peakBytes < search.start.residentBytes + 100 << 20, "\(search.start), \(search.figures)")
        try Self.expectCut(search, &mutator)
        search.expectSteps(after: "connections that were cut")
        try search.finish(sameFingerprintWith: words)
        #expect(search.log.split(separator: "\n").count < Self.messages / 2, "the log is bounded")
        let drops = try #require(search.programs.text("run/metrics.jsonl").split(separator: "\n").last)
        let counts = try JSONValue.parse(Array(drops.utf8), source: "metrics")
        for name in ["unreadable", "other_run", "other_generation", "other_round", "unknown_peer", "rejected"] {
            #expect((counts[name]?.integer ?? 0) > 100, "\(name): \(drops)")
        }
    }

    /// Whoever sends one unreadable message after the other is cut.
    private static func expectCut(_ search: PortSearch, _ mutator: inout Mutator) throws {
        for _ in 0..<20 {
            let connection = try MessageConnection(search.place)
            connection.send([MessageConnection.bytes(Liar.hello(&mutator))])
            guard let head = connection.answer(), case .welcome(let welcome) = head.message else {
                Issue.record("no welcome")
                continue
            }
            var liar = Liar(mutator: mutator, head: head, welcome: welcome)
            connection.send((0...unreadableEach).map { _ in liar.unreadable() })
            mutator = liar.mutator
            for _ in 0..<500 where !connection.isClosed { usleep(10_000) }
            #expect(connection.isClosed, "after \(unreadableEach + 1) unreadable messages")
        }
    }
}
