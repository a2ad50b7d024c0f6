import Host
import Messaging
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Messages that nobody can read, and what is no place to listen at.
extension SocketsTests {
    @Test("Messages of three frames and more come as what nobody can read, and the third cuts its connection")
    func frames() throws {
        let router = try RouterSocket(try MessagingContext())
        let bound = try router.bind(try Endpoint(parsing: "tcp://127.0.0.1:*"))
        let connection = try RawConnection(.port(try #require(bound.split(separator: ":").last.flatMap { UInt16($0) })))
        try #require(connection.shakeHands())
        let followed = RawConnection.head(bytes: 1, isFollowed: true) + [7]
        let last = RawConnection.head(bytes: 1, isFollowed: false) + [7]
        func receive() throws -> ReceivedMessage {
            try #require(wait(on: [router]) { router.receive()?.message })
        }
        connection.send(followed + last)
        let whole = try receive()
        #expect(whole.frame.array == [7] && whole.block?.array == [7])
        router.judge(whole, isReadable: true)
        for count in [3, 4, 1000] {
            #expect(router.cutWhatCostsTooMuch(countsBytes: true).isEmpty)
            connection.send(Array(repeating: followed, count: count - 1).flatMap { $0 } + last)
            let message = try receive()
            #expect(message.frame.array.isEmpty && message.block == nil, "\(count) frames")
            router.judge(message, isReadable: false)
        }
        #expect(router.cutWhatCostsTooMuch(countsBytes: true) == [.unreadableMessages(count: 3)])
        #expect(wait(on: [router]) { connection.isClosed ? true : nil } == true)
    }

    @Test("An address in use, a frame over the limit and what is no endpoint")
    func refused() throws {
        let context = try MessagingContext()
        let any = try Endpoint(parsing: "tcp://127.0.0.1:*")
        let router = try RouterSocket(context)
        let bound = try router.bind(any)
        #expect(bound.hasPrefix("tcp://127.0.0.1:") && !bound.hasSuffix("*"))
        let second = try RouterSocket(context)
        do {
            _ = try second.bind(try Endpoint(parsing: bound))
            Issue.record("one port was bound twice")
        } catch let error as MessagingError {
            #expect(error.isAddressInUse && error.description.contains(bound))
        }
        let dealer = try DealerSocket(context)
        try dealer.connect(try Endpoint(parsing: bound))
        _ = wait(on: [router]) { (try? dealer.send([UInt8](repeating: 0, count: 2 << 20))) == .sent ? true : nil }
        #expect(wait(on: [router]) { router.closings() > 0 ? true : nil } == true, "the peer is disconnected")
        #expect(router.receive() == nil)
        for text in [
            "", "tcp://", "tcp://host", "tcp://host:0", "tcp://host:70000", "tcp://host:+5577", "tcp://host:-1",
            "tcp://host:5577 ", "http://a:1", "ipc://", "ipc://*", "tcp://a:1,tcp://b:2", "tcp://a:1 tcp://b:2",
            "tcp://user@host:1", "tcp://host/path:1", "tcp:// host:1",
        ] {
            #expect(throws: EndpointError.self, "\(text)") { try Endpoint(parsing: text) }
        }
        #expect(throws: EndpointError.self) { try Endpoint(parsing: "ipc://" + String(repeating: "x", count: 108)) }
        #expect(try !Endpoint(parsing: "tcp://10.0.0.1:5577").isLocal)
        for text in ["tcp://127.0.0.1:5577", "tcp://localhost:1", "tcp://[::1]:1", "tcp://127.9.9.9:*", "ipc://a"] {
            #expect(try Endpoint(parsing: text).isLocal, "\(text)")
        }
        // Names that begin like loopback, and libzmq's source address in front of the one that is dialled.
        for text in [
            "tcp://127.0.0.1.example.org:1", "tcp://127.example.org:1", "tcp://127.0.0.1:0;10.0.0.1:1",
            "tcp://127.0.0.256:1",
            "tcp://*:1", "tcp://0.0.0.0:1", "tcp://[::]:1",
        ] { #expect(try !Endpoint(parsing: text).isLocal, "\(text)") }
    }
}
