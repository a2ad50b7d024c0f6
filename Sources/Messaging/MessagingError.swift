import CZeroMQ

#if canImport(Glibc)
    import Glibc
#endif

/// A call of libzmq that failed, with the endpoint it was about.
package struct MessagingError: Error, Equatable, Sendable, CustomStringConvertible {
    package let operation: String
    package let endpoint: String
    package let errorNumber: Int32

    init(_ operation: String, _ endpoint: String = "") {
        self.operation = operation
        self.endpoint = endpoint
        errorNumber = zmq_errno()
    }

    package var isAddressInUse: Bool { errorNumber == EADDRINUSE }

    package var description: String {
        "cannot \(operation)\(endpoint.isEmpty ? "" : " \(endpoint)"): \(String(cString: zmq_strerror(errorNumber)))"
    }
}
