package import Formats

/// Bytes too long for one frame, named by what they are: their XXH3-128 and their length.
///
/// Whoever wants a blob asks for its pieces, a bounded number at a time, and asks again for what did not come; the owner
/// only ever answers. So nothing is queued that nobody asked for, and a lost piece costs one more question. Content
/// names make two workers' equal contributions one blob and let a worker keep weights that did not change.
package struct BlobReference: Sendable, Hashable {
    package let digest: Digest128
    package let byteCount: UInt64

    package init(digest: Digest128, byteCount: UInt64) {
        self.digest = digest
        self.byteCount = byteCount
    }

    package init(of bytes: UnsafeRawBufferPointer) {
        self.init(digest: XXH3.hash128(bytes), byteCount: UInt64(bytes.count))
    }

    package init(of bytes: [UInt8]) { self = bytes.withUnsafeBytes { BlobReference(of: $0) } }

    package func pieceCount(pieceBytes: Int) -> Int {
        Int((byteCount + UInt64(pieceBytes) - 1) / UInt64(pieceBytes))
    }

    /// The bytes that piece `index` holds; nil where there is no such piece.
    package func range(ofPiece index: Int, pieceBytes: Int) -> Range<Int>? {
        guard index >= 0, index < pieceCount(pieceBytes: pieceBytes) else { return nil }
        let start = index * pieceBytes
        return start..<min(start + pieceBytes, Int(byteCount))
    }
}

/// A blob as its owner holds it: sent from where it lies, to any number of peers.
package struct Blob: Sendable, Equatable {
    package let reference: BlobReference
    private let bytes: ByteView

    package init(_ bytes: ByteView) {
        reference = bytes.withUnsafeBytes { BlobReference(of: $0) }
        self.bytes = bytes
    }

    /// Nil where there is no such piece.
    package func piece(_ index: Int, pieceBytes: Int) -> Piece? {
        reference.range(ofPiece: index, pieceBytes: pieceBytes).map {
            Piece(blob: reference.digest, index: index, bytes: bytes[$0])
        }
    }
}
