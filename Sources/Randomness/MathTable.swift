#if canImport(Glibc)
    import Glibc
#endif

/// What this machine's mathematics library makes of log, exp, cos and pow. Noise, samples and schedules are made of them,
/// so machines of one kind agree on every bit here.
package enum MathTable {
    /// 4 x 4,096 little-endian doubles, to be digested.
    package static func bytes() -> [UInt8] {
        var bits: [UInt8] = []
        for position in 1...4096 {
            let x = Double(position) / 4097
            for value in [log(x), exp(8 * x - 4), cos(Double.pi * x), pow(0.999, Double(position))] {
                withUnsafeBytes(of: value.bitPattern.littleEndian) { bits += $0 }
            }
        }
        return bits
    }
}
