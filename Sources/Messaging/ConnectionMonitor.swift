import CZeroMQ

#if canImport(Glibc)
    import Glibc
#endif

/// Why a connection ended before it could carry a message.
package enum HandshakeFailure: Sendable, Hashable {
    /// The other side closed it without a reason: what a CURVE server does to whoever has a wrong key for it, and often what
    /// is left to see of `mechanismMismatch`, when the other side saw it first.
    case brokenOff
    /// Nothing came in time: the other side is frozen, or does not speak ZeroMQ.
    case noAnswer
    /// One side uses CURVE, the other does not.
    case mechanismMismatch
    /// What came cannot be opened with this side's key.
    case wrongKey
    /// The authenticator's answer (ZAP): 400 for a key that is not on the list, 500 when the list could not be read.
    case denied(status: Int32)
    /// The other side does not keep to the protocol.
    case malformed
}

/// Connections' ends, as libzmq's monitor of one socket tells them.
final class ConnectionMonitor {
    private let pair: RawSocket
    private var closings = 0
    private var failures: [HandshakeFailure] = []
    private var isGreeted = false
    private var isUp = false
    private var failedTries = 0
    private var changes: [ConnectionChange] = []
    private let tellsChanges: Bool

    /// Failures that may wait to be asked for; later ones are dropped.
    private static let failureLimit = 64

    /// Events that may wait to be read, about 200 bytes each. When so many wait libzmq's own thread waits too, and with it all
    /// traffic: its default of 1000 is reached by a port scanner while a coordinator reads its data.
    private static let waitingEvents: Int32 = 100_000

    private static let failureEvents =
        ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH

    /// - Parameters:
    ///   - withSuccesses: whether connections that can be used are told too.
    ///   - withChanges: whether it is told which connections come and go.
    init(
        _ socket: UnsafeMutableRawPointer, _ context: MessagingContext, withSuccesses: Bool, withChanges: Bool = false
    ) throws {
        tellsChanges = withChanges
        pair = try RawSocket(context, type: ZMQ_PAIR)
        let address = "inproc://monitor-\(UInt(bitPattern: socket))"
        var waiting = Self.waitingEvents
        zmq_setsockopt(pair.handle, ZMQ_RCVHWM, &waiting, 4)
        let events =
            ZMQ_EVENT_DISCONNECTED | Self.failureEvents
            | (withSuccesses ? ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_CONNECT_RETRIED : 0)
            | (withChanges ? ZMQ_EVENT_ACCEPTED : 0)
        guard zmq_socket_monitor(socket, address, events) == 0, zmq_connect(handle, address) == 0 else {
            throw MessagingError("watch a socket")
        }
    }

    /// To be called before this monitor goes and before its socket is closed. libzmq's own thread tells events with a send that
    /// waits until somebody can hear it: once nobody can, it waits for ever, and with it all traffic of the context.
    ///
    /// - Parameter socket: the one that is watched.
    func stop(_ socket: UnsafeMutableRawPointer) {
        // Makes room: that thread holds a lock while it tells, which the next call wants.
        read()
        zmq_socket_monitor(socket, nil, 0)
    }

    var handle: UnsafeMutableRawPointer { pair.handle }

    /// How many connections closed since it was asked last.
    func takeClosings() -> Int {
        read()
        defer { closings = 0 }
        return closings
    }

    /// Handshakes that failed since one succeeded, oldest first, and whether one succeeded; both since it was asked last.
    func takeHandshakes() -> (failures: [HandshakeFailure], isGreeted: Bool) {
        read()
        defer { (failures, isGreeted) = ([], false) }
        return (failures, isGreeted)
    }

    /// Whether the one connection of a socket that dials can be used now; of no meaning where successes are not told.
    func isConnected() -> Bool {
        read()
        return isUp
    }

    /// Tries to connect that came to nothing since it was asked last; of no meaning where successes are not told. libzmq's word that
    /// it will try again is the last that it says of a try, and one after a breach of the protocol it gives up for good.
    func takeFailedTries() -> Int {
        read()
        defer { failedTries = 0 }
        return failedTries
    }

    /// Connections that came and went since it was asked last, in that order.
    func takeChanges() -> [ConnectionChange] {
        read()
        defer { changes = [] }
        return changes
    }

    private func read() {
        while let frames = ReceivedFrame.message(from: handle, limit: 2) {
            // Event (16 bits) and value (32 bits), in this machine's order; then the endpoint. Copied: a frame's bytes are there
            // as long as the frame is held, and nothing here would hold it.
            guard let head = frames.first?.array, head.count >= 6 else { continue }
            let (event, value) = head.withUnsafeBytes {
                (
                    Int32($0.loadUnaligned(fromByteOffset: 0, as: UInt16.self)),
                    $0.loadUnaligned(fromByteOffset: 2, as: Int32.self)
                )
            }
            switch event {
            case ZMQ_EVENT_ACCEPTED: changes.append(.accepted(value))
            case ZMQ_EVENT_DISCONNECTED:
                closings += 1
                isUp = false
                if tellsChanges { changes.append(.closed(value)) }
            case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
                failures = []
                isGreeted = true
                isUp = true
            case ZMQ_EVENT_CONNECT_RETRIED: failedTries += 1
            default:
                if event == ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL { failedTries += 1 }
                if failures.count < Self.failureLimit { failures.append(Self.failure(event, value)) }
            }
        }
    }

    private static func failure(_ event: Int32, _ value: Int32) -> HandshakeFailure {
        switch (event, value) {
        case (ZMQ_EVENT_HANDSHAKE_FAILED_AUTH, _): .denied(status: value)
        case (ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL, ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH): .mechanismMismatch
        case (ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL, ZMQ_PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC): .wrongKey
        case (ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL, _): .malformed
        case (_, EPIPE), (_, ECONNRESET): .brokenOff
        default: .noAnswer
        }
    }
}
