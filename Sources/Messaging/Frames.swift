import CZeroMQ

#if canImport(Glibc)
    import Glibc
#endif

/// One frame as it came: libzmq's own memory, read in place and given back with the last reference.
///
/// `@unchecked Sendable`: the bytes are never written after the frame was received.
package final class ReceivedFrame: @unchecked Sendable {
    /// At one address from start to end: libzmq keeps short frames inside the structure.
    private let message = UnsafeMutablePointer<zmq_msg_t>.allocate(capacity: 1)

    init() { zmq_msg_init(message) }

    deinit {
        zmq_msg_close(message)
        message.deallocate()
    }

    /// - Returns: false when nothing could be received; libzmq's error number says why.
    func receive(from socket: UnsafeMutableRawPointer) -> Bool {
        zmq_msg_recv(message, socket, ZMQ_DONTWAIT) >= 0
    }

    /// One message's frames; nil when none waits. Of those beyond `limit` the first alone is kept, which says that there are more; the
    /// others are read and thrown away: a long message cannot pile up here.
    static func message(from socket: UnsafeMutableRawPointer, limit: Int) -> [ReceivedFrame]? {
        var frames: [ReceivedFrame] = []
        var count = 0
        while true {
            let frame = ReceivedFrame()
            while !frame.receive(from: socket) { guard zmq_errno() == EINTR else { return nil } }
            count += 1
            if count <= limit + 1 { frames.append(frame) }
            guard frame.isFollowed else { return frames }
        }
    }

    /// The file descriptor of the TCP connection that it came over; nil where there is none. libzmq 4.3.4 loses it on a
    /// message's first frame.
    var connection: Int32? {
        let descriptor = zmq_msg_get(message, ZMQ_SRCFD)
        return descriptor >= 0 ? descriptor : nil
    }

    var isFollowed: Bool { zmq_msg_more(message) != 0 }

    /// Valid as long as this frame is held.
    package var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: zmq_msg_data(message), count: zmq_msg_size(message))
    }

    /// A copy, for what is short.
    package var array: [UInt8] { withExtendedLifetime(self) { Array(bytes) } }
}

/// Bytes that libzmq sends from where they lie, to any number of peers at once.
package struct OutgoingBlock {
    /// One frame of the message.
    package let bytes: UnsafeRawBufferPointer
    /// Keeps the bytes in memory until libzmq has sent them or given them up.
    package let keeper: any AnyObject & Sendable

    /// - Parameters:
    ///   - bytes: not changed while `keeper` lives.
    ///   - keeper: released by libzmq, from a thread of its own, when the bytes are sent or given up.
    package init(_ bytes: UnsafeRawBufferPointer, keptBy keeper: any AnyObject & Sendable) {
        self.bytes = bytes
        self.keeper = keeper
    }

    /// Makes `message` point at the bytes and hold their keeper.
    func lend(to message: inout zmq_msg_t) throws {
        let keeper = Unmanaged<AnyObject>.passRetained(keeper)
        let start = UnsafeMutableRawPointer(mutating: bytes.baseAddress)
        let status = zmq_msg_init_data(
            &message, start, bytes.count,
            { _, keeper in
                if let keeper { Unmanaged<AnyObject>.fromOpaque(keeper).release() }
            }, keeper.toOpaque())
        guard status == 0 else {
            keeper.release()
            throw MessagingError("lend a block")
        }
    }
}
