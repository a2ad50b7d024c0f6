import CZeroMQ

#if canImport(Glibc)
    import Glibc
#endif

/// What libzmq does with the same bytes when nothing else is done: the measure of `snas bench wire`. Sockets as libzmq makes
/// them, blocking calls, messages sent from where they lie and received without being looked at.
package enum BareExchange {
    /// How a round's bytes are cut, the same on both sides.
    package struct Load: Sendable {
        /// To each peer in a round.
        package var bytesOut: Int
        /// From each peer in a round.
        package var bytesBack: Int
        /// Of every message but the last of a direction, which may be shorter.
        package var pieceBytes: Int

        package init(bytesOut: Int, bytesBack: Int, pieceBytes: Int) {
            self.bytesOut = bytesOut
            self.bytesBack = bytesBack
            self.pieceBytes = pieceBytes
        }

        var piecesOut: Int { (bytesOut + pieceBytes - 1) / pieceBytes }
        var piecesBack: Int { (bytesBack + pieceBytes - 1) / pieceBytes }
    }

    /// A peer that says nothing for so long is gone. On a busy machine dozens of workers of the other side, which the bare
    /// peers wait for, take minutes to start.
    static let patienceMilliseconds: Int32 = 600_000
}

/// A plain socket and the bytes it sends over and over.
private final class BareSocket {
    let handle: UnsafeMutableRawPointer
    private let context: MessagingContext
    private let bytes: UnsafeMutableRawBufferPointer

    init(type: Int32, bytes count: Int) throws {
        context = try MessagingContext()
        guard let handle = zmq_socket(context.handle, type) else { throw MessagingError("open a socket") }
        self.handle = handle
        bytes = .allocate(byteCount: count, alignment: 64)
        bytes.initializeMemory(as: UInt8.self, repeating: 7)
        var patience = BareExchange.patienceMilliseconds
        zmq_setsockopt(handle, ZMQ_RCVTIMEO, &patience, 4)
        zmq_setsockopt(handle, ZMQ_SNDTIMEO, &patience, 4)
        var linger: Int32 = 1000
        zmq_setsockopt(handle, ZMQ_LINGER, &linger, 4)
    }

    deinit {
        zmq_close(handle)
        // Only when the last message has left may the bytes go: the context waits for that.
        context.end()
        bytes.deallocate()
    }

    func sendPiece(_ index: Int, of total: Int, pieceBytes: Int) throws {
        let start = index * pieceBytes
        var message = zmq_msg_t()
        zmq_msg_init_data(
            &message, bytes.baseAddress?.advanced(by: start), min(pieceBytes, total - start), { _, _ in }, nil)
        guard zmq_msg_send(&message, handle, 0) >= 0 else { throw MessagingError("send") }
    }

    /// - Returns: the frame's length.
    func receive() throws -> Int {
        var message = zmq_msg_t()
        zmq_msg_init(&message)
        defer { zmq_msg_close(&message) }
        guard zmq_msg_recv(&message, handle, 0) >= 0 else { throw MessagingError("receive") }
        return zmq_msg_size(&message)
    }
}

/// The side that stands for the coordinator.
package final class BareHub {
    private let socket: BareSocket
    private let load: BareExchange.Load
    private var peers: [[UInt8]] = []

    /// Waits until `count` peers have said a word.
    package init(_ endpoint: Endpoint, peers count: Int, load: BareExchange.Load, start: () throws -> Void) throws {
        socket = try BareSocket(type: ZMQ_ROUTER, bytes: load.bytesOut)
        self.load = load
        _ = try Listening.begin(socket.handle, endpoint)
        try start()
        for _ in 0..<count {
            var name = [UInt8](repeating: 0, count: 256)
            let length = zmq_recv(socket.handle, &name, name.count, 0)
            guard length >= 0 else { throw MessagingError("receive") }
            peers.append(Array(name[..<Int(length)]))
            _ = try socket.receive()
        }
    }

    deinit {
        for peer in peers where zmq_send(socket.handle, peer, peer.count, ZMQ_SNDMORE) >= 0 {
            zmq_send(socket.handle, [0], 1, 0)
        }
    }

    /// All bytes out to every peer, and all of theirs back.
    package func round() throws {
        for peer in peers {
            for piece in 0..<load.piecesOut {
                guard zmq_send(socket.handle, peer, peer.count, ZMQ_SNDMORE) >= 0 else { throw MessagingError("send") }
                try socket.sendPiece(piece, of: load.bytesOut, pieceBytes: load.pieceBytes)
            }
        }
        for _ in 0..<peers.count * load.piecesBack {
            _ = try socket.receive()
            _ = try socket.receive()
        }
    }
}

extension BareExchange {
    /// The side that stands for a worker: whenever a round's pieces have come it sends its own. A frame of one byte ends it.
    package static func answer(_ endpoint: Endpoint, load: Load) throws {
        let socket = try BareSocket(type: ZMQ_DEALER, bytes: load.bytesBack)
        // The hub of a bench is on this machine: the first address is the one.
        try NameLookup.toDial(endpoint).get().first?.dial(socket.handle, for: endpoint)
        guard zmq_send(socket.handle, [1], 1, 0) >= 0 else { throw MessagingError("send") }
        while true {
            for _ in 0..<load.piecesOut { if try socket.receive() == 1 { return } }
            for piece in 0..<load.piecesBack {
                try socket.sendPiece(piece, of: load.bytesBack, pieceBytes: load.pieceBytes)
            }
        }
    }
}
