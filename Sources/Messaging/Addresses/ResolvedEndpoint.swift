import CZeroMQ

/// An endpoint in which no name is left: all that libzmq is ever given. It would try one address of a name and keep to itself
/// which one, take no name at all to listen at, and resolve in the thread that carries all traffic.
package struct ResolvedEndpoint: Sendable, Hashable, CustomStringConvertible {
    enum Place: Sendable, Hashable {
        case path(String)
        /// Every address of this machine, to listen at.
        case everyAddress
        case address(NumericAddress)
    }

    let place: Place
    /// 0 asks the system for a free one; of no meaning with a path.
    var port = 0

    init(_ place: Place, port: Int = 0) {
        self.place = place
        self.port = port
    }

    /// As libzmq takes it.
    package var description: String {
        switch place {
        case .path(let path): "ipc://\(path)"
        case .everyAddress: "tcp://*:\(portText)"
        case .address(let address): "tcp://\(address):\(portText)"
        }
    }

    private var portText: String { port == 0 ? "*" : "\(port)" }

    /// For sentences: the address without the port.
    var shortText: String {
        switch place {
        case .path(let path): path
        case .everyAddress: "*"
        case .address(let address): address.description
        }
    }

    /// Of a socket of libzmq; dials from a thread of libzmq's.
    func dial(_ socket: UnsafeMutableRawPointer, for endpoint: Endpoint) throws(MessagingError) {
        guard zmq_connect(socket, description) == 0 else { throw MessagingError("dial", endpoint.description) }
    }

    func stopDialling(_ socket: UnsafeMutableRawPointer) { _ = zmq_disconnect(socket, description) }

    func stopListening(_ socket: UnsafeMutableRawPointer) { _ = zmq_unbind(socket, description) }

    /// - Returns: this endpoint, with the port that the system chose where none was asked for.
    func listen(_ socket: UnsafeMutableRawPointer, for endpoint: Endpoint) throws(MessagingError) -> ResolvedEndpoint {
        guard zmq_bind(socket, description) == 0 else { throw MessagingError("listen at", endpoint.description) }
        guard port == 0, case .path = place else { return port == 0 ? try withBoundPort(of: socket) : self }
        return self
    }

    private func withBoundPort(of socket: UnsafeMutableRawPointer) throws(MessagingError) -> ResolvedEndpoint {
        var text = [CChar](repeating: 0, count: 256)
        var size = text.count
        guard zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, &text, &size) == 0 else {
            throw MessagingError("read endpoint")
        }
        let told = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // libzmq may tell an address in another form; only the port is news.
        guard let digits = told.split(separator: ":").last, let port = Int(digits) else {
            throw MessagingError("read the port of", told)
        }
        return ResolvedEndpoint(place, port: port)
    }
}
