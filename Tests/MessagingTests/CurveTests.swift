import Host
import Messaging
import Synchronization
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Real sockets with keys, without them, and with the wrong ones.
@Suite(.serialized)
struct CurveTests {
    /// Who may join, changed while the sockets live.
    private final class AllowList: Sendable {
        let names = Mutex<[CurvePublicKey: String]>([:])
        let isReadable = Mutex(true)

        func verdict(_ key: CurvePublicKey) -> AdmissionVerdict {
            guard isReadable.withLock({ $0 }) else { return .undecided(reason: "no list") }
            return names.withLock { $0[key] }.map { .admitted(name: $0) } ?? .unknown(remark: "")
        }
    }

    /// A listening router, with keys or without.
    private final class Place {
        let folder: String
        let context: MessagingContext
        let endpoint: Endpoint
        let pair: CurveKeyPair
        let list = AllowList()
        let router: RouterSocket

        init(hasKeys: Bool = true, tcp: Bool = false) throws {
            folder = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
            context = try MessagingContext()
            pair = try CurveKeyPair.generated()
            let list = list
            let keys =
                hasKeys ? CurveServer(pair, try Authenticator(context) { list.verdict($0) }) : nil
            router = try RouterSocket(context, keys: keys)
            let asked = try Endpoint(parsing: tcp ? "tcp://127.0.0.1:*" : "ipc://\(folder)/socket")
            endpoint = try Endpoint(parsing: try router.bind(asked))
        }

        deinit { try? FileSystem.removeTree(folder) }

        func dealer(_ keys: CurveClient?) throws -> DealerSocket {
            let dealer = try DealerSocket(context, keys: keys)
            try dealer.connect(endpoint)
            return dealer
        }

        /// A dealer with a pair of its own, on the list or not.
        func listed(_ name: String? = "gpu01") throws -> DealerSocket {
            let own = try CurveKeyPair.generated()
            if let name { list.names.withLock { $0[own.publicKey] = name } }
            return try dealer(CurveClient(own, coordinator: pair.publicKey))
        }
    }

    /// Polls until a value is there, twenty seconds at most.
    private func wait<Value>(on sockets: [Socket], for value: () -> Value?) -> Value? {
        let limit = Clock.monotonic() + .seconds(20)
        while Clock.monotonic() < limit {
            if let found = value() { return found }
            Poller.wait(sockets: sockets, fileDescriptors: [], timeout: .milliseconds(50))
        }
        return nil
    }

    /// What both sides see of a connection that must not come to be; none of the dealer's words arrives.
    private func failures(
        _ place: Place, _ dealer: DealerSocket, atLeast count: Int
    ) -> (router: Set<HandshakeFailure>, dealer: [HandshakeFailure]) {
        var (router, own) = (Set<HandshakeFailure>(), [HandshakeFailure]())
        _ = wait(on: [place.router, dealer]) { () -> Bool? in
            #expect((try? dealer.send([1])) != .sent)
            #expect(place.router.receive() == nil)
            router.formUnion(place.router.handshakes().failures)
            let seen = dealer.handshakes()
            #expect(!seen.isGreeted)
            own += seen.failures
            return own.count >= count && !router.isEmpty ? true : nil
        }
        #expect(place.router.receive() == nil)
        return (router, own)
    }

    @Test(
        "Whoever is on the list sends and is answered, over TCP too, in frames of a whole megabyte",
        arguments: [false, true])
    func listed(tcp: Bool) throws {
        let place = try Place(tcp: tcp)
        let dealer = try place.listed()
        let whole = [UInt8](repeating: 3, count: 1 << 20)
        _ = wait(on: [dealer]) { (try? dealer.send(whole)) == .sent ? true : nil }
        let (peer, message) = try #require(wait(on: [place.router]) { place.router.receive() })
        #expect(message.frame.array == whole)
        #expect(try place.router.send(whole, to: peer) == .sent)
        #expect(wait(on: [dealer]) { dealer.receive()?.frame.array } == whole)
        let seen = dealer.handshakes()
        #expect(seen.isGreeted && seen.failures.isEmpty)
        #expect(place.router.denied().isEmpty && place.router.handshakes().failures.isEmpty)
    }

    @Test(
        "Whoever is not on the list is told so, named to the router, unheard, and let in once listed, without a restart"
    )
    func unlisted() throws {
        let place = try Place(tcp: true)
        let own = try CurveKeyPair.generated()
        let keys = CurveClient(own, coordinator: place.pair.publicKey)
        let seen = failures(place, try place.dealer(keys), atLeast: 1)
        #expect(seen.dealer == [.denied(status: 400)])
        #expect(seen.router == [.denied(status: 400)])
        let denied = DeniedConnection(address: "127.0.0.1", key: own.publicKey, verdict: .unknown(remark: ""))
        #expect(place.router.denied() == [denied])
        place.list.names.withLock { $0[own.publicKey] = "late" }
        let second = try place.dealer(keys)
        #expect(wait(on: [second]) { (try? second.send([7])) == .sent ? true : nil } == true)
        #expect(wait(on: [place.router]) { place.router.receive()?.message.frame.array } == [7])
        place.list.names.withLock { $0 = [:] }
        #expect(failures(place, try place.dealer(keys), atLeast: 1).dealer == [.denied(status: 400)])
    }

    @Test("A list that cannot be read lets nobody in, and says that it is not the key's fault")
    func unreadable() throws {
        let place = try Place()
        place.list.isReadable.withLock { $0 = false }
        #expect(failures(place, try place.listed(), atLeast: 1).dealer == [.denied(status: 500)])
        #expect(place.router.denied().map(\.verdict) == [.undecided(reason: "no list")])
    }

    @Test("With another key for the coordinator than its own a worker is broken off each time it dials")
    func wrongServerKey() throws {
        let place = try Place()
        let own = try CurveKeyPair.generated()
        place.list.names.withLock { $0[own.publicKey] = "gpu01" }
        let other = try CurveKeyPair.generated().publicKey
        let seen = failures(place, try place.dealer(CurveClient(own, coordinator: other)), atLeast: 3)
        #expect(Set(seen.dealer) == [.brokenOff])
        #expect(seen.router == [.wrongKey])
        #expect(place.router.denied().isEmpty, "nobody could be asked about")
    }

    /// Which side sees the mismatch and which only the broken connection is a race.
    @Test("Keys on one side only: no word is heard, and each side sees the mismatch or is broken off")
    func oneSided() throws {
        for hasKeys in [true, false] {
            let place = try Place(hasKeys: hasKeys)
            let client = CurveClient(try CurveKeyPair.generated(), coordinator: place.pair.publicKey)
            let seen = failures(place, try place.dealer(hasKeys ? nil : client), atLeast: 1)
            let possible: Set<HandshakeFailure> = [.mechanismMismatch, .brokenOff]
            #expect(Set(seen.dealer).isSubset(of: possible), "\(seen)")
            #expect(seen.router.isSubset(of: possible), "\(seen)")
        }
    }

    @Test("Somebody who is kept out again and again disturbs nobody who is let in")
    func besieged() throws {
        let place = try Place()
        let good = try place.listed()
        var bad: [DealerSocket] = []
        for number in 0..<30 {
            bad.append(number % 2 == 0 ? try place.listed(nil) : try place.dealer(nil))
            _ = wait(on: [good]) { (try? good.send([UInt8(number)])) == .sent ? true : nil }
            #expect(wait(on: [place.router]) { place.router.receive()?.message.frame.array } == [UInt8(number)])
        }
        var told = 0
        _ = wait(on: [place.router]) { () -> Bool? in
            told += place.router.denied().count
            return told >= 15 ? true : nil
        }
        #expect(told == 15)
    }

    @Test("Three thousand connections that end in their handshake, and that nobody has looked at, keep nobody out")
    func flooded() throws {
        let place = try Place(tcp: true)
        let port = try #require(place.endpoint.description.split(separator: ":").last.flatMap { UInt16($0) })
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        for _ in 0..<3000 {
            let stranger = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(stranger) }
            let status = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(stranger, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            try #require(status == 0)
            let words = Array("GET / HTTP/1.0\r\n\r\n".utf8)
            _ = send(stranger, words, words.count, Int32(MSG_NOSIGNAL))
        }
        // Polling the router's monitor would only wake up: nothing reads it before the word is there.
        let dealer = try place.listed()
        _ = wait(on: [dealer]) { (try? dealer.send([7])) == .sent ? true : nil }
        #expect(wait(on: [dealer]) { place.router.receive()?.message.frame.array } == [7])
        #expect(place.router.closings() > 0)
    }
}
