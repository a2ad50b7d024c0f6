/// What a socket that dials has tried.
struct Dialling {
    let dialled: DialledEndpoint
    /// That libzmq dials now; nil between two of them.
    var address: ResolvedEndpoint?
    /// Whether a connection to this address stood once.
    var hasStood = false

    /// An address that a socket was given up over is not the next one's first.
    func end(_ socket: DealerSocket) {
        dialled.release(ObjectIdentifier(socket))
        if let address, !hasStood { dialled.failed(address) }
    }
}

extension DealerSocket {
    /// libzmq dials from a thread of its own, again and again; an endpoint where nobody listens is no error, nor is a name without
    /// an address. The other addresses of a name are tried as long as this socket is asked for its handshakes or its connection.
    ///
    /// - Throws: `MessagingError` for what libzmq does not take.
    package func connect(_ dialled: DialledEndpoint) throws {
        precondition(dialling == nil, "a socket dials once")
        dialling = Dialling(dialled: dialled)
        if let address = dialled.current() { try dial(address) }
    }

    /// One that nobody else dials.
    package func connect(_ endpoint: Endpoint) throws { try connect(DialledEndpoint(endpoint)) }

    /// Goes on to the next address where the last did not answer.
    func followAddresses() {
        guard let dialling, let monitor else { return }
        let hasFailed = monitor.takeFailedTries() > 0
        if monitor.isConnected() {
            self.dialling?.hasStood = true
            if let address = dialling.address { dialling.dialled.hold(ObjectIdentifier(self), over: address) }
            return
        }
        dialling.dialled.release(ObjectIdentifier(self))
        if hasFailed, let address = dialling.address { dialling.dialled.failed(address) }
        let wanted = dialling.dialled.current()
        guard wanted != dialling.address else { return }
        dialling.address?.stopDialling(handle)
        self.dialling?.address = nil
        if let wanted, (try? dial(wanted)) == nil { dialling.dialled.failed(wanted) }
    }

    private func dial(_ address: ResolvedEndpoint) throws {
        guard let dialled = dialling?.dialled else { return }
        dialled.isTried(address)
        try address.dial(handle, for: dialled.endpoint)
        dialling = Dialling(dialled: dialled, address: address)
    }
}
