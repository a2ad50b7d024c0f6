import Wire

/// Notices a connection that does not come back. libzmq dials again after most ends, but never after one that it calls an error of
/// the protocol (4.3.4, `session_base_t::engine_error`): one bit that a link flipped at the wrong place, and the socket stays
/// dead. Then the worker dials with new ones.
struct LinkWatch {
    private var downSince: [Channel: Duration] = [:]

    /// How long a connection may be down while libzmq dials; longer than its longest pause between two tries.
    static let patience: Duration = .seconds(6)

    /// New sockets were made.
    mutating func dialled(at now: Duration) {
        for channel in Channel.allCases { downSince[channel] = now }
    }

    /// - Returns: whether it stands again.
    mutating func note(_ channel: Channel, isConnected: Bool, at now: Duration) -> Bool {
        if isConnected { return downSince.removeValue(forKey: channel) != nil }
        if downSince[channel] == nil { downSince[channel] = now }
        return false
    }

    /// Whether one does not stand now.
    var isAnyDown: Bool { !downSince.isEmpty }

    func isLost(at now: Duration) -> Bool { downSince.values.contains { now - $0 > Self.patience } }
}
