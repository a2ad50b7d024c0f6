import CZeroMQ
import Synchronization

/// The one libzmq context of a process. Sockets keep it alive.
package final class MessagingContext {
    let handle: UnsafeMutableRawPointer

    /// - Throws: `MessagingError` where the system has no descriptors or memory left for it.
    package init() throws {
        guard let handle = zmq_ctx_new() else { throw MessagingError("start libzmq") }
        self.handle = handle
    }

    private var isEnded = false
    private var usesCurve = false

    /// Living contexts of this process that use CURVE. With several libzmq 4.3.4 closes its source of randomness while
    /// another one may be reading from it.
    private static let curveContexts = Mutex(0)

    /// To be called before a socket of this context is given keys.
    func adoptCurve() {
        if usesCurve { return }
        usesCurve = true
        Self.curveContexts.withLock { count in
            precondition(count == 0, "a process uses CURVE in one libzmq context only")
            count += 1
        }
    }

    /// Waits until what its closed sockets still had to send is sent or given up.
    func end() {
        if isEnded { return }
        isEnded = true
        zmq_ctx_term(handle)
        if usesCurve { Self.curveContexts.withLock { $0 -= 1 } }
    }

    deinit { end() }

    /// libzmq's own version.
    package static var version: String {
        var (major, minor, patch): (Int32, Int32, Int32) = (0, 0, 0)
        zmq_version(&major, &minor, &patch)
        return "\(major).\(minor).\(patch)"
    }
}
