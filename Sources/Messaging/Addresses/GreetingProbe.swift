#if canImport(Glibc)
    import Glibc
#endif

/// Whether anybody who speaks ZMTP is at an endpoint. Each side of a connection begins with a signature, before any key or word
/// (RFC 23: FF, eight bytes, 7F); a tunnel or proxy whose far end is down accepts connections too, and says nothing.
package enum GreetingProbe {
    private static let signatureBytes = 10

    /// Dials without libzmq and waits for the signature. Blocks for as long as `limit`, a name's resolution besides.
    package static func hearsGreeting(at endpoint: Endpoint, within limit: Duration = .seconds(2)) -> Bool {
        let end = ContinuousClock.now + limit
        guard case .success(let found) = NameLookup.toDial(endpoint) else { return false }
        return found.compactMap(address).contains { address in
            guard let descriptor = dial(address, until: end) else { return false }
            defer { close(descriptor) }
            return signature(of: descriptor, until: end)
        }
    }

    /// Whether a process has a socket's path, whatever it speaks and however busy it is: only where the kernel refuses a connection
    /// is nobody there any more.
    static func isTaken(path: String) -> Bool {
        guard let address = address(of: ResolvedEndpoint(.path(path))) else { return false }
        let descriptor = socket(
            AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { return true }
        defer { close(descriptor) }
        let answer = connect(descriptor, address)
        return answer == 0 || (errno != ECONNREFUSED && errno != ENOENT)
    }

    private static func connect(_ descriptor: Int32, _ address: Address) -> Int32 {
        address.bytes.withUnsafeBytes { bytes in
            Glibc.connect(
                descriptor, bytes.assumingMemoryBound(to: sockaddr.self).baseAddress, socklen_t(bytes.count))
        }
    }

    /// One end of a connection as the kernel wants it.
    private struct Address {
        var family: Int32
        var bytes: [UInt8]
    }

    private static func address(of endpoint: ResolvedEndpoint) -> Address? {
        switch endpoint.place {
        case .path(let path):
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) {
                $0.copyBytes(from: Array(path.utf8).prefix(Endpoint.pathBytes))
            }
            return Address(family: AF_UNIX, bytes: withUnsafeBytes(of: address, Array.init))
        case .address(let address):
            return Address(family: address.family, bytes: address.socketAddress(port: endpoint.port))
        case .everyAddress: return nil
        }
    }

    private static func dial(_ address: Address, until end: ContinuousClock.Instant) -> Int32? {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = socket(address.family, kind, 0)
        guard descriptor >= 0 else { return nil }
        let answer = connect(descriptor, address)
        if answer == 0 || (errno == EINPROGRESS && wait(descriptor, Int16(POLLOUT), until: end)) { return descriptor }
        close(descriptor)
        return nil
    }

    private static func signature(of descriptor: Int32, until end: ContinuousClock.Instant) -> Bool {
        var heard: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: signatureBytes)
        while heard.count < signatureBytes {
            guard wait(descriptor, Int16(POLLIN), until: end) else { return false }
            let count = recv(descriptor, &chunk, signatureBytes - heard.count, 0)
            guard count > 0 else { return false }
            heard += chunk[..<count]
        }
        return heard.first == 0xFF && heard.last == 0x7F
    }

    private static func wait(_ descriptor: Int32, _ events: Int16, until end: ContinuousClock.Instant) -> Bool {
        var item = pollfd(fd: descriptor, events: events, revents: 0)
        let left = max(.zero, end - .now) / .milliseconds(1)
        return poll(&item, 1, Int32(left.rounded(.up))) > 0
    }
}
