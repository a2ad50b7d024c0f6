/// The bounds that every socket is given, each with its unit and its reason.
package struct SocketLimits: Sendable, Equatable {
    /// Messages that may wait for one peer in one direction. Pieces are only sent when asked for, a window at a time, so
    /// this is never reached by a peer that follows the protocol.
    package var waitingMessages: Int32 = 1000
    /// Longest frame that is received.
    package var frameBytes: Int64 = 1 << 20
    /// Between two heartbeats of libzmq on a connection.
    package var heartbeatIntervalMilliseconds: Int32 = 2000
    /// Longer than the largest frame takes on the slowest link: heartbeats are answered between frames only.
    package var heartbeatTimeoutMilliseconds: Int32 = 10_000
    /// TCP_USER_TIMEOUT: a peer that stops in mid-frame is noticed by nothing else.
    package var unacknowledgedMilliseconds: Int32 = 20_000
    /// How long a new connection may take for its handshake; then it is closed.
    package var handshakeMilliseconds: Int32 = 5000
    /// How long one try to connect may take.
    package var connectMilliseconds: Int32 = 3000
    /// Pause before the first try to connect again; libzmq doubles it from try to try.
    package var reconnectMilliseconds: Int32 = 200
    /// Longest pause between two tries to connect.
    package var reconnectLimitMilliseconds: Int32 = 5000
    /// How long a closing socket still tries to deliver its last words.
    package var lingerMilliseconds: Int32 = 1000
    /// Connections that may wait to be accepted: a cluster's workers dial all at once.
    package var backlogConnections: Int32 = 1024

    package init() {}
}
