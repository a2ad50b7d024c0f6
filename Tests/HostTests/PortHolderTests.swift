import Host
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Who listens at a port, as the kernel's lists tell it: this test does.
struct PortHolderTests {
    @Test(
        "Whoever listens at a TCP port is found with its program, its words and its files; a port that nobody has is nobody's"
    )
    func tcp() throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        func onAddress(_ body: (UnsafeMutablePointer<sockaddr>) -> Int32) -> Int32 {
            withUnsafeMutablePointer(to: &address) { $0.withMemoryRebound(to: sockaddr.self, capacity: 1, body) }
        }
        try #require(onAddress { bind(descriptor, $0, size) } == 0)
        try #require(onAddress { getsockname(descriptor, $0, &size) } == 0)
        let port = Int(UInt16(bigEndian: address.sin_port))
        #expect(PortHolder.find(tcpPort: port) == nil, "it is bound and nobody listens yet")
        try #require(listen(descriptor, 1) == 0)
        let holder = try #require(PortHolder.find(tcpPort: port))
        #expect(holder.processIdentifier == HostInfo.processIdentifier())
        #expect(HostInfo.executablePath()?.hasSuffix("/\(holder.program)") == true, "\(holder.program)")
        #expect(holder.words.first == CommandLine.arguments.first)
    }

    @Test("Whoever listens at a socket's path is found, a path with a space in it too, and its open files are named")
    func path() throws {
        let folder = try FileSystem.createTemporaryDirectory(prefix: "snas test-")
        defer { try? FileSystem.removeTree(folder) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array("\(folder)/s".utf8)) }
        let isBound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        try #require(isBound && listen(descriptor, 1) == 0)
        let kept = open("\(folder)/lease.json", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        defer { close(kept) }
        let holder = try #require(PortHolder.find(socketPath: "\(folder)/s"))
        #expect(holder.processIdentifier == HostInfo.processIdentifier())
        #expect(holder.openFiles.contains { $0.hasSuffix("/lease.json") })
        #expect(PortHolder.find(socketPath: "\(folder)/other") == nil)
    }
}
