#if canImport(Glibc)
    import Glibc
#endif

/// Where a socket listens: one place for each address that the endpoint's name has on this machine.
struct Listening {
    /// With the port that the system chose where none was asked for.
    let endpoint: Endpoint
    let places: [ResolvedEndpoint]

    /// A name's other addresses want the port that the system chose for the first, and somebody else may have it there.
    private static let portTries = 8

    /// Listens at every address of the name that this machine has. One in use is an error, whatever the others are: callers may
    /// take whoever is there for this one.
    ///
    /// - Throws: `MessagingError`, with the addresses that were tried.
    static func begin(_ socket: UnsafeMutableRawPointer, _ endpoint: Endpoint) throws(MessagingError) -> Listening {
        let places: [ResolvedEndpoint]
        switch NameLookup.toListen(endpoint) {
        case .success(let found): places = found
        case .failure(let error):
            throw MessagingError(
                "listen at", endpoint.description, errorNumber: EADDRNOTAVAIL, reason: error.description)
        }
        return try begin(socket, endpoint, tryingPorts: places)
    }

    /// Listens at the same places as before, with the same ports: no name is looked up, for a resolver may take half a minute.
    ///
    /// - Throws: `MessagingError`.
    func again(_ socket: UnsafeMutableRawPointer) throws(MessagingError) -> Listening {
        try Self.begin(socket, endpoint, tryingPorts: places)
    }

    private static func begin(
        _ socket: UnsafeMutableRawPointer, _ endpoint: Endpoint, tryingPorts places: [ResolvedEndpoint]
    ) throws(MessagingError) -> Listening {
        try refusePathInUse(places, endpoint)
        for _ in 1..<portTries {
            do throws(MessagingError) { return try begin(socket, endpoint, at: places) } catch {
                guard error.isAddressInUse, endpoint.asksForPort, places.count > 1 else { throw error }
            }
        }
        return try begin(socket, endpoint, at: places)
    }

    private static func begin(
        _ socket: UnsafeMutableRawPointer, _ endpoint: Endpoint, at places: [ResolvedEndpoint]
    ) throws(MessagingError) -> Listening {
        var done: [ResolvedEndpoint] = []
        var last: MessagingError?
        for var place in places {
            if place.port == 0, let first = done.first { place.port = first.port }
            do throws(MessagingError) {
                done.append(try place.listen(socket, for: endpoint))
            } catch {
                last = error
                guard [EADDRNOTAVAIL, EAFNOSUPPORT, ENODEV].contains(error.errorNumber) else {
                    for place in done { place.stopListening(socket) }
                    throw error
                }
            }
        }
        guard let first = done.first else {
            let tried = places.map(\.shortText).joined(separator: ", ")
            throw MessagingError(
                "listen at", endpoint.description, errorNumber: last?.errorNumber ?? EADDRNOTAVAIL,
                reason: "this machine has no such address (tried \(tried))")
        }
        return Listening(endpoint: endpoint.withPort(first.port), places: done)
    }

    /// libzmq removes whatever has the path: a file of the user's, and the socket of a process that is alive.
    private static func refusePathInUse(_ places: [ResolvedEndpoint], _ endpoint: Endpoint) throws(MessagingError) {
        guard case .path(let path)? = places.first?.place else { return }
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw MessagingError(
                "listen at", endpoint.description, errorNumber: EEXIST, reason: "what has this path is no socket")
        }
        if GreetingProbe.isTaken(path: path) {
            throw MessagingError("listen at", endpoint.description, errorNumber: EADDRINUSE)
        }
    }
}

extension Endpoint {
    var asksForPort: Bool {
        if case .host(_, 0) = place { true } else { false }
    }

    func withPort(_ port: Int) -> Endpoint {
        guard asksForPort else { return self }
        guard let endpoint = try? Endpoint(parsing: "\(description.dropLast())\(port)") else {
            preconditionFailure("an endpoint with a port is none")
        }
        return endpoint
    }
}
