import Messaging
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Connections over loopback, whose bytes the kernel counts.
private final class Connections {
    private let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    private var address = sockaddr_in()
    private var callers: [Int32] = []

    init() throws {
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let isListening = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) == 0 && listen(listener, 64) == 0 && getsockname(listener, $0, &size) == 0
            }
        }
        try #require(isListening)
    }

    deinit { for caller in callers + [listener] { close(caller) } }

    /// - Returns: the accepted end of a connection that has brought so many bytes.
    func connect(bringing bytes: Int) throws -> Int32 {
        let caller = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        callers.append(caller)
        let isConnected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(caller, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        let accepted = accept(listener, nil, nil)
        try #require(isConnected && accepted >= 0)
        var content = [UInt8](repeating: 7, count: bytes)
        try #require(send(caller, &content, bytes, 0) == bytes)
        // Once they can be read, the kernel has counted them.
        try #require(recv(accepted, &content, bytes, Int32(MSG_PEEK | MSG_WAITALL)) == bytes)
        return accepted
    }
}

@Suite
struct ConnectionTableTests {
    @Test(
        "A descriptor that another connection has by now, of which nobody has told yet: its few bytes are no endless message"
    )
    func reused() throws {
        let connections = try Connections()
        var book = ConnectionTable(ConnectionLimits())
        let others = try (0..<20).map { _ in try connections.connect(bringing: 10) }
        let reused = try connections.connect(bringing: 5000)
        defer { for descriptor in others + [reused] { close(descriptor) } }
        book.note((others + [reused]).map { .accepted($0) })
        book.messageEnded(by: reused)
        #expect(book.look(countsBytes: true).isEmpty)
        let next = try connections.connect(bringing: 10)
        try #require(dup2(next, reused) == reused)
        close(next)
        #expect(book.look(countsBytes: true).isEmpty)
        #expect(book.look(countsBytes: true).isEmpty)
    }
}
