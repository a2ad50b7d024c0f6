#if canImport(Glibc)
    import Glibc
#endif

extension RouterSocket {
    /// - Returns: the endpoint with a port where `*` asked for any.
    /// - Throws: `MessagingError`, with the addresses that were tried.
    package func bind(_ endpoint: Endpoint) throws -> String {
        let begun = try Listening.begin(handle, endpoint)
        listening = begun
        return begun.endpoint.description
    }

    /// What workers can dial to reach this socket, the likeliest first: of a socket that listens at all addresses of this machine
    /// those that it has.
    package var dialable: [Endpoint] {
        guard let listening else { return [] }
        let numbers = listening.places.flatMap { place -> [String] in
            switch place.place {
            case .path: []
            case .everyAddress: MachineAddresses.dialable([AF_INET, AF_INET6]).map(\.description)
            case .address(let address) where address.isWildcard:
                // A socket of the newer family takes callers of the older one.
                MachineAddresses.dialable(address.family == AF_INET ? [AF_INET] : [AF_INET, AF_INET6])
                    .map(\.description)
            case .address(let address): [address.description]
            }
        }
        let isDialledAsItIs = (try? Endpoint(toDial: listening.endpoint.description)) != nil
        let isInterface = listening.endpoint.isInterface
        if isDialledAsItIs, !isInterface { return [listening.endpoint] }
        let port = listening.places.first?.port ?? 0
        return numbers.compactMap { try? Endpoint(parsing: "tcp://\($0):\(port)") }
    }

    /// Whether any address of this machine leads to it.
    package var isAtEveryAddress: Bool {
        listening?.places.contains { place in
            switch place.place {
            case .everyAddress: true
            case .address(let address): address.isWildcard
            case .path: false
            }
        } ?? false
    }

    /// Whether only this machine reaches it, whatever its name says.
    package var isReachedFromHereAlone: Bool {
        guard let listening else { return true }
        return listening.places.allSatisfy { place in
            switch place.place {
            case .path: true
            case .everyAddress: false
            case .address(let address): address.isLoopback
            }
        }
    }
}

extension Endpoint {
    fileprivate var isInterface: Bool {
        guard case .host(let host, _) = place else { return false }
        return !MachineAddresses.of(interface: host).isEmpty
    }
}
