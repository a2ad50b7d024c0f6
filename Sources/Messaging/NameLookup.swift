#if canImport(Glibc)
    import Glibc
#endif

/// The system's resolver, asked by ourselves: libzmq keeps what it answers to itself, and a mistyped host looks like one that is
/// down. Blocks as long as the resolver does.
package enum NameLookup {
    /// Why there is no address for a host at an endpoint; nil where there is one, and where no host is named.
    package static func failure(of endpoint: Endpoint) -> String? {
        guard case .host(let host, let port) = endpoint.place else { return nil }
        switch lookup(host, port) {
        case .success: return nil
        case .failure(let error): return "the host '\(host)' has no address (\(error.reason))"
        }
    }

    static func addresses(of host: String, port: Int) -> [(family: Int32, bytes: [UInt8])] {
        (try? lookup(host, port).get()) ?? []
    }

    private struct LookupError: Error {
        let reason: String
    }

    private static func lookup(_ host: String, _ port: Int) -> Result<[(family: Int32, bytes: [UInt8])], LookupError> {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, String(port), &hints, &list)
        guard code == 0 else {
            return .failure(LookupError(reason: gai_strerror(code).map { String(cString: $0) } ?? "error \(code)"))
        }
        defer { freeaddrinfo(list) }
        var found: [(family: Int32, bytes: [UInt8])] = []
        var next = list
        while let entry = next?.pointee {
            let bytes = UnsafeRawBufferPointer(start: entry.ai_addr, count: Int(entry.ai_addrlen))
            found.append((entry.ai_family, Array(bytes)))
            next = entry.ai_next
        }
        return .success(found)
    }
}
