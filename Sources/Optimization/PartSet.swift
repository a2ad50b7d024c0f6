/// Some of the parts that a vector has, by number: which of them somebody computed.
package struct PartSet: Sendable, Hashable {
    /// Parts that there are; those of the set are below it.
    package let partCount: Int
    /// One bit a part, the first part's the lowest; bits beyond the last part are 0.
    package private(set) var bytes: [UInt8]

    /// A set of none.
    package init(of partCount: Int) {
        precondition(partCount >= 0)
        self.partCount = partCount
        bytes = Array(repeating: 0, count: Self.byteCount(of: partCount))
    }

    /// - Returns: nil unless they are as many bytes as so many parts take, and name no part beyond the last.
    package init?(of partCount: Int, bytes: [UInt8]) {
        guard partCount >= 0, bytes.count == Self.byteCount(of: partCount) else { return nil }
        let inLast = partCount % 8
        if let last = bytes.last, inLast > 0, last >> inLast != 0 { return nil }
        self.partCount = partCount
        self.bytes = bytes
    }

    /// Bytes that a set of so many parts takes.
    package static func byteCount(of partCount: Int) -> Int { (partCount + 7) / 8 }

    /// Whether the set has this part.
    package func contains(_ part: Int) -> Bool { bytes[part / 8] >> (part % 8) & 1 == 1 }

    /// Precondition: there is such a part.
    package mutating func insert(_ part: Int) {
        precondition((0..<partCount).contains(part))
        bytes[part / 8] |= 1 << (part % 8)
    }

    /// Adds what the other set has. Precondition: both are of as many parts.
    package mutating func formUnion(_ other: PartSet) {
        precondition(partCount == other.partCount)
        for place in bytes.indices { bytes[place] |= other.bytes[place] }
    }

    /// The parts of the set, in ascending order.
    package var parts: [Int] { (0..<partCount).filter(contains) }
}
