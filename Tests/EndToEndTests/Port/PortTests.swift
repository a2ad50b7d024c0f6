import Host
import Messaging
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// A coordinator whose port anybody reaches, and one honest worker that must keep stepping whatever comes.
@Suite(.serialized)
struct PortTests {
    private static let strangers = ConnectionLimits().strangers

    @Test("Garbage, HTTP, half-open handshakes, frames of 64 GB and 1,500 silent callers: the search keeps stepping")
    func callers() throws {
        let search = try PortSearch { _ in "tcp://127.0.0.1:*" }
        var mutator = Mutator(seed: 5)
        for _ in 0..<20 {
            let connection = try RawConnection(search.place)
            connection.send((0..<2000).map { _ in UInt8(truncatingIfNeeded: mutator.word()) })
            let browser = try RawConnection(search.place)
            browser.send(Array("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8))
        }
        search.expectSteps(after: "garbage and HTTP")
        var kept: [RawConnection] = []
        for count in 0..<40 {
            let connection = try RawConnection(search.place)
            connection.send(Array(RawConnection.greeting.prefix(1 + count)))
            kept.append(connection)
        }
        search.expectSteps(after: "half-open handshakes")
        for bytes in [UInt64(64) << 30, 1 << 62, .max, 2 << 20] {
            let connection = try RawConnection(search.place)
            #expect(connection.shakeHands())
            connection.send(RawConnection.head(bytes: bytes, isFollowed: false) + [UInt8](repeating: 1, count: 100))
            for _ in 0..<500 where !connection.isClosed { usleep(10_000) }
            #expect(connection.isClosed, "a frame of \(bytes) bytes")
        }
        search.expectSteps(after: "oversized frames")
        HostInfo.raiseDescriptorLimit()
        for _ in 0..<1500 { kept.append(try RawConnection(search.place)) }
        search.expectSteps(after: "silent callers")
        #expect(search.settles(below: search.start.descriptors + Self.strangers + 10), "\(search.figures)")
        kept = []
        #expect(search.settles(below: search.start.descriptors + 4), "\(search.start), then \(search.figures)")
        #expect(search.figures.peakBytes < search.start.residentBytes + 200 << 20, "\(search.figures)")
        #expect(search.programs.text("run/log.txt").contains("it said nothing, and more than \(Self.strangers) others"))
        try search.finish()
    }

    /// Sends frames of one message until nobody takes them any more.
    /// - Returns: bytes that went.
    private static func sendWithoutEnd(_ place: RawConnection.Place, limitBytes: Int) throws -> Int {
        let connection = try RawConnection(place)
        #expect(connection.shakeHands())
        let frame = RawConnection.head(bytes: 1 << 20, isFollowed: true) + [UInt8](repeating: 7, count: 1 << 20)
        var sent = 0
        while sent < limitBytes {
            let count = connection.send(frame)
            sent += count
            if count < frame.count { break }
        }
        if sent < limitBytes { StandardStreams.note("a message without end ended after \(sent >> 20) MB") }
        return sent
    }

    @Test("A message without end is cut off by itself, in bounded memory, and the worker's connections stand")
    func endless() throws {
        let search = try PortSearch { _ in "tcp://127.0.0.1:*" }
        let limit = 4 << 30
        for number in 1...2 {
            do {
                let sent = try Self.sendWithoutEnd(search.place, limitBytes: limit)
                #expect(sent < limit, "\(sent) bytes were taken")
            } catch { Issue.record("message \(number): \(error); \(search.programs.text("coordinator.err"))") }
        }
        search.expectSteps(after: "a message without end")
        #expect(search.figures.peakBytes < search.start.residentBytes + 1 << 30, "\(search.start), \(search.figures)")
        #expect(search.settles(below: search.start.descriptors + 4), "\(search.figures)")
        let log = search.programs.text("run/log.txt")
        #expect(log.contains("it sent a message without end") && !log.contains("is lost"), "\(log)")
        try search.finish()
    }

    @Test("Over ipc, where nobody counts bytes, the socket is closed and opened again, and the worker dials again")
    func endlessOverIPC() throws {
        let search = try PortSearch { "ipc://\($0)/socket" }
        let limit = 8 << 30
        let sent = try Self.sendWithoutEnd(search.place, limitBytes: limit)
        #expect(sent < limit, "\(sent) bytes were taken")
        search.expectSteps(after: "a message without end")
        let log = search.programs.text("run/log.txt")
        #expect(log.contains("the socket is closed and opened again"), "\(log)")
        #expect(search.figures.residentBytes < search.start.residentBytes + 300 << 20, "\(search.figures)")
        try search.finish()
    }
}
