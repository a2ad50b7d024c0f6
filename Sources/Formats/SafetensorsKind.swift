/// What a value of a safetensors file is, by the name that the header gives under `dtype` (the library's `Dtype`).
package enum SafetensorsKind: String, Sendable, Hashable, CaseIterable {
    case float64 = "F64"
    case float32 = "F32"
    case float16 = "F16"
    case brainFloat16 = "BF16"
    case float8E4M3 = "F8_E4M3"
    case float8E5M2 = "F8_E5M2"
    case float8E8M0 = "F8_E8M0"
    case float8E4M3WithoutNegativeZero = "F8_E4M3FNUZ"
    case float8E5M2WithoutNegativeZero = "F8_E5M2FNUZ"
    case float6E2M3 = "F6_E2M3"
    case float6E3M2 = "F6_E3M2"
    case float4 = "F4"
    case complex64 = "C64"
    case integer64 = "I64"
    case integer32 = "I32"
    case integer16 = "I16"
    case integer8 = "I8"
    case unsigned64 = "U64"
    case unsigned32 = "U32"
    case unsigned16 = "U16"
    case unsigned8 = "U8"
    case boolean = "BOOL"

    /// Bits of one value; values of less than a byte lie packed.
    package var bits: Int {
        switch self {
        case .float64, .complex64, .integer64, .unsigned64: 64
        case .float32, .integer32, .unsigned32: 32
        case .float16, .brainFloat16, .integer16, .unsigned16: 16
        case .float8E4M3, .float8E5M2, .float8E8M0, .float8E4M3WithoutNegativeZero, .float8E5M2WithoutNegativeZero,
            .integer8, .unsigned8, .boolean:
            8
        case .float6E2M3, .float6E3M2: 6
        case .float4: 4
        }
    }

    /// One value as a 32-bit float, rounded to the nearest where it is of 64 bits; nil for the kinds that are not read as floats.
    private var read: ((UnsafeRawBufferPointer, Int) -> Float)? {
        func word<Word: FixedWidthInteger>(_ bytes: UnsafeRawBufferPointer, _ index: Int, _: Word.Type) -> Word {
            Word(littleEndian: bytes.loadUnaligned(fromByteOffset: index * MemoryLayout<Word>.size, as: Word.self))
        }
        return switch self {
        case .float64: { Float(Double(bitPattern: word($0, $1, UInt64.self))) }
        case .float32: { Float(bitPattern: word($0, $1, UInt32.self)) }
        case .float16: { Float(Float16(bitPattern: word($0, $1, UInt16.self))) }
        // The upper half of a 32-bit float.
        case .brainFloat16: { Float(bitPattern: UInt32(word($0, $1, UInt16.self)) << 16) }
        default: nil
        }
    }

    /// Whether values of the kind are read as 32-bit floats.
    package var isReadAsFloats: Bool { read != nil }

    /// Values of a tensor as 32-bit floats; F64 is rounded to the nearest, F16 and BF16 lose nothing.
    ///
    /// - Parameter bytes: whole values, little-endian.
    /// - Returns: nil for the kinds that are not read as floats.
    package func floats(_ bytes: UnsafeRawBufferPointer) -> [Float]? {
        guard let read else { return nil }
        return (0..<bytes.count * 8 / bits).map { read(bytes, $0) }
    }
}
