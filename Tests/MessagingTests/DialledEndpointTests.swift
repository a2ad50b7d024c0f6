import Host
import Messaging
import Synchronization
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Names with several addresses, as a resolver of the test's own tells them.
struct DialledEndpointTests {
    /// A resolver whose answers the test changes.
    private final class Book: Sendable {
        private let answers = Mutex<[NameLookup.Answer]>([])
        private let asked = Mutex(0)

        /// The last one stands for all lookups to come.
        init(_ answers: [NameLookup.Answer]) { self.answers.withLock { $0 = answers } }

        var lookups: Int { asked.withLock { $0 } }

        var lookup: DialledEndpoint.Lookup {
            { _ in
                self.asked.withLock { $0 += 1 }
                return self.answers.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }
            }
        }
    }

    private static func places(_ texts: [String]) throws -> NameLookup.Answer {
        .success(
            try texts.map { text in
                guard case .success(let found) = NameLookup.toDial(try Endpoint(parsing: text)), found.count == 1 else {
                    throw UserError(.internalFault, "\(text) is one address")
                }
                return found[0]
            })
    }

    private static func name() throws -> Endpoint { try Endpoint(parsing: "tcp://head.example:5577") }

    /// Lookups run beside: the answer is waited for.
    private func dialled(_ book: Book, expecting text: String) throws -> DialledEndpoint {
        let dialled = DialledEndpoint(try Self.name(), lookup: book.lookup)
        for _ in 0..<6000 where dialled.current()?.description != text { usleep(10_000) }
        #expect(dialled.current()?.description == text)
        return dialled
    }

    @Test("Each address of a name has its turn, and after the last there is a pause before the first")
    func turns() throws {
        let (first, second) = ("tcp://10.0.0.1:5577", "tcp://[fd00::1]:5577")
        let dialled = try dialled(Book([try Self.places([first, second])]), expecting: first)
        let now = ContinuousClock.now
        let own = try #require(dialled.current(at: now))
        dialled.failed(own, at: now)
        let other = try #require(dialled.current(at: now))
        #expect(other.description == second)
        dialled.failed(own, at: now)
        #expect(dialled.current(at: now) == other, "what is said of an address whose turn is over counts nothing")
        dialled.failed(other, at: now)
        #expect(dialled.current(at: now) == nil)
        #expect(dialled.current(at: now + .milliseconds(199)) == nil)
        #expect(dialled.current(at: now + .milliseconds(200)) == own)
    }

    @Test("While one connection stands over an address, another that breaks off does not lead to the next one")
    func together() throws {
        let book = Book([try Self.places(["tcp://10.0.0.1:5577", "tcp://10.0.0.2:5577"])])
        let dialled = try dialled(book, expecting: "tcp://10.0.0.1:5577")
        let own = try #require(dialled.current())
        let user = Book([])
        dialled.hold(ObjectIdentifier(user), over: own)
        dialled.failed(own)
        #expect(dialled.current() == own)
        dialled.release(ObjectIdentifier(user))
        dialled.failed(own)
        #expect(dialled.current()?.description == "tcp://10.0.0.2:5577")
        // Refused at the first address a moment before another connection stands there: back to that one.
        dialled.hold(ObjectIdentifier(user), over: own)
        #expect(dialled.current() == own)
        dialled.failed(own)
        #expect(dialled.current() == own)
    }

    @Test("A name is looked up again when none of its addresses answered: the host may have moved")
    func moved() throws {
        let book = Book([try Self.places(["tcp://10.0.0.1:5577"]), try Self.places(["tcp://10.0.0.2:5577"])])
        let dialled = try dialled(book, expecting: "tcp://10.0.0.1:5577")
        let later = ContinuousClock.now + DialledEndpoint.lookupInterval
        dialled.failed(try #require(dialled.current()), at: .now)
        #expect(book.lookups == 1, "not more often than every five seconds")
        dialled.failed(try #require(dialled.current()), at: later)
        for _ in 0..<6000 where dialled.current()?.description != "tcp://10.0.0.2:5577" { usleep(10_000) }
        #expect(dialled.current()?.description == "tcp://10.0.0.2:5577" && book.lookups == 2)
    }

    @Test(
        "A sentence about a name says which addresses were tried, or why there is none; one about a number says it alone"
    )
    func account() throws {
        let dialled = try dialled(
            Book([try Self.places(["tcp://10.0.0.1:5577", "tcp://[::1]:5577"])]), expecting: "tcp://10.0.0.1:5577")
        for _ in 0..<2 {
            let address = try #require(dialled.current())
            dialled.isTried(address)
            dialled.failed(address)
        }
        #expect(dialled.account == "tcp://head.example:5577 (tried 10.0.0.1, [::1])")
        let nowhere = Book([.failure(NameLookupError("head.example", "no such name"))])
        let lost = DialledEndpoint(try Self.name(), lookup: nowhere.lookup)
        for _ in 0..<6000 where lost.failure == nil { usleep(10_000); _ = lost.current() }
        #expect(lost.account == "tcp://head.example:5577 (the host 'head.example' has no address (no such name))")
        #expect(DialledEndpoint(try Endpoint(parsing: "tcp://10.0.0.1:1")).account == "tcp://10.0.0.1:1")
    }

    @Test("A resolver that does not answer holds nobody up")
    func slow() throws {
        let gate = Mutex(false)
        let start = Clock.monotonic()
        let dialled = DialledEndpoint(try Self.name()) { _ in
            while !gate.withLock({ $0 }) { usleep(1000) }
            return .success([])
        }
        #expect(dialled.current() == nil && dialled.account.contains("still being looked up"))
        #expect(Clock.monotonic() - start < .seconds(30))
        gate.withLock { $0 = true }
    }

    @Test(
        "A socket finds the one address of a name at which a coordinator is, past one that refuses and one that speaks otherwise"
    )
    func found() throws {
        let context = try MessagingContext()
        let router = try RouterSocket(context)
        let bound = try router.bind(try Endpoint(parsing: "tcp://127.0.0.1:*"))
        let other = try Talker("HTTP/1.1 400 Bad Request\r\n\r\n")
        let book = Book([try Self.places(["tcp://127.0.0.1:1", "tcp://127.0.0.1:\(other.port)", bound])])
        let dialled = DialledEndpoint(try Self.name(), lookup: book.lookup)
        let dealers = try (0..<2).map { _ in try DealerSocket(context) }
        for dealer in dealers { try dealer.connect(dialled) }
        let end = Clock.monotonic() + .seconds(60)
        while Clock.monotonic() < end, !dealers.allSatisfy(\.isConnected) {
            other.answer()
            Poller.wait(sockets: [router] + dealers, fileDescriptors: [], timeout: .milliseconds(50))
        }
        let connected = dealers.count { $0.isConnected }
        #expect(connected == 2, "\(dialled.account)")
        for dealer in dealers { #expect(try dealer.send([7]) == .sent) }
    }
}
