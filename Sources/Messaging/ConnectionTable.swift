#if canImport(Glibc)
    import Glibc
#endif

/// What the monitor tells of a router's connections, which it names by file descriptor.
package enum ConnectionChange: Equatable {
    case accepted(Int32)
    case closed(Int32)
}

/// Every connection of a router, with what it brought and what arrived of it, so that one which costs more than
/// `ConnectionLimits` allow is found and cut by itself: all others go on.
///
/// libzmq owns the descriptors. Whoever is cut is only shut down: libzmq then sees the end of the stream, throws away what was
/// unfinished and closes. Where a descriptor was closed meanwhile and given to another connection, that one is cut instead and
/// dials again. What is told here comes later than it happened: bytes are of whatever has the descriptor now.
package struct ConnectionTable {
    private struct Entry {
        let number: UInt64
        /// What it had brought when a message of it was last ended.
        var bytesThen: UInt64 = 0
        var unfinished: UInt64 = 0
        var hasSpoken = false
        var unreadable = 0
        var isCut = false
    }

    private let limits: ConnectionLimits
    private var entries: [Int32: Entry] = [:]
    private var accepted: UInt64 = 0
    /// Connections that ended a message since the last look, and those of them whose message could be read.
    private var heard: Set<Int32> = []
    private var understood: Set<Int32> = []
    private var misunderstood: [Int32: Int] = [:]
    private var strangers = 0

    package init(_ limits: ConnectionLimits) { self.limits = limits }

    /// Connections that were accepted and have not been told to be closed.
    var count: Int { entries.count }

    /// Takes in what the monitor told, in the order in which it happened.
    package mutating func note(_ changes: [ConnectionChange]) {
        for change in changes {
            switch change {
            case .accepted(let descriptor):
                accepted += 1
                forget(descriptor)
                entries[descriptor] = Entry(number: accepted)
                strangers += 1
            case .closed(let descriptor): forget(descriptor)
            }
        }
    }

    private mutating func forget(_ descriptor: Int32) {
        guard let entry = entries.removeValue(forKey: descriptor) else { return }
        if !entry.hasSpoken { strangers -= 1 }
    }

    /// A whole message came over the connection, readable or not.
    package mutating func messageEnded(by descriptor: Int32) { heard.insert(descriptor) }

    mutating func messageRead(from descriptor: Int32) { understood.insert(descriptor) }

    mutating func messageUnreadable(from descriptor: Int32) { misunderstood[descriptor, default: 0] += 1 }

    /// Cuts what is over a limit. To be called when no whole message waits any more.
    /// - Parameter countsBytes: whether the kernel is asked what each connection brought.
    package mutating func look(countsBytes: Bool) -> [CutConnection] {
        var cut: [CutConnection] = []
        judge(&cut)
        if countsBytes { weigh(&cut) }
        if strangers > limits.strangers { thinOut(&cut) }
        return cut
    }

    private mutating func judge(_ cut: inout [CutConnection]) {
        for descriptor in understood where entries[descriptor]?.hasSpoken == false {
            entries[descriptor]?.hasSpoken = true
            strangers -= 1
        }
        understood = []
        for (descriptor, count) in misunderstood {
            guard let entry = entries[descriptor] else { continue }
            entries[descriptor]?.unreadable = entry.unreadable + count
            if entry.unreadable + count >= limits.unreadableMessages {
                end(descriptor, .unreadableMessages(count: entry.unreadable + count), &cut)
            }
        }
        misunderstood = [:]
    }

    private mutating func weigh(_ cut: inout [CutConnection]) {
        var total = 0
        for (descriptor, entry) in entries where !entry.isCut {
            guard let bytes = Self.bytesReceived(descriptor) else { continue }
            if heard.contains(descriptor) { entries[descriptor]?.bytesThen = bytes }
            // Fewer than before: the descriptor was closed and given to another connection, which nobody has told of yet.
            let ended = heard.contains(descriptor) ? bytes : bytes < entry.bytesThen ? 0 : entry.bytesThen
            let unfinished = bytes - ended
            entries[descriptor]?.unfinished = unfinished
            total += Int(clamping: unfinished)
            if unfinished > UInt64(limits.unfinishedBytes) {
                end(descriptor, .endlessMessage(bytes: Int(clamping: unfinished)), &cut)
                total -= Int(clamping: unfinished)
            }
        }
        heard = []
        guard total > limits.unfinishedBytesInAll else { return }
        let worst = entries.filter { !$0.value.isCut }.sorted { $0.value.unfinished > $1.value.unfinished }
        for (descriptor, entry) in worst where total > limits.unfinishedBytesInAll {
            end(descriptor, .endlessMessage(bytes: Int(clamping: entry.unfinished)), &cut)
            total -= Int(clamping: entry.unfinished)
        }
    }

    private mutating func thinOut(_ cut: inout [CutConnection]) {
        let silent = entries.filter { !$0.value.hasSpoken && !$0.value.isCut }.sorted {
            $0.value.number < $1.value.number
        }
        for (descriptor, _) in silent.dropLast(limits.strangers) {
            end(descriptor, .tooManyStrangers(limit: limits.strangers), &cut)
        }
    }

    private mutating func end(_ descriptor: Int32, _ reason: CutConnection, _ cut: inout [CutConnection]) {
        guard entries[descriptor]?.isCut == false else { return }
        entries[descriptor]?.isCut = true
        shutdown(descriptor, Int32(SHUT_RDWR))
        cut.append(reason)
    }

    /// Where `tcpi_bytes_received` lies in the kernel's `tcp_info` (linux/tcp.h, since 4.1); glibc's own structure ends before.
    private static let receivedOffset = 128

    /// What came over a TCP connection since it began; nil for anything else.
    private static func bytesReceived(_ descriptor: Int32) -> UInt64? {
        var info = [UInt8](repeating: 0, count: 256)
        var size = socklen_t(info.count)
        guard getsockopt(descriptor, Int32(IPPROTO_TCP), TCP_INFO, &info, &size) == 0,
            Int(size) >= receivedOffset + 8
        else { return nil }
        return info.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: receivedOffset, as: UInt64.self) }
    }
}
