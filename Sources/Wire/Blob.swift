import Formats

/// A blob as its owner holds it: hashed once, sent from where it lies to any number of peers.
package struct Blob: Sendable, Equatable {
    /// What it is announced by, and asked for.
    package let reference: BlobReference
    /// Of each piece but the last, which may be shorter.
    package let pieceBytes: Int
    private let digests: [Digest128]
    private let bytes: ByteView

    /// Hashes every piece now; the bytes are not copied.
    package init(_ bytes: ByteView, pieceBytes: Int) {
        precondition(pieceBytes > 0)
        digests = bytes.withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count, by: pieceBytes).map { start in
                XXH3.hash128(UnsafeRawBufferPointer(rebasing: bytes[start..<min(start + pieceBytes, bytes.count)]))
            }
        }
        reference = BlobReference(ofPieces: digests, byteCount: UInt64(bytes.count))
        self.pieceBytes = pieceBytes
        self.bytes = bytes
    }

    /// Floats in the wire's order of bytes. They are lent, not copied: whoever else holds the array copies it when it writes.
    package init(floats: consuming [Float], pieceBytes: Int) {
        LittleEndian.reorder(&floats)
        self.init(FloatStorage(floats).view, pieceBytes: pieceBytes)
    }

    /// Nil where there is no such piece.
    package func piece(_ index: Int) -> Piece? {
        guard let range = reference.range(ofPiece: index, pieceBytes: pieceBytes) else { return nil }
        return Piece(blob: reference.digest, index: index, bytes: bytes[range], digest: digests[index])
    }
}

/// An array that is only held, never changed: its elements stay where they are.
///
/// Its buffer's address outlives the call that tells it. That holds because an array of floats has one buffer of its own (there is no
/// bridging on the systems that this runs on), which is freed with its last holder, and because whoever else holds the array copies it
/// before a write, as this one never writes.
private final class FloatStorage: Sendable {
    private let floats: [Float]

    init(_ floats: [Float]) { self.floats = floats }

    var view: ByteView { floats.withUnsafeBytes { ByteView($0, keptBy: self) } }
}
