#if canImport(Glibc)
    import Glibc
#endif

/// Where pages are served: an address of this machine and a port.
package struct HTTPAddress: Sendable, Equatable, CustomStringConvertible {
    /// An address in numbers, or `localhost`; an address of IPv6 without its brackets.
    package let host: String
    /// 0 asks the system for a free one.
    package let port: Int

    package var description: String { (host.contains(":") ? "[\(host)]" : host) + ":\(port)" }

    /// Nil for what is neither `address:port`, `[address]:port`, `localhost:port` nor a port alone, which is the loopback's.
    package init?(_ text: String) {
        let colon = text.lastIndex(of: ":")
        let portText = colon.map { text[text.index(after: $0)...] } ?? text[...]
        guard portText.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = Int(portText),
            (0...65_535).contains(port)
        else { return nil }
        var host = colon.map { String(text[..<$0]) } ?? "127.0.0.1"
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
            guard host.contains(":") else { return nil }
        } else if host.contains(":") {
            return nil
        }
        self.host = host
        self.port = port
        guard host == "localhost" || storage != nil else { return nil }
    }

    /// Whether only this machine reaches it.
    package var isLoopback: Bool {
        if host == "localhost" || host == "::1" { return true }
        return host.hasPrefix("127.") && storage != nil
    }

    /// As the kernel takes it.
    var storage: sockaddr_storage? {
        var storage = sockaddr_storage()
        let number = host == "localhost" ? "127.0.0.1" : host
        var newer = sockaddr_in6()
        if inet_pton(AF_INET6, number, &newer.sin6_addr) == 1 {
            newer.sin6_family = sa_family_t(AF_INET6)
            newer.sin6_port = in_port_t(UInt16(port).bigEndian)
            withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: newer, as: sockaddr_in6.self) }
            return storage
        }
        var older = sockaddr_in()
        guard inet_pton(AF_INET, number, &older.sin_addr) == 1 else { return nil }
        older.sin_family = sa_family_t(AF_INET)
        older.sin_port = in_port_t(UInt16(port).bigEndian)
        withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: older, as: sockaddr_in.self) }
        return storage
    }
}
