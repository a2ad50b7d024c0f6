import Formats
package import Optimization

/// A blob that came: its pieces in order, each where its frame lies. Nothing is copied before somebody needs it in one piece.
package struct GatheredBlob: Sendable, Equatable {
    /// All of them, in order; none of an empty blob.
    package let pieces: [ByteView]

    /// - Parameter pieces: in order, and held against the blob's digest before.
    package init(pieces: [ByteView]) { self.pieces = pieces }

    /// Of all pieces together.
    package var byteCount: Int { pieces.reduce(0) { $0 + $1.count } }

    /// A copy in one piece.
    package var bytes: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: byteCount) { bytes, filled in
            for piece in pieces {
                let target = UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: bytes[filled...]))
                piece.withUnsafeBytes { target.copyMemory(from: $0) }
                filled += piece.count
            }
        }
    }

    /// The floats that the bytes are, where they lie; nil unless every piece is whole floats.
    package var vector: PartedVector? {
        guard pieces.allSatisfy({ $0.count % 4 == 0 }) else { return nil }
        var vector = PartedVector()
        #if _endian(little)
            for piece in pieces { piece.withUnsafeBytes { vector.append($0, keptBy: piece.keeper) } }
        #else
            for piece in pieces {
                let floats = LittleEndian.floats(from: piece.array) ?? []
                let own = floats.withUnsafeBytes { ByteView(copying: $0) }
                own.withUnsafeBytes { vector.append($0, keptBy: own.keeper) }
            }
        #endif
        return vector
    }

    /// The floats, in memory of their own; nil unless every piece is whole floats.
    package var floats: [Float]? { vector?.array }
}
