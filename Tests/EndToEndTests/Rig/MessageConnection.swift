import Host
import TestSupport
import Wire

/// A connection that speaks ZMTP by itself, to say what no worker says: thousands of these cost no libzmq socket.
final class MessageConnection {
    private let connection: RawConnection
    private var unread: [UInt8] = []

    /// - Throws: where nobody listens, or whoever does speaks no ZMTP.
    init(_ place: RawConnection.Place) throws {
        connection = try RawConnection(place)
        guard connection.shakeHands() else { throw UserError(.unavailable, "no handshake") }
    }

    var isClosed: Bool { connection.isClosed }

    /// Says nothing more: what was sent before still arrives.
    func hangUp() { connection.hangUp() }

    /// One message: a frame, and the block behind it.
    typealias Bytes = (frame: [UInt8], block: [UInt8]?)

    static func bytes(_ envelope: Envelope) -> Bytes {
        let message = envelope.encoded()
        return (message.frame, message.block?.array)
    }

    /// - Returns: whether the kernel took all of it.
    @discardableResult
    func send(_ messages: [Bytes]) -> Bool {
        var bytes: [UInt8] = []
        for (frame, block) in messages {
            bytes += RawConnection.head(bytes: UInt64(frame.count), isFollowed: block != nil) + frame
            if let block { bytes += RawConnection.head(bytes: UInt64(block.count), isFollowed: false) + block }
        }
        return connection.send(bytes) == bytes.count
    }

    /// The next such message; nil when the other side closes, or does not say it within ten seconds.
    func answer(where isWanted: (Envelope) -> Bool = { _ in true }) -> Envelope? {
        let limit = Clock.monotonic() + .seconds(10)
        while Clock.monotonic() < limit {
            while let (frame, block) = takeMessage() {
                let envelope = try? Envelope.decode(ByteView(frame), block: block.map { ByteView($0) })
                if let envelope, isWanted(envelope) { return envelope }
            }
            guard let more = connection.receive(waitMilliseconds: 1000) else { return nil }
            unread += more
        }
        return nil
    }

    /// A whole message from what came; commands are passed over.
    private func takeMessage() -> Bytes? {
        var frames: [[UInt8]] = []
        var place = 0
        while true {
            guard unread.count > place + 1 else { return nil }
            let flags = unread[place]
            let isLong = flags & 2 != 0
            let head = isLong ? 9 : 2
            guard unread.count >= place + head else { return nil }
            let count = unread[place + 1..<place + head].reduce(0) { $0 << 8 | Int($1) }
            guard unread.count >= place + head + count else { return nil }
            if flags & 4 == 0 { frames.append(Array(unread[place + head..<place + head + count])) }
            place += head + count
            guard flags & 1 == 0 else { continue }
            if let first = frames.first {
                unread.removeFirst(place)
                return (first, frames.count > 1 ? frames[1] : nil)
            }
        }
    }
}
