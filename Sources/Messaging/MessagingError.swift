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

    /// Our own words, where they say more than the system's.
    private let reason: String

    /// Made at once after the call, for libzmq's error number is read here.
    init(_ operation: String, _ endpoint: String = "") {
        self.init(operation, endpoint, errorNumber: zmq_errno())
    }

    /// - Parameter reason: stands instead of the system's words for the number.
    init(_ operation: String, _ endpoint: String, errorNumber: Int32, reason: String? = nil) {
        self.operation = operation
        self.endpoint = endpoint
        self.errorNumber = errorNumber
        self.reason = reason ?? String(cString: zmq_strerror(errorNumber))
    }

    /// What kind of thing is in the way.
    package enum Cause: Sendable {
        /// Somebody listens there, the address is none of this machine's, or no socket can be made at the path.
        case placeTaken
        case noPermission
        case other
    }

    package var cause: Cause {
        switch errorNumber {
        case EADDRINUSE, EADDRNOTAVAIL, ENODEV, ENOENT, ENOTDIR, EEXIST, ENAMETOOLONG, ELOOP, EROFS: .placeTaken
        case EACCES, EPERM: .noPermission
        default: .other
        }
    }

    /// Whether somebody listens there already.
    package var isAddressInUse: Bool { errorNumber == EADDRINUSE }

    package var description: String {
        "cannot \(operation)\(endpoint.isEmpty ? "" : " \(endpoint)"): \(reason)"
    }
}
