import Host
import Messaging
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Names, wildcards and paths to listen at.
struct ListeningTests {
    private func refusal(_ text: String, _ router: RouterSocket) -> String {
        do { return "listens at \(try router.bind(try Endpoint(parsing: text)))" } catch { return "\(error)" }
    }

    @Test("A name is listened at, by each address that it has here, and reached by name")
    func name() throws {
        let context = try MessagingContext()
        let router = try RouterSocket(context)
        let bound = try router.bind(try Endpoint(parsing: "tcp://localhost:*"))
        #expect(bound.hasPrefix("tcp://localhost:") && !bound.hasSuffix("*"))
        #expect(router.dialable.map(\.description) == [bound])
        #expect(GreetingProbe.hearsGreeting(at: try Endpoint(parsing: bound), within: .seconds(60)))
        let second = try RouterSocket(context)
        #expect(refusal(bound, second).hasPrefix("cannot listen at \(bound): Address already in use"))
    }

    @Test("A name without an address, and one whose addresses are not this machine's, are told with what was tried")
    func notHere() throws {
        let router = try RouterSocket(try MessagingContext())
        #expect(refusal("tcp://nowhere.invalid:5577", router).contains("the host 'nowhere.invalid' has no address ("))
        // TEST-NET-2 (RFC 5737) is nobody's.
        #expect(
            refusal("tcp://198.51.100.7:5577", router).contains("this machine has no such address (tried 198.51.100.7)")
        )
    }

    @Test("A path below no folder, below a file or of a file is a place that cannot be had, as a port in use is")
    func noPath() throws {
        let router = try RouterSocket(try MessagingContext())
        for path in ["/nowhere/socket", "/dev/null/socket", "/dev/null"] {
            let error = #expect(throws: MessagingError.self) {
                try router.bind(try Endpoint(parsing: "ipc://\(path)"))
            }
            #expect(error?.cause == .placeTaken, "\(path): \(String(describing: error))")
        }
    }

    @Test("An interface is listened at by its name, and the hint has its address")
    func interface() throws {
        let router = try RouterSocket(try MessagingContext())
        let bound = try router.bind(try Endpoint(parsing: "tcp://lo:*"))
        let port = try #require(bound.split(separator: ":").last)
        #expect(router.dialable.contains { $0.description == "tcp://127.0.0.1:\(port)" }, "\(router.dialable)")
        #expect(router.isReachedFromHereAlone)
    }

    @Test(
        "All addresses of a machine: the hint names some that can be dialled, and each leads here",
        arguments: ["*", "0.0.0.0", "[::]", "0"])
    func wildcards(host: String) throws {
        let router = try RouterSocket(try MessagingContext())
        _ = try router.bind(try Endpoint(parsing: "tcp://\(host):*"))
        let dialable = router.dialable
        #expect(!dialable.isEmpty && !router.isReachedFromHereAlone)
        for endpoint in dialable {
            #expect(throws: Never.self) { try Endpoint(toDial: endpoint.description) }
            #expect(GreetingProbe.hearsGreeting(at: endpoint, within: .seconds(60)), "\(endpoint)")
        }
    }

    @Test(
        "What only a listener can be given is no endpoint to dial, with a sentence",
        arguments: [
            ("tcp://*:5577", "* stands for all addresses"), ("tcp://0.0.0.0:5577", "0.0.0.0 stands for all addresses"),
            ("tcp://[::]:5577", ":: stands for all addresses"), ("tcp://0:5577", "0 stands for all addresses"),
            ("tcp://[::ffff:0.0.0.0]:5577", "stands for all addresses"), ("tcp://head:*", "the number of the port"),
            ("tcp://127.0.0.1:0;10.0.0.1:1", "an address in front"),
        ])
    func dialled(text: String, part: String) throws {
        _ = try Endpoint(parsing: text)
        do {
            _ = try Endpoint(toDial: text)
            Issue.record("\(text) was taken")
        } catch { #expect(error.description.hasPrefix("'\(text)' ") && error.description.contains(part), "\(error)") }
    }

    @Test("A path that a living socket has is in use, one that a dead one left is taken, and a file is not removed")
    func paths() throws {
        let folder = try FileSystem.createTemporaryDirectory(prefix: "snas-test-")
        defer { try? FileSystem.removeTree(folder) }
        let context = try MessagingContext()
        let text = "ipc://\(folder)/socket"
        let (first, second) = (try RouterSocket(context), try RouterSocket(context))
        _ = try first.bind(try Endpoint(parsing: text))
        #expect(refusal(text, second) == "cannot listen at \(text): Address already in use")
        #expect(
            GreetingProbe.hearsGreeting(at: try Endpoint(parsing: text), within: .seconds(60)), "it still has its path")

        // What a process that was killed leaves behind.
        do { withExtendedLifetime(try UnixSocket(SOCK_STREAM, at: "\(folder)/stale")) {} }
        #expect(FileSystem.exists("\(folder)/stale"))
        #expect(refusal("ipc://\(folder)/stale", second) == "listens at ipc://\(folder)/stale")

        // A process that lives and speaks otherwise, or does not speak at all.
        for kind in [SOCK_STREAM, SOCK_DGRAM] {
            let path = "\(folder)/daemon-\(kind.rawValue)"
            let daemon = try UnixSocket(kind, at: path)
            #expect(refusal("ipc://\(path)", second).contains("Address already in use"))
            withExtendedLifetime(daemon) {}
        }

        try FileSystem.writeFile("\(folder)/notes", [1, 2, 3])
        #expect(refusal("ipc://\(folder)/notes", try RouterSocket(context)).contains("what has this path is no socket"))
        #expect(try FileSystem.readFile("\(folder)/notes", limitBytes: 10) == [1, 2, 3])
    }
}

/// A socket of a process that is no snas; what has its path stays behind when it is closed.
private final class UnixSocket {
    private let descriptor: Int32

    init(_ kind: __socket_type, at path: String) throws {
        descriptor = socket(AF_UNIX, Int32(kind.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(bound == 0)
        if kind == SOCK_STREAM { try #require(listen(descriptor, 1) == 0) }
    }

    deinit { close(descriptor) }
}
