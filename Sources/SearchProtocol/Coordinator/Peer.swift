/// One connection, as the socket that carries it names it. The protocol only compares and repeats it.
package struct Peer: Sendable, Hashable {
    /// The routing identity of the connection.
    package let bytes: [UInt8]

    package init(_ bytes: [UInt8]) { self.bytes = bytes }
}
