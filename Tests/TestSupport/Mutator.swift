import Randomness

/// Damages bytes as disks, networks and liars do: flips, cuts, lengthens, repeats and mixes them. One seed decides everything.
package struct Mutator {
    package let seed: UInt64
    private let stream: RandomStream
    private var drawn: UInt64 = 0

    package init(seed: UInt64) {
        self.seed = seed
        stream = RandomStream(seed: seed, purpose: .chaos)
    }

    package mutating func word() -> UInt32 {
        defer { drawn += 1 }
        return stream.word(drawn)
    }

    package mutating func below(_ bound: Int) -> Int {
        Int((UInt64(word()) * UInt64(max(1, bound))) >> 32)
    }

    package mutating func isChosen(outOf many: Int) -> Bool { below(many) == 0 }

    package mutating func pick<Value>(_ values: [Value]) -> Value { values[below(values.count)] }

    /// Counts and lengths where programs go wrong.
    private static let edges: [UInt32] = [
        0, 1, 2, 3, 4, 7, 8, 64, 255, 256, 4095, 4096, 65_535, 65_536, 1 << 20, 1 << 24, 1 << 28, 1 << 30,
        0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFE, 0xFFFF_FFFF, 0x7F80_0000, 0x7FC0_0000,
    ]

    /// One to four damages.
    /// - Parameters:
    ///   - other: what a part may be taken from.
    ///   - first: bytes before it are left as they are.
    package mutating func damaged(_ bytes: [UInt8], other: [UInt8] = [], from first: Int = 0) -> [UInt8] {
        var bytes = bytes
        for _ in 0...below(4) { damage(&bytes, other, first) }
        return bytes
    }

    private mutating func damage(_ bytes: inout [UInt8], _ other: [UInt8], _ first: Int) {
        let room = bytes.count - first
        guard room > 0 else { return bytes.append(UInt8(truncatingIfNeeded: word())) }
        let place = first + below(room)
        switch below(10) {
        case 0, 1: bytes[place] ^= 1 << UInt8(below(8))
        case 2: bytes[place] = UInt8(truncatingIfNeeded: word())
        case 3, 4:
            let edge = pick(Self.edges)
            for offset in 0..<4 where place + offset < bytes.count {
                bytes[place + offset] = UInt8(truncatingIfNeeded: edge >> (8 * UInt32(offset)))
            }
        case 5: bytes.removeLast(bytes.count - place)
        case 6: for _ in 0...below(40) { bytes.append(UInt8(truncatingIfNeeded: word())) }
        case 7: bytes.removeSubrange(place..<min(bytes.count, place + 1 + below(16)))
        case 8: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 1 + below(64))], at: place)
        default:
            guard !other.isEmpty else { return bytes.swapAt(place, first + below(room)) }
            let start = below(other.count)
            bytes.replaceSubrange(
                place..<min(bytes.count, place + 1 + below(32)),
                with: other[start..<min(other.count, start + 1 + below(32))])
        }
    }
}
