/// A vector whose floats lie in parts, in order, wherever they came to lie: it is added from there, nothing is copied.
///
/// `@unchecked Sendable`: the parts are not written once the vector is made.
package struct PartedVector: @unchecked Sendable {
    private struct Part {
        let bytes: UnsafeRawBufferPointer
        let keeper: any AnyObject & Sendable
    }

    private var parts: [Part] = []
    /// Floats of all parts together.
    package private(set) var count = 0

    /// Of no floats: `append` gives it its parts, in order.
    package init() {}

    /// - Parameters:
    ///   - bytes: floats at any alignment, valid and unchanged while `keeper` lives. Precondition: whole ones.
    package mutating func append(_ bytes: UnsafeRawBufferPointer, keptBy keeper: any AnyObject & Sendable) {
        precondition(bytes.count % 4 == 0)
        parts.append(Part(bytes: bytes, keeper: keeper))
        count += bytes.count / 4
    }

    /// A copy in one piece.
    package var array: [Float] {
        [Float](unsafeUninitializedCapacity: count) { floats, filled in
            forEachPart { start, part in
                let target = UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: floats[start...]))
                target.copyMemory(from: part)
            }
            filled = count
        }
    }

    /// - Parameter body: is given the number of a part's first float, and its bytes.
    func forEachPart(_ body: (Int, UnsafeRawBufferPointer) -> Void) {
        var start = 0
        for part in parts {
            body(start, part.bytes)
            start += part.bytes.count / 4
        }
        withExtendedLifetime(parts) {}
    }

    func isCut(like other: PartedVector) -> Bool {
        parts.lazy.map(\.bytes.count).elementsEqual(other.parts.lazy.map(\.bytes.count))
    }

    /// Precondition: both are cut alike.
    static func forEachPart(
        _ left: PartedVector, _ right: PartedVector,
        _ body: (Int, UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Void
    ) {
        precondition(left.isCut(like: right))
        var start = 0
        for (left, right) in zip(left.parts, right.parts) {
            body(start, left.bytes, right.bytes)
            start += left.bytes.count / 4
        }
        withExtendedLifetime((left.parts, right.parts)) {}
    }
}

extension VectorSum {
    private typealias Lanes = SIMD16<Float>

    /// Writes left + right of two parts of equal length to `sum`, sixteen entries at once. `sum` may lie where one of them does.
    @inline(__always)
    private static func add(
        _ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer, to sum: UnsafeMutableRawBufferPointer
    ) {
        let count = sum.count / 4
        precondition(left.count == sum.count && right.count == sum.count)
        var place = 0
        while place + Lanes.scalarCount <= count {
            let lanes =
                left.loadUnaligned(fromByteOffset: place * 4, as: Lanes.self)
                + right.loadUnaligned(fromByteOffset: place * 4, as: Lanes.self)
            sum.storeBytes(of: lanes, toByteOffset: place * 4, as: Lanes.self)
            place += Lanes.scalarCount
        }
        while place < count {
            let value =
                left.loadUnaligned(fromByteOffset: place * 4, as: Float.self)
                + right.loadUnaligned(fromByteOffset: place * 4, as: Float.self)
            sum.storeBytes(of: value, toByteOffset: place * 4, as: Float.self)
            place += 1
        }
    }

    /// left <- left + right.
    static func add(_ right: PartedVector, into left: inout [Float]) {
        precondition(left.count == right.count)
        left.withUnsafeMutableBytes { left in
            right.forEachPart { start, part in
                let own = UnsafeMutableRawBufferPointer(rebasing: left[start * 4..<start * 4 + part.count])
                add(UnsafeRawBufferPointer(own), part, to: own)
            }
        }
    }

    /// right <- left + right: the same sums, written where the right ones lay.
    static func add(_ left: PartedVector, before right: inout [Float]) {
        precondition(left.count == right.count)
        right.withUnsafeMutableBytes { right in
            left.forEachPart { start, part in
                let own = UnsafeMutableRawBufferPointer(rebasing: right[start * 4..<start * 4 + part.count])
                add(part, UnsafeRawBufferPointer(own), to: own)
            }
        }
    }

    /// Left + right in memory of its own, read once and written once.
    static func sum(_ left: PartedVector, _ right: PartedVector) -> [Float] {
        precondition(left.count == right.count)
        guard left.isCut(like: right) else {
            var sum = left.array
            add(right, into: &sum)
            return sum
        }
        var sum = [Float](unsafeUninitializedCapacity: left.count) { $1 = left.count }
        sum.withUnsafeMutableBytes { sum in
            PartedVector.forEachPart(left, right) { start, left, right in
                add(left, right, to: UnsafeMutableRawBufferPointer(rebasing: sum[start * 4..<start * 4 + left.count]))
            }
        }
        return sum
    }
}
