import Host
import Messaging
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

@Suite(.serialized)
struct SocketsTests {
    /// A router, its endpoint, and the folder that holds its socket.
    final class Place {
        let folder: String
        let context: MessagingContext
        let endpoint: Endpoint

        init() throws {
            folder = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
            context = try MessagingContext()
            endpoint = try Endpoint(parsing: "ipc://\(folder)/socket")
        }

        deinit { try? FileSystem.removeTree(folder) }
    }

    /// Polls until a value is there, ten seconds at most.
    func wait<Value>(on sockets: [Socket], for value: () -> Value?) -> Value? {
        let limit = Clock.monotonic() + .seconds(10)
        while Clock.monotonic() < limit {
            if let found = value() { return found }
            Poller.wait(sockets: sockets, fileDescriptors: [], timeout: .milliseconds(50))
        }
        return nil
    }

    @Test("A frame goes to the router and its answer back to the dealer that asked, of two")
    func roundTrip() throws {
        let place = try Place()
        let router = try RouterSocket(place.context)
        _ = try router.bind(place.endpoint)
        let dealers = try (0..<2).map { _ in try DealerSocket(place.context) }
        for (number, dealer) in dealers.enumerated() {
            try dealer.connect(place.endpoint)
            #expect(wait(on: [router, dealer]) { (try? dealer.send([UInt8(number)])) == .sent ? true : nil } == true)
        }
        var peers: [UInt8: PeerIdentity] = [:]
        _ = wait(on: [router]) { () -> Bool? in
            while let (peer, message) = router.receive() { peers[message.frame.array[0]] = peer }
            return peers.count == 2 ? true : nil
        }
        let first = try #require(peers[0])
        #expect(first != peers[1])
        #expect(try router.send([9], to: first) == .sent)
        #expect(wait(on: [dealers[0]]) { dealers[0].receive()?.frame.array } == [9])
        #expect(dealers[1].receive() == nil)
        let before = router.traffic
        #expect(before.messagesReceived >= 2 && before.bytesReceived == before.messagesReceived)
        #expect(before.messagesSent == 1 && before.bytesSent == 1)
        #expect(try router.send([1, 2], to: PeerIdentity([5])) == .unreachable)
        #expect(router.traffic == before, "nobody got it")
        #expect(try router.reopened().traffic == before)
    }

    /// libzmq tells a monitor of connections from its only thread for traffic: when nobody could hear it, that thread waited for
    /// ever. A worker that dialled anew was then never heard again, now and then.
    @Test("Sockets that are closed while their connections come and go leave the context's other sockets alive")
    func closings() throws {
        let place = try Place()
        let router = try RouterSocket(place.context)
        _ = try router.bind(place.endpoint)
        var closings = 0
        for attempt in 0..<2000 {
            let dealer = try DealerSocket(place.context)
            try dealer.connect(place.endpoint)
            // From before the connection to after its handshake.
            usleep(UInt32(attempt % 20) * 50)
            closings += router.closings()
        }
        let last = try DealerSocket(place.context)
        try last.connect(place.endpoint)
        let isHeard = wait(on: [router, last]) { last.isConnected ? true : nil } == true
        #expect(isHeard, "after \(closings) connections of 2,000")
        // A context whose thread hangs cannot be ended either.
        if !isHeard { for kept in [router, last] as [AnyObject] { _ = Unmanaged.passRetained(kept) } }
    }

    @Test("A wait tells which socket and which descriptor have something, and asks for all when nothing came in time")
    func ready() throws {
        let place = try Place()
        let router = try RouterSocket(place.context)
        _ = try router.bind(place.endpoint)
        let dealers = try (0..<2).map { _ in try DealerSocket(place.context) }
        for dealer in dealers { try dealer.connect(place.endpoint) }
        for dealer in dealers { _ = wait(on: [router, dealer]) { (try? dealer.send([1])) == .sent ? true : nil } }
        let peers = try dealers.map { _ in try #require(wait(on: [router]) { router.receive()?.peer }) }
        // Their monitors still hold what they saw of the beginning.
        for dealer in dealers { _ = dealer.closings() }
        let events = try (0..<2).map { _ in try WakeEvent() }
        func poll() -> Poller.Ready {
            Poller.wait(
                sockets: dealers, fileDescriptors: events.map(\.fileDescriptor), timeout: .milliseconds(100))
        }
        let nothing = poll()
        #expect(dealers.allSatisfy { nothing.messages($0) && nothing.closings($0) })
        #expect(events.allSatisfy { nothing.descriptor($0.fileDescriptor) })
        events[1].signal()
        let event = poll()
        #expect(dealers.allSatisfy { !event.messages($0) && !event.closings($0) })
        #expect(events.map { event.descriptor($0.fileDescriptor) } == [false, true])
        events[1].clear()
        #expect(try router.send([9], to: peers[0]) == .sent)
        // Not when the time was over: then all would be asked.
        let isOne = wait(on: []) { () -> Bool? in
            let ready = poll()
            return ready.messages(dealers[0]) != ready.messages(dealers[1]) ? true : nil
        }
        #expect(isOne == true)
    }

    @Test("A peer that nobody knows is unreachable, one that is gone becomes so, and its closing is seen")
    func unreachable() throws {
        let place = try Place()
        let router = try RouterSocket(place.context)
        _ = try router.bind(place.endpoint)
        #expect(try router.send([1], to: PeerIdentity([7, 7, 7])) == .unreachable)
        var dealer: DealerSocket? = try DealerSocket(place.context)
        try dealer?.connect(place.endpoint)
        _ = wait(on: [router]) { (try? dealer?.send([1])) == .sent ? true : nil }
        let peer = try #require(wait(on: [router]) { router.receive()?.peer })
        dealer = nil
        #expect(wait(on: [router]) { router.closings() > 0 ? true : nil } == true)
        #expect(wait(on: [router]) { (try? router.send([1], to: peer)) == .unreachable ? true : nil } == true)
    }

    /// Closes its queue when it is let go.
    private final class Keeper: Sendable {
        let bytes: [UInt8]
        private let end: WorkQueue<Int>

        init(_ bytes: [UInt8], _ end: WorkQueue<Int>) {
            self.bytes = bytes
            self.end = end
        }

        deinit { end.close() }
    }

    @Test("A block goes to two peers from one place, and is given back when both have it")
    func block() throws {
        let place = try Place()
        let router = try RouterSocket(place.context)
        _ = try router.bind(place.endpoint)
        let dealers = try (0..<2).map { _ in try DealerSocket(place.context) }
        for dealer in dealers { try dealer.connect(place.endpoint) }
        for dealer in dealers { _ = wait(on: [router, dealer]) { (try? dealer.send([1])) == .sent ? true : nil } }
        let peers = try dealers.map { _ in try #require(wait(on: [router]) { router.receive()?.peer }) }
        let end = WorkQueue<Int>()
        let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        var keeper: Keeper? = Keeper(bytes, end)
        for peer in peers {
            let held = try #require(keeper)
            let block = held.bytes.withUnsafeBytes { OutgoingBlock($0, keptBy: held) }
            #expect(try router.send([5], block: block, to: peer) == .sent)
        }
        keeper = nil
        for dealer in dealers {
            let message = try #require(wait(on: [dealer]) { dealer.receive() })
            #expect(message.frame.array == [5] && message.block?.array == bytes)
        }
        #expect(end.next() == nil, "comes when nobody holds the bytes any more")
    }

    @Test("A full queue says that it would block, and a dealer without a coordinator keeps nothing")
    func full() throws {
        let place = try Place()
        var limits = SocketLimits()
        limits.waitingMessages = 4
        let lonely = try DealerSocket(place.context, limits: limits)
        try lonely.connect(place.endpoint)
        #expect(try lonely.send([1]) == .wouldBlock)
        let router = try RouterSocket(place.context, limits: limits)
        _ = try router.bind(place.endpoint)
        let frame = [UInt8](repeating: 1, count: 1 << 20)
        _ = wait(on: [router]) { (try? lonely.send([1])) == .sent ? true : nil }
        let peer = try #require(wait(on: [router]) { router.receive()?.peer })
        var outcomes: [SendOutcome] = []
        for _ in 0..<100 { outcomes.append(try router.send(frame, to: peer)) }
        #expect(outcomes.first == .sent)
        #expect(outcomes.last == .wouldBlock, "100 MB do not pile up for a peer that reads nothing")
    }
}
