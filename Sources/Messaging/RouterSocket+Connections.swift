import CZeroMQ

#if canImport(Glibc)
    import Glibc
#endif

extension RouterSocket {
    /// Says whether a message that came could be read: whoever never says anything readable is a stranger, whoever says
    /// unreadable things is cut.
    package func judge(_ message: ReceivedMessage, isReadable: Bool) {
        guard let connection = message.connection else { return }
        if isReadable { book.messageRead(from: connection) } else { book.messageUnreadable(from: connection) }
    }

    /// Cuts the connections that cost more than `ConnectionLimits` allow. To be called when nothing waits to be received.
    /// - Parameter countsBytes: whether the kernel is asked what each connection brought; cheap, but not for every turn.
    package func cutWhatCostsTooMuch(countsBytes: Bool) -> [CutConnection] {
        book.note(monitor?.takeChanges() ?? [])
        return book.look(countsBytes: countsBytes)
    }

    /// How long a closed socket's address may stay taken.
    private static let reopenTime: Duration = .seconds(5)
    /// How long libzmq may take to remove a closed socket's path.
    private static let removalTime: Duration = .milliseconds(2500)
    private static let reopenPauseMilliseconds = 10

    /// Closes this socket, with all connections and all that libzmq holds for them, and listens at the same place anew. Workers
    /// dial again by themselves.
    ///
    /// - Throws: `MessagingError` when the address stays taken.
    package func reopened() throws -> RouterSocket {
        guard let listening else { preconditionFailure("reopened before it was bound") }
        try set(ZMQ_LINGER, Int32(0))
        for place in listening.places { place.stopListening(handle) }
        closeNow()
        let fresh = try RouterSocket(context, limits: limits, keys: keys, connectionLimits: connectionLimits)
        fresh.traffic = traffic
        let start = ContinuousClock.now
        while true {
            do {
                // libzmq removes a path when it gets round to it: bound before that, the new one would be removed.
                if listening.endpoint.pathIsThere, .now - start < Self.removalTime { throw PathNotRemovedYet() }
                fresh.listening = try listening.again(fresh.handle)
                return fresh
            } catch {
                guard .now - start < Self.reopenTime else { throw error }
                usleep(UInt32(1000 * Self.reopenPauseMilliseconds))
            }
        }
    }

    private struct PathNotRemovedYet: Error {}
}

extension Endpoint {
    fileprivate var pathIsThere: Bool {
        description.hasPrefix("ipc://") && access(String(description.dropFirst(6)), F_OK) == 0
    }
}
