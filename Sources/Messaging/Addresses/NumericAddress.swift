#if canImport(Glibc)
    import Glibc
#endif

/// One address of a host, in numbers, without a port.
struct NumericAddress: Sendable, Hashable, CustomStringConvertible {
    let family: Int32
    /// A `sockaddr_in` or `sockaddr_in6` as the kernel wants it, its port 0.
    private let bytes: [UInt8]
    /// As an endpoint writes it: an IPv6 address in brackets, with its zone where it has one.
    let description: String

    /// The port's place is the same in both families: behind the family's two bytes.
    private static let portBytes = 2..<4

    /// Nil for what is no address of the internet.
    init?(_ address: UnsafePointer<sockaddr>, byteCount: Int) {
        let family = Int32(address.pointee.sa_family)
        let needed =
            switch family {
            case AF_INET: MemoryLayout<sockaddr_in>.size
            case AF_INET6: MemoryLayout<sockaddr_in6>.size
            default: Int.max
            }
        guard byteCount >= needed else { return nil }
        var bytes = Array(UnsafeRawBufferPointer(start: address, count: needed))
        bytes.replaceSubrange(Self.portBytes, with: [0, 0])
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        guard getnameinfo(address, socklen_t(needed), &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0
        else { return nil }
        let number = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        self.family = family
        self.bytes = bytes
        description = family == AF_INET6 ? "[\(number)]" : number
    }

    /// As `connect` takes it.
    func socketAddress(port: Int) -> [UInt8] {
        var bytes = bytes
        bytes.replaceSubrange(
            Self.portBytes, with: [UInt8(truncatingIfNeeded: port >> 8), UInt8(truncatingIfNeeded: port)])
        return bytes
    }

    /// The number alone, in the network's order.
    private var number: ArraySlice<UInt8> { family == AF_INET ? bytes[4..<8] : bytes[8..<24] }

    /// An IPv4 address may also be written as an IPv6 one.
    private var mapped: ArraySlice<UInt8>? {
        guard family == AF_INET6, number.prefix(12).elementsEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]) else {
            return nil
        }
        return number.suffix(4)
    }

    /// Stands for all addresses of whoever listens, and is nobody's.
    var isWildcard: Bool { (mapped ?? number).allSatisfy { $0 == 0 } }

    /// Only this machine reaches it.
    var isLoopback: Bool {
        if let ipv4 = family == AF_INET ? number : mapped { return ipv4.first == 127 }
        return number.dropLast().allSatisfy { $0 == 0 } && number.last == 1
    }

    /// Of use on one wire only, and to others under another zone's name.
    var isLinkLocal: Bool {
        let start = Array(number.prefix(2))
        return family == AF_INET ? start == [169, 254] : start[0] == 0xFE && start[1] & 0xC0 == 0x80
    }
}
