import Host
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Programs of the system that some tests need, and not every machine has or lets one use.
enum Tools {
    /// Whether root runs this, and the tools are there. Where not, it says so, once a test: a skipped test proves nothing.
    static func areUsable(_ names: [String], asRoot: Bool, for what: String) -> Bool {
        var reasons: [String] = []
        if asRoot, geteuid() != 0 { reasons.append("this is not run as root") }
        let folders =
            (HostInfo.environment("PATH") ?? "").split(separator: ":") + ["/usr/sbin", "/usr/bin", "/sbin", "/bin"]
        for name in names where !folders.contains(where: { FileSystem.exists("\($0)/\(name)") }) {
            reasons.append("there is no \(name)")
        }
        if !reasons.isEmpty { StandardStreams.note("SKIPPED: \(what): \(reasons.joined(separator: ", "))") }
        return reasons.isEmpty
    }

    /// Whether strace is there and this machine lets it trace. Where not, it says so.
    static func canTrace(for what: String) -> Bool {
        guard areUsable(["strace"], asRoot: false, for: what) else { return false }
        if run("strace -f -o /dev/null -e trace=fsync -P /nowhere true") { return true }
        StandardStreams.note("SKIPPED: \(what): strace may not trace here")
        return false
    }

    /// - Parameter line: words without spaces of their own.
    /// - Returns: whether it ended with 0.
    @discardableResult
    static func run(_ line: String) -> Bool { run(words: line.split(separator: " ").map(String.init)) }

    /// - Returns: whether it ended with 0.
    static func run(words: [String]) -> Bool {
        guard let program = words.first,
            let child = try? ChildProcess(
                program, Array(words.dropFirst()), outputPath: "/dev/null", errorPath: "/dev/null")
        else { return false }
        return child.wait() == .exited(0)
    }
}

/// Another network beside this machine's own, joined by one link. Gone when it is let go.
final class NetworkNamespace {
    let name: String
    private let link: String
    private let number: Int32
    /// This machine's address on the link.
    var here: String { "10.\(200 + number % 50).\(number / 50 % 250).1" }
    private var there: String { "10.\(200 + number % 50).\(number / 50 % 250).2" }

    /// Nil where the kernel does not let us, said aloud.
    init?(_ what: String) {
        number = getpid()
        name = "snas-test-\(number)"
        link = "snas\(number % 1_000_000)a"
        let other = "snas\(number % 1_000_000)b"
        let isMade =
            Tools.run("ip netns add \(name)") && Tools.run("ip link add \(link) type veth peer name \(other)")
            && Tools.run("ip link set \(other) netns \(name)") && Tools.run("ip addr add \(here)/24 dev \(link)")
            && Tools.run("ip link set \(link) up")
            && Tools.run("ip netns exec \(name) ip addr add \(there)/24 dev \(other)")
            && Tools.run("ip netns exec \(name) ip link set \(other) up")
        guard isMade else {
            StandardStreams.note("SKIPPED: \(what): this kernel or container makes no network namespaces")
            return nil
        }
    }

    deinit {
        Tools.run("ip route del blackhole \(there)/32")
        Tools.run("ip link del \(link)")
        Tools.run("ip netns del \(name)")
    }

    /// What goes to the other side passes at most at this rate.
    func limit(megabitsPerSecond: Int) -> Bool {
        Tools.run("tc qdisc add dev \(link) root tbf rate \(megabitsPerSecond)mbit burst 32k latency 400ms")
    }

    /// Nothing passes, either way, and nobody is told.
    func cut() -> Bool {
        Tools.run("ip route add blackhole \(there)/32")
            && Tools.run("ip netns exec \(name) ip route add blackhole \(here)/32")
    }

    func heal() -> Bool {
        Tools.run("ip route del blackhole \(there)/32")
            && Tools.run("ip netns exec \(name) ip route del blackhole \(here)/32")
    }
}
