import Wire

extension Mutator {
    /// Writes what a careful liar writes: the length and the digest that belong to the bytes.
    package static func sealed(_ frame: [UInt8]) -> [UInt8] {
        guard frame.count >= WireLimits.headerBytes else { return frame }
        var frame = frame
        let length = UInt32(frame.count - WireLimits.headerBytes)
        for place in 0..<4 { frame[48 + place] = UInt8(truncatingIfNeeded: length >> (8 * UInt32(place))) }
        let digest = frame.withUnsafeBytes { Envelope.digest(of: $0) }
        for place in 0..<8 { frame[56 + place] = UInt8(truncatingIfNeeded: digest >> (8 * UInt64(place))) }
        return frame
    }
}
