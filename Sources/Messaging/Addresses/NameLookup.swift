#if canImport(Glibc)
    import Glibc
#endif

/// The system's resolver, asked by ourselves: all addresses of a name are wanted, and a mistyped host shall not look like one that
/// is down. Blocks as long as the resolver does.
package enum NameLookup {
    package typealias Answer = Result<[ResolvedEndpoint], NameLookupError>

    /// Addresses of one name that are tried.
    static let addressLimit = 16

    /// Why there is no address for a host at an endpoint; nil where there is one, and where no host is named.
    package static func failure(of endpoint: Endpoint) -> String? {
        if case .failure(let error) = toDial(endpoint) { error.description } else { nil }
    }

    /// Where an endpoint can be dialled, in the resolver's order.
    package static func toDial(_ endpoint: Endpoint) -> Answer {
        switch endpoint.place {
        case .path(let path): .success([ResolvedEndpoint(.path(path))])
        case .host(let host, let port): resolved(host).map { resolved($0, port) }
        }
    }

    /// Where a socket has to listen for an endpoint: at all addresses that its name, or the interface of this name, has.
    static func toListen(_ endpoint: Endpoint) -> Answer {
        switch endpoint.place {
        case .path(let path): return .success([ResolvedEndpoint(.path(path))])
        case .host("*", let port): return .success([ResolvedEndpoint(.everyAddress, port: port)])
        case .host(let host, let port):
            let own = MachineAddresses.of(interface: host)
            return own.isEmpty ? resolved(host).map { resolved($0, port) } : .success(resolved(own, port))
        }
    }

    /// Nil for what is a name.
    static func number(_ host: String) -> NumericAddress? { try? resolved(host, AI_NUMERICHOST).get().first }

    private static func resolved(_ addresses: [NumericAddress], _ port: Int) -> [ResolvedEndpoint] {
        addresses.map { ResolvedEndpoint(.address($0), port: port) }
    }

    private static func resolved(_ host: String, _ flags: Int32 = 0) -> Result<[NumericAddress], NameLookupError> {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = flags
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, nil, &hints, &list)
        guard code == 0 else {
            return .failure(NameLookupError(host, gai_strerror(code).map { String(cString: $0) } ?? "error \(code)"))
        }
        defer { freeaddrinfo(list) }
        var found: [NumericAddress] = []
        var next = list
        while let entry = next?.pointee, found.count < addressLimit {
            if let address = entry.ai_addr.flatMap({ NumericAddress($0, byteCount: Int(entry.ai_addrlen)) }),
                !found.contains(address)
            {
                found.append(address)
            }
            next = entry.ai_next
        }
        return found.isEmpty ? .failure(NameLookupError(host, "none that can be dialled")) : .success(found)
    }
}

/// A host without an address, and the resolver's reason.
package struct NameLookupError: Error, Equatable, Sendable, CustomStringConvertible {
    private let host: String
    private let reason: String

    /// - Parameter reason: the resolver's words.
    package init(_ host: String, _ reason: String) {
        self.host = host
        self.reason = reason
    }

    package var description: String { "the host '\(host)' has no address (\(reason))" }
}
