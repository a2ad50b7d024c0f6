/// The cyclic redundancy check of Castagnoli's polynomial, reflected, as iSCSI has it (RFC 3720), and the mask that event files
/// put on it.
package enum CRC32C {
    private static let polynomial: UInt32 = 0x82F6_3B78

    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { rest, _ in rest & 1 == 1 ? rest >> 1 ^ polynomial : rest >> 1 }
    }

    /// Of the bytes in their order.
    package static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        let table = table
        return ~bytes.reduce(~0) { $0 >> 8 ^ table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] }
    }

    /// Turned and shifted, so that a check of bytes that hold checks themselves says something.
    package static func masked(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        let sum = checksum(bytes)
        return (sum >> 15 | sum << 17) &+ 0xA282_EAD8
    }
}
