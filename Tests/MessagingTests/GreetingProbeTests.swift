import Host
import Messaging
import Testing

#if canImport(Glibc)
    import Glibc
#endif

struct GreetingProbeTests {
    /// A socket that the kernel accepts connections for, and nobody reads or writes.
    private final class Mute {
        private let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        private(set) var port: UInt16 = 0

        init() {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            var size = socklen_t(MemoryLayout<sockaddr_in>.size)
            withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    _ = bind(descriptor, $0, size)
                    _ = listen(descriptor, 4)
                    _ = getsockname(descriptor, $0, &size)
                }
            }
            port = UInt16(bigEndian: address.sin_port)
        }

        deinit { close(descriptor) }
    }

    @Test("A router is heard over TCP by number and by name, and over ipc; one with keys too, before any key was shown")
    func router() throws {
        let folder = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
        defer { try? FileSystem.removeTree(folder) }
        let context = try MessagingContext()
        let keys = CurveServer(
            try CurveKeyPair.generated(), try Authenticator(context) { _ in .unknown(remark: "") })
        for (text, curve) in [("ipc://\(folder)/socket", nil), ("tcp://127.0.0.1:*", nil), ("tcp://127.0.0.1:*", keys)]
        {
            let router = try RouterSocket(context, keys: curve)
            let bound = try router.bind(try Endpoint(parsing: text))
            // A busy machine may take its time; the limit is for those who say nothing.
            #expect(GreetingProbe.hearsGreeting(at: try Endpoint(parsing: bound), within: .seconds(60)), "\(bound)")
            guard let port = bound.split(separator: ":").last, bound.hasPrefix("tcp") else { continue }
            let named = try Endpoint(parsing: "tcp://localhost:\(port)")
            #expect(GreetingProbe.hearsGreeting(at: named, within: .seconds(60)))
        }
    }

    @Test(
        "Whoever accepts and says nothing, nobody at all and a name without an address are not heard, within the limit")
    func silence() throws {
        let mute = Mute()
        let start = Clock.monotonic()
        for text in [
            "tcp://127.0.0.1:\(mute.port)", "tcp://127.0.0.1:1", "ipc:///nowhere/socket", "tcp://nowhere.invalid:9",
        ] {
            let endpoint = try Endpoint(parsing: text)
            #expect(!GreetingProbe.hearsGreeting(at: endpoint, within: .milliseconds(200)), "\(text)")
        }
        #expect(Clock.monotonic() - start < .seconds(60))
    }

    @Test("A name without an address is told with the resolver's reason; addresses and paths are no names")
    func names() throws {
        let failure = NameLookup.failure(of: try Endpoint(parsing: "tcp://nowhere.invalid:5577"))
        #expect(failure?.hasPrefix("the host 'nowhere.invalid' has no address (") == true, "\(failure ?? "none")")
        for text in ["tcp://127.0.0.1:5577", "tcp://[::1]:5577", "tcp://localhost:5577", "ipc:///nowhere/socket"] {
            #expect(NameLookup.failure(of: try Endpoint(parsing: text)) == nil, "\(text)")
        }
    }
}
