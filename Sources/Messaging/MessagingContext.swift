import CZeroMQ

/// The one libzmq context of a process (several with CURVE are a known defect of 4.3.4). Sockets keep it alive.
package final class MessagingContext {
    let handle: UnsafeMutableRawPointer

    package init() throws {
        guard let handle = zmq_ctx_new() else { throw MessagingError("start libzmq") }
        self.handle = handle
    }

    private var isEnded = false

    /// Waits until what its closed sockets still had to send is sent or given up.
    func end() {
        if !isEnded { zmq_ctx_term(handle) }
        isEnded = true
    }

    deinit { end() }

    /// libzmq's own version.
    package static var version: String {
        var (major, minor, patch): (Int32, Int32, Int32) = (0, 0, 0)
        zmq_version(&major, &minor, &patch)
        return "\(major).\(minor).\(patch)"
    }
}
