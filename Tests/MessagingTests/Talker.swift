import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Accepts connections on a port of its own, says the same to each and closes it.
final class Talker {
    private let descriptor: Int32
    private let words: [UInt8]
    let port: UInt16

    init(_ words: String) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        self.words = Array(words.utf8)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 && listen(descriptor, 16) == 0
                    && getsockname(descriptor, $0, &size) == 0
            }
        }
        try #require(isListening)
        port = UInt16(bigEndian: address.sin_port)
    }

    deinit { close(descriptor) }

    /// Whoever waits is told, and nobody is waited for.
    func answer() {
        while true {
            let caller = accept(descriptor, nil, nil)
            guard caller >= 0 else { return }
            _ = send(caller, words, words.count, Int32(MSG_NOSIGNAL))
            close(caller)
        }
    }
}
