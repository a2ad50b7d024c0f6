import Host
import TestSupport

#if canImport(Glibc)
    import Glibc
#endif

/// The chaos proxy's inside.
///
/// `@unchecked Sendable`: made by one thread, used by the proxy's own from then on.
final class ChaosRelay: @unchecked Sendable {
    let port: UInt16
    private let upstream: UInt16
    private let weather: ChaosProxy.Weather
    private let seed: UInt64
    private let listener: Int32
    private var links: [Link] = []
    private var linkCount: UInt64 = 0
    private var faultsLeft: Int
    private var tell: (ChaosProxy.Fault) -> Void = { _ in }

    /// Bytes that may wait in one direction.
    private static let waitingLimit = 1 << 20

    private struct Direction {
        var from: Int32
        var to: Int32
        var waiting: [UInt8] = []
        var passed = 0
        var nextFault: Int
        var heldUntil: Duration = .zero
        var slowUntil: Duration = .zero
        var allowance = 0.0
        var mutator: Mutator
    }

    private struct Link {
        var directions: [Direction]
        var isHalfOpen = false
        var isOver = false
    }

    init(to upstream: UInt16, seed: UInt64, weather: ChaosProxy.Weather) throws {
        self.upstream = upstream
        self.seed = seed
        self.weather = weather
        faultsLeft = weather.limit
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        self.listener = listener
        var address = Self.loopback(port: 0)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) == 0 && listen(listener, 128) == 0 && getsockname(listener, $0, &size) == 0
            }
        }
        guard status else { throw SystemError("listen as", "a proxy") }
        port = UInt16(bigEndian: address.sin_port)
    }

    private static func loopback(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    // MARK: The loop

    func run(until stop: WakeEvent, isShut: () -> Bool, _ tell: @escaping (ChaosProxy.Fault) -> Void) {
        self.tell = tell
        var before = Clock.monotonic()
        while true {
            var items = [
                pollfd(fd: stop.fileDescriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: listener, events: Int16(POLLIN), revents: 0),
            ]
            for link in links {
                for direction in link.directions where direction.waiting.count < Self.waitingLimit {
                    items.append(pollfd(fd: direction.from, events: Int16(POLLIN), revents: 0))
                }
            }
            poll(&items, nfds_t(items.count), 5)
            if items[0].revents != 0 { break }
            if items[1].revents != 0 { accept() }
            let now = Clock.monotonic()
            for index in links.indices { relay(index, now, since: before) }
            before = now
            let isShut = isShut()
            for link in links where link.isOver || isShut { end(link) }
            links.removeAll { $0.isOver || isShut }
        }
        for link in links { end(link) }
        close(listener)
    }

    private func end(_ link: Link) { for direction in link.directions { close(direction.from) } }

    private func accept() {
        let client = Glibc.accept(listener, nil, nil)
        guard client >= 0 else { return }
        let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        let isOpen = withUnsafePointer(to: Self.loopback(port: upstream)) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isOpen else {
            close(server)
            close(client)
            return
        }
        for descriptor in [client, server] {
            _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        }
        linkCount += 1
        let directions = [(client, server), (server, client)].enumerated().map { place, ends in
            var mutator = Mutator(seed: seed &* 1_000_003 &+ 2 &* linkCount &+ UInt64(place))
            let first = 1 + mutator.below(2 * weather.bytesBetween)
            return Direction(from: ends.0, to: ends.1, nextFault: first, mutator: mutator)
        }
        links.append(Link(directions: directions))
    }

    private func relay(_ index: Int, _ now: Duration, since before: Duration) {
        for side in 0..<2 where !links[index].isOver {
            read(index, side, now)
            if links[index].isHalfOpen {
                links[index].directions[side].waiting = []
            } else {
                write(index, side, now, since: before)
            }
        }
    }

    private func read(_ index: Int, _ side: Int, _ now: Duration) {
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while links[index].directions[side].waiting.count < Self.waitingLimit {
            let count = recv(links[index].directions[side].from, &chunk, chunk.count, 0)
            if count < 0, errno == EAGAIN || errno == EINTR { return }
            guard count > 0 else { return links[index].isOver = true }
            var bytes = Array(chunk[..<count])
            var direction = links[index].directions[side]
            direction.passed += count
            if direction.passed >= direction.nextFault, faultsLeft > 0 {
                direction.nextFault = direction.passed + 1 + direction.mutator.below(2 * weather.bytesBetween)
                strike(&links[index], &direction, &bytes, now)
            }
            direction.waiting += bytes
            links[index].directions[side] = direction
        }
    }

    private func strike(_ link: inout Link, _ direction: inout Direction, _ bytes: inout [UInt8], _ now: Duration) {
        faultsLeft -= 1
        let fault = direction.mutator.pick(weather.kinds)
        tell(fault)
        let place = direction.mutator.below(bytes.count)
        let end = min(bytes.count, place + 1 + direction.mutator.below(200))
        switch fault {
        case .delay: direction.heldUntil = now + .milliseconds(20 + direction.mutator.below(280))
        case .cut: link.isOver = true
        case .halfOpen: link.isHalfOpen = true
        case .slow: direction.slowUntil = now + .seconds(2)
        case .corrupt: bytes[place] ^= 1 << UInt8(direction.mutator.below(8))
        case .truncate: bytes.removeSubrange(place..<end)
        case .duplicate: bytes.insert(contentsOf: bytes[place..<end], at: place)
        }
    }

    private func write(_ index: Int, _ side: Int, _ now: Duration, since before: Duration) {
        var direction = links[index].directions[side]
        defer { links[index].directions[side] = direction }
        guard now >= direction.heldUntil, !direction.waiting.isEmpty else { return }
        var room = direction.waiting.count
        if now < direction.slowUntil {
            direction.allowance += (now - before).seconds * 131_072
            room = min(room, Int(direction.allowance))
        }
        guard room > 0 else { return }
        let count = direction.waiting.withUnsafeBytes {
            send(direction.to, $0.baseAddress, room, Int32(MSG_NOSIGNAL))
        }
        if count < 0, errno == EAGAIN || errno == EINTR { return }
        guard count > 0 else { return links[index].isOver = true }
        direction.allowance = max(0, direction.allowance - Double(count))
        direction.waiting.removeFirst(count)
    }
}
