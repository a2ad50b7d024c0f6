/// How much one connection, and all of them together, may cost a router before they are cut. libzmq bounds frames and whole
/// messages only: a message of endlessly many frames, or a thousand callers that say nothing, escape every option it has.
package struct ConnectionLimits: Sendable, Equatable {
    /// Bytes that a connection may bring without ending a message. A message has two frames, of at most
    /// `SocketLimits.frameBytes` each; the rest is what the kernel holds back while this program is busy.
    package var unfinishedBytes = 32 << 20
    /// Bytes that all connections together may bring without ending a message: the one that brought most goes first.
    package var unfinishedBytesInAll = 256 << 20
    /// Connections that have not said anything readable yet: the oldest goes first. A worker greets within milliseconds.
    package var strangers = 256
    /// Unreadable messages that a connection may bring; then it is cut, and a worker dials again.
    package var unreadableMessages = 3
    /// How often bytes are counted, in milliseconds.
    package var lookMilliseconds = 100

    package init() {}

    /// - Parameter descriptors: that this process may have open. Callers who say nothing get a quarter of them at most: files
    ///   and workers need theirs.
    package init(descriptors: Int) { strangers = min(strangers, max(1, descriptors / 4)) }
}

/// A connection that was cut, and why.
package enum CutConnection: Sendable, Hashable {
    case endlessMessage(bytes: Int)
    case tooManyStrangers(limit: Int)
    case unreadableMessages(count: Int)
}
