#if canImport(Glibc)
    import Glibc
#endif

/// This machine's own addresses.
enum MachineAddresses {
    /// Of one network interface that is up, as `eth0`; none where there is no such interface.
    static func of(interface name: String) -> [NumericAddress] {
        let own = all().filter { $0.interface == name }.map(\.address)
        let wide = own.filter { !$0.isLinkLocal }
        return wide.isEmpty ? own : wide
    }

    /// Those that other machines may know it by, the one that leads to the rest of the world first; those that only this machine
    /// reaches where it has no other.
    ///
    /// - Parameter families: that are wanted; the earlier first.
    static func dialable(_ families: [Int32]) -> [NumericAddress] {
        let all = all().map(\.address)
        let wide = all.filter { !$0.isLoopback && !$0.isLinkLocal && families.contains($0.family) }
        let leading = families.compactMap(towardsTheWorld).filter(wide.contains)
        let rest = families.flatMap { family in wide.filter { $0.family == family && !leading.contains($0) } }
        if !wide.isEmpty { return leading + rest }
        return families.flatMap { family in all.filter { $0.isLoopback && $0.family == family }.prefix(1) }
    }

    private static func all() -> [(interface: String, address: NumericAddress)] {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return [] }
        defer { freeifaddrs(list) }
        var found: [(interface: String, address: NumericAddress)] = []
        var next = list
        while let entry = next?.pointee {
            next = entry.ifa_next
            guard entry.ifa_flags & UInt32(IFF_UP) != 0, let own = entry.ifa_addr else { continue }
            let isIPv6 = Int32(own.pointee.sa_family) == AF_INET6
            let size = isIPv6 ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size
            if let address = NumericAddress(own, byteCount: size) {
                found.append((String(cString: entry.ifa_name), address))
            }
        }
        return found
    }

    /// The address that this machine would speak from to one far away. Nothing is sent: a datagram socket only looks the way up.
    private static func towardsTheWorld(_ family: Int32) -> NumericAddress? {
        // Addresses that are kept for documents (RFC 5737, RFC 3849), so that they are nobody's.
        guard let far = NameLookup.number(family == AF_INET ? "198.51.100.1" : "2001:db8::1") else { return nil }
        let descriptor = socket(family, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        let answer = far.socketAddress(port: 9).withUnsafeBytes { bytes in
            connect(descriptor, bytes.assumingMemoryBound(to: sockaddr.self).baseAddress, socklen_t(bytes.count))
        }
        guard answer == 0 else { return nil }
        var own = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &own) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                getsockname(descriptor, address, &size) == 0 ? NumericAddress(address, byteCount: Int(size)) : nil
            }
        }
    }
}
