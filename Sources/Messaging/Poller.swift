import CZeroMQ

#if canImport(Glibc)
    import Glibc
#endif

package enum Poller {
    /// Waits until a socket or its monitor, or a file descriptor, has something to read, or the time is over.
    ///
    /// - Parameter timeout: at most a second is waited, whatever is asked: libzmq 4.3.4 can lose a wake-up.
    package static func wait(sockets: [Socket], fileDescriptors: [Int32], timeout: Duration) {
        var items: [zmq_pollitem_t] = []
        for socket in sockets {
            items.append(zmq_pollitem_t(socket: socket.handle, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0))
            if let monitor = socket.monitorHandle {
                items.append(zmq_pollitem_t(socket: monitor, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0))
            }
        }
        for descriptor in fileDescriptors {
            items.append(zmq_pollitem_t(socket: nil, fd: descriptor, events: Int16(ZMQ_POLLIN), revents: 0))
        }
        let parts = max(.zero, min(timeout, .seconds(1))).components
        let milliseconds = parts.seconds * 1000 + (parts.attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        _ = zmq_poll(&items, Int32(items.count), Int(milliseconds))
    }
}
