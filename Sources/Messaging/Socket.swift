import CZeroMQ

#if canImport(Glibc)
    import Glibc
#endif

/// What became of a message that was given to a socket. Only an answer proves that it arrived.
package enum SendOutcome: Sendable, Equatable {
    case sent
    /// The peer's queue is full.
    case wouldBlock
    /// No such peer (any more).
    case unreachable
}

/// A libzmq socket: used by the thread that made it, never blocking.
package class Socket {
    let handle: UnsafeMutableRawPointer
    let context: MessagingContext
    /// Nil for a socket that asks nobody for a key, or is itself asked for one.
    private let authenticator: Authenticator?
    private(set) var monitor: ConnectionMonitor?
    private var isClosed = false

    init(_ context: MessagingContext, type: Int32, limits: SocketLimits, authenticator: Authenticator? = nil) throws {
        guard let handle = zmq_socket(context.handle, type) else { throw MessagingError("open a socket") }
        self.context = context
        self.handle = handle
        self.authenticator = authenticator
        try set(ZMQ_SNDHWM, limits.waitingMessages)
        try set(ZMQ_RCVHWM, limits.waitingMessages)
        try set(ZMQ_MAXMSGSIZE, limits.frameBytes)
        try set(ZMQ_HEARTBEAT_IVL, limits.heartbeatIntervalMilliseconds)
        try set(ZMQ_HEARTBEAT_TIMEOUT, limits.heartbeatTimeoutMilliseconds)
        try set(ZMQ_HEARTBEAT_TTL, 2 * limits.heartbeatTimeoutMilliseconds)
        try set(ZMQ_TCP_MAXRT, limits.unacknowledgedMilliseconds)
        try set(ZMQ_HANDSHAKE_IVL, limits.handshakeMilliseconds)
        try set(ZMQ_CONNECT_TIMEOUT, limits.connectMilliseconds)
        try set(ZMQ_RECONNECT_IVL, limits.reconnectMilliseconds)
        try set(ZMQ_RECONNECT_IVL_MAX, limits.reconnectLimitMilliseconds)
        try set(ZMQ_LINGER, limits.lingerMilliseconds)
        try set(ZMQ_BACKLOG, limits.backlogConnections)
        try set(ZMQ_TCP_KEEPALIVE, Int32(1))
        try set(ZMQ_TCP_KEEPALIVE_IDLE, Int32(60))
        try set(ZMQ_IPV6, Int32(1))
    }

    deinit { closeNow() }

    /// Gives up what is still to be sent and what came. Nothing else may be asked of this socket afterwards.
    func closeNow() {
        if isClosed { return }
        isClosed = true
        monitor?.stop(handle)
        monitor = nil
        zmq_close(handle)
    }

    func set<Value: FixedWidthInteger>(_ option: Int32, _ value: Value) throws {
        var value = value
        guard zmq_setsockopt(handle, option, &value, MemoryLayout<Value>.size) == 0 else {
            throw MessagingError("set option \(option)")
        }
    }

    func set(_ option: Int32, bytes: [UInt8]) throws {
        guard zmq_setsockopt(handle, option, bytes, bytes.count) == 0 else {
            throw MessagingError("set option \(option)")
        }
    }

    /// Watches connections end. Call before bind or connect.
    /// - Parameters:
    ///   - withSuccesses: whether connections that can be used are told too.
    ///   - withChanges: whether it is told which connections come and go.
    func watchConnections(withSuccesses: Bool, withChanges: Bool = false) throws {
        monitor = try ConnectionMonitor(handle, context, withSuccesses: withSuccesses, withChanges: withChanges)
    }

    var monitorHandle: UnsafeMutableRawPointer? { monitor?.handle }

    /// How many connections closed since it was asked last.
    package func closings() -> Int { monitor?.takeClosings() ?? 0 }

    /// Handshakes that failed since one succeeded, oldest first, and whether one succeeded; both since it was asked last.
    package func handshakes() -> (failures: [HandshakeFailure], isGreeted: Bool) {
        monitor?.takeHandshakes() ?? ([], false)
    }

    /// Whom the authenticator kept out since it was asked last; nobody where there is none.
    package func denied() -> [DeniedConnection] { authenticator?.takeDenied() ?? [] }

    /// Sends one message: short frames, which are copied, and a block after them, which is not.
    func send(_ frames: [[UInt8]], block: OutgoingBlock?) throws -> SendOutcome {
        for (position, frame) in frames.enumerated() {
            let isLast = position == frames.count - 1 && block == nil
            let flags = ZMQ_DONTWAIT | (isLast ? 0 : ZMQ_SNDMORE)
            var answer = zmq_send(handle, frame, frame.count, flags)
            while answer < 0, zmq_errno() == EINTR { answer = zmq_send(handle, frame, frame.count, flags) }
            if answer < 0 { return try failedSend() }
        }
        guard let block else { return .sent }
        var message = zmq_msg_t()
        try block.lend(to: &message)
        var answer = zmq_msg_send(&message, handle, ZMQ_DONTWAIT)
        while answer < 0, zmq_errno() == EINTR { answer = zmq_msg_send(&message, handle, ZMQ_DONTWAIT) }
        if answer >= 0 { return .sent }
        defer { zmq_msg_close(&message) }
        return try failedSend()
    }

    private func failedSend() throws -> SendOutcome {
        switch zmq_errno() {
        case EAGAIN: return .wouldBlock
        case EHOSTUNREACH: return .unreachable
        default: throw MessagingError("send")
        }
    }
}

/// A message as it came: one frame of a message's own words, and sometimes a block of bytes after it. A router hands out a
/// message of no or more frames too, which nobody who speaks this protocol sends: as one empty frame, which nobody can read.
package struct ReceivedMessage: Sendable {
    /// The message's own words; nothing of them has been checked.
    package let frame: ReceivedFrame
    /// Nil for a message of one frame.
    package let block: ReceivedFrame?
    /// Of the TCP connection that it came over; nil where there is none.
    let connection: Int32?

    /// Nil for messages of no or more frames.
    init?(_ frames: ArraySlice<ReceivedFrame>) {
        guard let first = frames.first, frames.count <= 2 else { return nil }
        frame = first
        block = frames.count == 2 ? frames.last : nil
        connection = first.connection
    }

    /// Stands for a message of any other number of frames.
    init(unreadableFrom connection: Int32?) {
        frame = ReceivedFrame()
        block = nil
        self.connection = connection
    }
}

/// Names one connection of a router.
package struct PeerIdentity: Sendable, Hashable {
    /// The routing identity: what the other side named itself, or what libzmq named it.
    package let bytes: [UInt8]

    package init(_ bytes: [UInt8]) { self.bytes = bytes }
}

/// What passed through a socket since it was first opened.
package struct SocketTraffic: Sendable, Equatable {
    /// Messages that came, readable or not.
    package var messagesReceived = 0
    /// Messages that libzmq took: only an answer proves that one arrived.
    package var messagesSent = 0
    /// Of those messages' frames, without what libzmq and TCP add.
    package var bytesReceived = 0
    /// Of those messages' frames, without what libzmq and TCP add.
    package var bytesSent = 0

    /// Nothing has passed yet.
    package init() {}
}

/// The coordinator's one socket: every worker's connections end here.
package final class RouterSocket: Socket {
    let limits: SocketLimits
    let keys: CurveServer?
    var listening: Listening?
    var book: ConnectionTable
    let connectionLimits: ConnectionLimits
    /// Of this socket and of those that it was opened anew for.
    package internal(set) var traffic = SocketTraffic()

    /// - Parameter keys: nil lets everybody in, and everybody on the way read and change what is sent.
    package init(
        _ context: MessagingContext, limits: SocketLimits = SocketLimits(), keys: CurveServer? = nil,
        connectionLimits: ConnectionLimits = ConnectionLimits()
    ) throws {
        self.limits = limits
        self.keys = keys
        self.connectionLimits = connectionLimits
        book = ConnectionTable(connectionLimits)
        try super.init(context, type: ZMQ_ROUTER, limits: limits, authenticator: keys?.authenticator)
        try set(ZMQ_ROUTER_MANDATORY, Int32(1))
        try keys?.apply(to: self, limits)
        try watchConnections(withSuccesses: false, withChanges: true)
    }

    /// Nil when nothing waits.
    package func receive() -> (peer: PeerIdentity, message: ReceivedMessage)? {
        guard let frames = ReceivedFrame.message(from: handle, limit: 3), let peer = frames.first else { return nil }
        let message =
            ReceivedMessage(frames.dropFirst()) ?? ReceivedMessage(unreadableFrom: frames[frames.count - 1].connection)
        if let connection = message.connection { book.messageEnded(by: connection) }
        traffic.messagesReceived += 1
        traffic.bytesReceived += message.frame.bytes.count + (message.block?.bytes.count ?? 0)
        return (PeerIdentity(peer.array), message)
    }

    /// - Returns: `unreachable` for a peer whose connection is gone.
    /// - Throws: `MessagingError` for any other failure than that and a full queue.
    package func send(_ frame: [UInt8], block: OutgoingBlock? = nil, to peer: PeerIdentity) throws -> SendOutcome {
        let outcome = try send([peer.bytes, frame], block: block)
        if outcome == .sent {
            traffic.messagesSent += 1
            traffic.bytesSent += frame.count + (block?.bytes.count ?? 0)
        }
        return outcome
    }

    /// Connections that stand, those of strangers among them, as far as was told when it was last looked at what they cost.
    package var connections: Int { book.count }
}

/// One of a worker's connections.
package final class DealerSocket: Socket {
    /// Names itself by 16 random bytes, so that no two processes, and no two sockets, are taken for one.
    package init(
        _ context: MessagingContext, limits: SocketLimits = SocketLimits(), keys: CurveClient? = nil
    ) throws {
        if keys != nil { context.adoptCurve() }
        try super.init(context, type: ZMQ_DEALER, limits: limits)
        // Without it a message to a coordinator that is gone waits and reaches its successor.
        try set(ZMQ_IMMEDIATE, Int32(1))
        // A first byte of zero is reserved to libzmq.
        var identity = (UInt64.random(in: .min ... .max) | 1, UInt64.random(in: .min ... .max))
        guard zmq_setsockopt(handle, ZMQ_ROUTING_ID, &identity, 16) == 0 else { throw MessagingError("name a socket") }
        try keys?.apply(to: self, limits)
        try watchConnections(withSuccesses: true)
    }

    var dialling: Dialling?

    deinit { dialling?.end(self) }

    /// Whether its connection stands, handshake and all.
    package var isConnected: Bool {
        followAddresses()
        return monitor?.isConnected() ?? false
    }

    package override func handshakes() -> (failures: [HandshakeFailure], isGreeted: Bool) {
        followAddresses()
        return super.handshakes()
    }

    /// Nil when nothing waits.
    package func receive() -> ReceivedMessage? {
        while let frames = ReceivedFrame.message(from: handle, limit: 2) {
            if let message = ReceivedMessage(frames[...]) { return message }
        }
        return nil
    }

    /// - Returns: `wouldBlock` while no connection stands, too.
    package func send(_ frame: [UInt8], block: OutgoingBlock? = nil) throws -> SendOutcome {
        try send([frame], block: block)
    }
}
