/// Sixteen lanes that remember whether a float that is infinite or not a number went by, without a branch a value: a finite float
/// less itself is 0, any other is not a number, which no later sum gets rid of.
struct SpecialLanes {
    private var marks = SIMD16<Float>.zero

    @inline(__always)
    mutating func note(_ values: SIMD16<Float>) { marks += values - values }

    var isAny: Bool { marks != .zero }
}

extension VectorSum {
    /// Where the first value is that is infinite or not a number; nil where there is none.
    package static func firstNonFinite(_ values: [Float]) -> Int? {
        values.withUnsafeBytes { firstNonFinite($0) }
    }

    /// Where the first value is that is infinite or not a number, counted over all parts; nil where there is none.
    package static func firstNonFinite(_ vector: PartedVector) -> Int? {
        var found: Int?
        vector.forEachPart { start, part in
            if found == nil { found = firstNonFinite(part).map { start + $0 } }
        }
        return found
    }

    /// Whether no value is infinite or not a number.
    package static func isFinite(_ values: [Float]) -> Bool { firstNonFinite(values) == nil }

    /// - Parameter bytes: floats at any alignment.
    private static func firstNonFinite(_ bytes: UnsafeRawBufferPointer) -> Int? {
        var special = SpecialLanes()
        let lanesBytes = MemoryLayout<SIMD16<Float>>.size
        let whole = bytes.count / lanesBytes * lanesBytes
        for place in stride(from: 0, to: whole, by: lanesBytes) {
            special.note(bytes.loadUnaligned(fromByteOffset: place, as: SIMD16<Float>.self))
        }
        for place in stride(from: special.isAny ? 0 : whole, to: bytes.count, by: 4)
        where !bytes.loadUnaligned(fromByteOffset: place, as: Float.self).isFinite {
            return place / 4
        }
        return nil
    }
}
