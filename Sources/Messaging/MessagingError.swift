import CZeroMQ

#if canImport(Glibc)
    import Glibc
#endif

/// A call of libzmq that failed, with the endpoint it was about.
package struct MessagingError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What was tried, in words that follow "cannot".
    package let operation: String
    /// Empty where the call was about none.
    package let endpoint: String
    /// The system's number, or one of libzmq's own.
    package let errorNumber: Int32

    init(_ operation: String, _ endpoint: String = "") {
        self.operation = operation
        self.endpoint = endpoint
        errorNumber = zmq_errno()
    }

    /// What kind of thing is in the way.
    package enum Cause: Sendable {
        /// Somebody listens there, or the address is none of this machine's.
        case placeTaken
        case noPermission
        case other
    }

    package var cause: Cause {
        switch errorNumber {
        case EADDRINUSE, EADDRNOTAVAIL, ENODEV: .placeTaken
        case EACCES, EPERM: .noPermission
        default: .other
        }
    }

    /// Whether somebody listens there already.
    package var isAddressInUse: Bool { errorNumber == EADDRINUSE }

    package var description: String {
        "cannot \(operation)\(endpoint.isEmpty ? "" : " \(endpoint)"): \(String(cString: zmq_strerror(errorNumber)))"
    }
}
