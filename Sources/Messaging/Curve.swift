import CZeroMQ

/// CURVE at the coordinator's socket: its own pair, and who says which others may join.
package struct CurveServer {
    let pair: CurveKeyPair
    let authenticator: Authenticator

    /// - Parameter authenticator: of the same context as the socket.
    package init(_ pair: CurveKeyPair, _ authenticator: Authenticator) {
        self.pair = pair
        self.authenticator = authenticator
    }

    func apply(to socket: Socket, _ limits: SocketLimits) throws {
        try socket.set(ZMQ_CURVE_SERVER, Int32(1))
        try socket.set(ZMQ_CURVE_SECRETKEY, bytes: pair.secretBytes)
        try socket.set(ZMQ_ZAP_DOMAIN, bytes: Array("snas".utf8))
        try socket.set(ZMQ_MAXMSGSIZE, limits.frameBytes + Curve.overheadBytes)
    }
}

/// CURVE at a worker's sockets: its own pair, and the one coordinator that it talks to.
package struct CurveClient: Sendable {
    let pair: CurveKeyPair
    let coordinator: CurvePublicKey

    /// - Parameter coordinator: whoever cannot prove to hold this key's secret is not talked to.
    package init(_ pair: CurveKeyPair, coordinator: CurvePublicKey) {
        self.pair = pair
        self.coordinator = coordinator
    }

    func apply(to socket: Socket, _ limits: SocketLimits) throws {
        try socket.set(ZMQ_CURVE_SERVERKEY, bytes: coordinator.bytes)
        try socket.set(ZMQ_CURVE_PUBLICKEY, bytes: pair.publicKey.bytes)
        try socket.set(ZMQ_CURVE_SECRETKEY, bytes: pair.secretBytes)
        try socket.set(ZMQ_MAXMSGSIZE, limits.frameBytes + Curve.overheadBytes)
    }
}

enum Curve {
    /// What a frame's box adds to it: command name, nonce, flags and authenticator are 33 bytes.
    static let overheadBytes: Int64 = 64
}
