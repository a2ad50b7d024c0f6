#if canImport(Glibc)
    import Glibc
#endif

/// The service manager that started this process and waits to hear how it is: systemd, of a unit with `Type=notify`. What it is told
/// goes in datagrams of lines, `READY=1` and the like, to the socket that the environment names (`NOTIFY_SOCKET`).
///
/// Nothing that goes wrong here is told to anybody: a process does its work whether or not its manager listens. A datagram that finds
/// no room is sent again from `turn`.
package struct ServiceManager: Sendable {
    /// How often a loop says that it turns: half of the time after which the manager ends a process that does not; nil where it does
    /// not watch this process.
    package let beatInterval: Duration?
    private let address: NotifyAddress
    private var nextBeat: Duration = .zero
    private var nextStatus: Duration = .zero
    private var nextTry: Duration = .zero
    private var status = ""
    private var isStopping = false
    /// Variables and values that could not be sent yet, one of each variable.
    private var unsent: [(variable: String, value: String)] = []

    /// What a manager says to the process that it starts, and to no other: children would speak in its name, so none inherits them.
    package static let variables: Set<String> = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"]
    /// How often a status that changes is told.
    package static let statusInterval: Duration = .seconds(10)
    /// Between two tries to send what found no room.
    private static let retryInterval: Duration = .milliseconds(100)
    /// However short the manager's patience, a loop does not do more often than this what nobody reads.
    private static let shortestBeat: Duration = .milliseconds(10)
    /// Of a status, in UTF-8.
    private static let statusBytes = 512

    /// Nil where no manager waits to hear from this process, or its socket is of a kind that is not known here.
    package static func ofThisProcess() -> ServiceManager? {
        ServiceManager(process: HostInfo.processIdentifier(), environment: HostInfo.environment)
    }

    /// - Parameter process: whose beats the manager may be waiting for.
    package init?(process: Int32, environment: (String) -> String?) {
        guard let address = environment("NOTIFY_SOCKET").flatMap(NotifyAddress.init) else { return nil }
        self.address = address
        let isWatched = environment("WATCHDOG_PID").map { $0 == "\(process)" } ?? true
        let microseconds = environment("WATCHDOG_USEC").flatMap { Int64($0) } ?? 0
        beatInterval =
            isWatched && microseconds > 0 ? max(Self.shortestBeat, .microseconds(microseconds) / 2) : nil
    }

    /// The process does what it was started for from here on.
    package mutating func ready(_ status: String, at now: Duration) {
        put("READY", "1")
        put(status: status)
        send(at: now)
    }

    /// The process is about to end; said once, whatever is told of it.
    package mutating func stopping(_ status: String, at now: Duration) {
        if !isStopping { put("STOPPING", "1") }
        isStopping = true
        put(status: status)
        send(at: now)
    }

    /// Called at each turn of the process's loop, and by nobody else: that the loop turns is what the manager watches.
    ///
    /// - Parameter status: asked for every `statusInterval`.
    package mutating func turn(at now: Duration, status: @autoclosure () -> String) {
        if let beatInterval, now >= nextBeat {
            nextBeat = now + beatInterval
            put("WATCHDOG", "1")
        }
        if now >= nextStatus {
            nextStatus = now + Self.statusInterval
            put(status: status())
        }
        if now >= nextTry { send(at: now) }
    }

    /// How long the loop may wait before its next turn.
    package func longestWait(at now: Duration) -> Duration {
        let next = min(beatInterval == nil ? nextStatus : nextBeat, nextStatus)
        return max(.zero, (unsent.isEmpty ? next : min(next, nextTry)) - now)
    }

    private mutating func put(_ variable: String, _ value: String) {
        unsent.removeAll { $0.variable == variable }
        unsent.append((variable, value))
    }

    private mutating func put(status new: String) {
        guard new != status else { return }
        status = new
        // A line's end would begin another variable.
        let line = String(new.map { $0.isNewline ? " " : $0 })
        put("STATUS", String(decoding: line.utf8.prefix(Self.statusBytes), as: UTF8.self))
    }

    private mutating func send(at now: Duration) {
        guard !unsent.isEmpty else { return }
        if address.send(unsent.map { "\($0.variable)=\($0.value)" }.joined(separator: "\n")) {
            unsent = []
        } else {
            nextTry = now + Self.retryInterval
        }
    }
}

/// The address of a socket for datagrams on this machine: a path, or behind `@` a name that is in no file system.
private struct NotifyAddress: Sendable {
    private let address: sockaddr_un
    private let byteCount: socklen_t

    /// Nil for an address of another kind, and for one that is too long.
    init?(_ text: String) {
        var name = Array(text.utf8)
        guard name.count > 1, name.first == UInt8(ascii: "/") || name.first == UInt8(ascii: "@") else { return nil }
        // The kernel marks a name without a file by a zero in front; a path has one at its end.
        if name.first == UInt8(ascii: "@") { name[0] = 0 } else { name.append(0) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let fits = withUnsafeMutableBytes(of: &address.sun_path) { path in
            guard name.count <= path.count else { return false }
            path.copyBytes(from: name)
            return true
        }
        guard fits else { return nil }
        self.address = address
        byteCount = socklen_t(MemoryLayout<sockaddr_un>.offset(of: \.sun_path).map { $0 + name.count } ?? 0)
    }

    /// Without waiting; a socket of its own for each datagram, since there are few.
    ///
    /// - Returns: whether it is on its way.
    func send(_ text: String) -> Bool {
        let kind = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_UNIX, kind, 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        return withUnsafeBytes(of: address) { address in
            sendto(
                descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL),
                address.baseAddress?.assumingMemoryBound(to: sockaddr.self), byteCount) == bytes.count
        }
    }
}
