import CZeroMQ

#if canImport(Glibc)
    import Glibc
#endif

/// Where a shell waits: one call for all its sockets, their monitors and file descriptors.
package enum Poller {
    /// What has something to read, so that only that is asked.
    package struct Ready {
        private let handles: Set<UnsafeMutableRawPointer>
        private let descriptors: Set<Int32>
        /// The time was over: since libzmq can lose a wake-up, everybody is asked then.
        private let isEverything: Bool

        fileprivate init(_ items: [zmq_pollitem_t]) {
            let ready = items.filter { $0.revents != 0 }
            handles = Set(ready.compactMap(\.socket))
            descriptors = Set(ready.filter { $0.socket == nil }.map(\.fd))
            isEverything = ready.isEmpty
        }

        /// Whether a message may wait at the socket: to be asked until it has none.
        package func messages(_ socket: Socket) -> Bool { isEverything || handles.contains(socket.handle) }

        /// Whether the socket's monitor may have something to tell, of handshakes as well.
        package func closings(_ socket: Socket) -> Bool {
            isEverything || socket.monitorHandle.map(handles.contains) ?? false
        }

        /// Whether the descriptor, one that was waited for, may have something to read.
        package func descriptor(_ descriptor: Int32) -> Bool { isEverything || descriptors.contains(descriptor) }
    }

    /// Waits until a socket or its monitor, or a file descriptor, has something to read, or the time is over.
    ///
    /// - Parameter timeout: at most a second is waited, whatever is asked: libzmq 4.3.4 can lose a wake-up.
    @discardableResult
    package static func wait(sockets: [Socket], fileDescriptors: [Int32], timeout: Duration) -> Ready {
        var items: [zmq_pollitem_t] = []
        items.reserveCapacity(2 * sockets.count + fileDescriptors.count)
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
        return Ready(items)
    }
}
