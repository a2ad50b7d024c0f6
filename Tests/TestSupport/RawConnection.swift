import Host

#if canImport(Glibc)
    import Glibc
#endif

/// A connection without libzmq, for what libzmq would not send.
package final class RawConnection {
    private let descriptor: Int32

    /// Where a socket listens on this machine.
    package enum Place {
        case port(UInt16)
        case path(String)
    }

    /// - Throws: `SystemError` when nobody listens there.
    package init(_ place: Place) throws {
        switch place {
        case .port(let port):
            descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            try Self.dial(descriptor, address)
        case .path(let path):
            descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8).prefix(107)) }
            try Self.dial(descriptor, address)
        }
        // Nobody waits for ever, whoever does not read.
        var limit = timeval(tv_sec: 2, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    private static func dial<Address>(_ descriptor: Int32, _ address: Address) throws {
        let status = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<Address>.size))
            }
        }
        guard status == 0 else {
            let error = SystemError("dial", "the coordinator")
            close(descriptor)
            throw error
        }
    }

    deinit { close(descriptor) }

    /// Ends this direction: what was sent arrives, then the end of the stream.
    package func hangUp() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// - Returns: how many bytes went; fewer than all when the other side closed or reads nothing.
    @discardableResult
    package func send(_ bytes: [UInt8]) -> Int {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(
                    descriptor, $0.baseAddress?.advanced(by: sent), bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return sent }
            sent += count
        }
        return sent
    }

    /// Whether the other side has closed; what it sent is read and thrown away.
    package var isClosed: Bool {
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(descriptor, &chunk, chunk.count, Int32(MSG_DONTWAIT))
            if count == 0 { return true }
            if count < 0 { return errno != EAGAIN && errno != EINTR }
        }
    }

    /// What came within so long: nothing perhaps; nil when the other side has closed.
    package func receive(waitMilliseconds: Int32) -> [UInt8]? {
        var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&wait, 1, waitMilliseconds) > 0 else { return [] }
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        let count = recv(descriptor, &chunk, chunk.count, Int32(MSG_DONTWAIT))
        if count < 0 { return errno == EAGAIN || errno == EINTR ? [] : nil }
        return count == 0 ? nil : Array(chunk[..<count])
    }

    // MARK: ZMTP 3.0, by its published specification (RFC 23)

    /// Greets, and waits until the other side is ready too: libzmq calls what comes before that an error of the protocol.
    /// - Returns: false when the other side is not ready within two seconds.
    package func shakeHands() -> Bool {
        send(Self.greeting + Self.ready)
        guard receive(exactly: Self.greeting.count) != nil, let head = receive(exactly: 2), head[0] == 4 else {
            return false
        }
        return receive(exactly: Int(head[1])) != nil
    }

    private func receive(exactly count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var limit = timeval(tv_sec: 2, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        return recv(descriptor, &bytes, count, Int32(MSG_WAITALL)) == count ? bytes : nil
    }

    package static let greeting: [UInt8] =
        [0xFF] + [UInt8](repeating: 0, count: 8) + [0x7F, 3, 0] + Array("NULL".utf8) + [UInt8](repeating: 0, count: 48)

    private static let ready: [UInt8] = {
        func property(_ name: String, _ value: String) -> [UInt8] {
            [UInt8(name.utf8.count)] + Array(name.utf8) + [0, 0, 0, UInt8(value.utf8.count)] + Array(value.utf8)
        }
        let body = [5] + Array("READY".utf8) + property("Socket-Type", "DEALER") + property("Identity", "")
        return [4, UInt8(body.count)] + body
    }()

    /// The head of a frame of so many bytes, whoever believes it.
    package static func head(bytes count: UInt64, isFollowed: Bool) -> [UInt8] {
        [isFollowed ? 3 : 2] + (0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * (7 - UInt64($0)))) }
    }
}
