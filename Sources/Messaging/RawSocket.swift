import CZeroMQ

/// A socket for messages inside this process, closed with its last reference. One thread uses it at a time.
final class RawSocket {
    let handle: UnsafeMutableRawPointer
    private let context: MessagingContext

    /// It waits for nothing when it is closed.
    init(_ context: MessagingContext, type: Int32) throws {
        guard let handle = zmq_socket(context.handle, type) else { throw MessagingError("open a socket") }
        self.context = context
        self.handle = handle
        var linger: Int32 = 0
        zmq_setsockopt(handle, ZMQ_LINGER, &linger, 4)
    }

    deinit { zmq_close(handle) }
}
