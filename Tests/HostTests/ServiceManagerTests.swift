import Host
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// The other end of what a service manager is told.
private final class Listener {
    let descriptor: Int32
    /// As `NOTIFY_SOCKET` names it.
    let name: String

    /// - Parameter name: a path, or behind `@` a name that is in no file system.
    init(_ name: String) throws {
        self.name = name
        let kind = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        descriptor = socket(AF_UNIX, kind, 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(name.utf8)
        withUnsafeMutableBytes(of: &address.sun_path) { path in
            path.copyBytes(from: bytes)
            if name.hasPrefix("@") { path[0] = 0 }
        }
        let count = socklen_t(2 + bytes.count)
        let status = withUnsafeBytes(of: &address) {
            bind(descriptor, $0.baseAddress?.assumingMemoryBound(to: sockaddr.self), count)
        }
        guard status == 0 else { throw SystemError("bind", name) }
    }

    deinit { close(descriptor) }

    /// What has come since the last call, a datagram each.
    func heard() -> [String] {
        var texts: [String] = []
        var bytes = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(descriptor, &bytes, bytes.count, 0)
            guard count > 0 else { return texts }
            texts.append(String(decoding: bytes[..<count], as: UTF8.self))
        }
    }

    func manager(_ more: [String: String] = [:], process: Int32 = 77) throws -> ServiceManager {
        let variables = more.merging(["NOTIFY_SOCKET": name]) { $1 }
        return try #require(ServiceManager(process: process) { variables[$0] })
    }
}

/// What a process tells the service manager that started it.
@Suite
struct ServiceManagerTests {
    private static func folder() throws -> String { try FileSystem.createTemporaryDirectory(prefix: "snas-test-") }

    @Test(
        "Readiness, beats at half of the manager's patience, changes of status and the end come as lines of datagrams")
    func whole() throws {
        let folder = try Self.folder()
        defer { try? FileSystem.removeTree(folder) }
        for name in ["\(folder)/notify", "@snas-test-\(getpid())-\(Entropy.word())"] {
            let listener = try Listener(name)
            var manager = try listener.manager(["WATCHDOG_USEC": "8000000", "WATCHDOG_PID": "77"])
            #expect(manager.beatInterval == .seconds(4))
            manager.ready("step 0", at: .seconds(100))
            #expect(listener.heard() == ["READY=1\nSTATUS=step 0"])
            var told: [Int: [String]] = [:]
            for second in 100...113 {
                manager.turn(at: .seconds(second), status: second < 105 ? "step 0" : "step 9")
                let texts = listener.heard()
                if !texts.isEmpty { told[second] = texts }
            }
            let beat = ["WATCHDOG=1"]
            #expect(
                told == [100: beat, 104: beat, 108: beat, 110: ["STATUS=step 9"], 112: beat], "\(name): \(told)")
            #expect(manager.longestWait(at: .seconds(113)) == .seconds(3))
            manager.stopping("signal 15", at: .seconds(114))
            #expect(listener.heard() == ["STOPPING=1\nSTATUS=signal 15"])
            manager.stopping("after step 9", at: .seconds(115))
            #expect(listener.heard() == ["STATUS=after step 9"])
        }
    }

    @Test("Where nobody watches there are no beats, and where nobody listens there is no manager")
    func absent() throws {
        let folder = try Self.folder()
        defer { try? FileSystem.removeTree(folder) }
        let listener = try Listener("\(folder)/notify")
        for variables in [
            [:], ["WATCHDOG_USEC": "8000000", "WATCHDOG_PID": "78"], ["WATCHDOG_USEC": "soon"], ["WATCHDOG_USEC": "-5"],
        ] {
            var manager = try listener.manager(variables)
            #expect(manager.beatInterval == nil && manager.longestWait(at: .seconds(-1)) == .seconds(1), "\(variables)")
            manager.turn(at: .seconds(1), status: "")
            #expect(listener.heard().isEmpty, "\(variables)")
        }
        #expect(try listener.manager(["WATCHDOG_USEC": "1"]).beatInterval == .milliseconds(10), "no loop spins for it")
        let long = "/" + String(repeating: "n", count: 107)
        for name in [nil, "", "/", "@", "notify", "vsock:2:1", long, "\(long)n"] {
            let manager = ServiceManager(process: 77) { $0 == "NOTIFY_SOCKET" ? name : nil }
            #expect(manager == nil, "\(name ?? "none")")
        }
        #expect(ServiceManager(process: 77) { $0 == "NOTIFY_SOCKET" ? String(long.dropLast()) : nil } != nil)
    }

    @Test("A manager that does not read, or is gone, holds nobody up; what it missed is told when it reads again, once")
    func full() throws {
        let folder = try Self.folder()
        defer { try? FileSystem.removeTree(folder) }
        let listener = try Listener("\(folder)/notify")
        var manager = try listener.manager(["WATCHDOG_USEC": "2"])
        // The kernel keeps so many datagrams for a socket, and no more; its standard is 10 or 512.
        for turn in 0..<2000 { manager.turn(at: .milliseconds(200 * turn), status: "step \(turn)") }
        let kept = listener.heard()
        #expect(kept.count < 1500 && kept.allSatisfy { $0.contains("WATCHDOG=1") }, "\(kept.count)")
        manager.stopping("the last", at: .seconds(500))
        let last = try #require(listener.heard().first)
        #expect(Set(last.split(separator: "\n")) == ["WATCHDOG=1", "STATUS=the last", "STOPPING=1"], "\(last)")
        #expect(listener.heard().isEmpty)
        try FileSystem.removeTree("\(folder)/notify")
        manager.turn(at: .seconds(600), status: "nobody is there")
        #expect(manager.longestWait(at: .seconds(600)) <= .milliseconds(100))
    }

    @Test("A status is one line, and none that is long")
    func lines() throws {
        let folder = try Self.folder()
        defer { try? FileSystem.removeTree(folder) }
        let listener = try Listener("\(folder)/notify")
        var manager = try listener.manager()
        manager.ready("one\nMAINPID=1\r\ntwo" + String(repeating: "x", count: 5000), at: .zero)
        let lines = try #require(listener.heard().first).split(separator: "\n")
        #expect(lines.count == 2 && lines[1].hasPrefix("STATUS=one MAINPID=1 twoxxx") && lines[1].utf8.count == 519)
    }

    @Test("No child inherits what a manager says to this process")
    func children() {
        let own = [
            "PATH=/bin", "NOTIFY_SOCKET=/run/notify", "WATCHDOG_USEC=5", "WATCHDOG_PID=7", "HOME=/root", "NOTIFY=1",
        ]
        #expect(
            ChildProcess.variables(own, with: ["HOME": "/", "CI": "1"]) == ["PATH=/bin", "NOTIFY=1", "CI=1", "HOME=/"])
    }
}
