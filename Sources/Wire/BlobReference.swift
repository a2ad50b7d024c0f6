package import Formats

/// Bytes too long for one frame, named by what they are: by the digests of their pieces and their length.
///
/// Whoever wants a blob asks for its pieces, a bounded number at a time, and asks again for what did not come; the owner
/// only ever answers. So nothing is queued that nobody asked for, and a lost piece costs one more question. Content
/// names make two workers' equal contributions one blob and let a worker keep weights that did not change.
///
/// The digest is XXH3-128 over the XXH3-128 of each piece, in order. A piece carries its own digest, which its reader checks:
/// so every byte is hashed once by who owns the blob and once by who receives it, and still no byte, piece or order of
/// pieces can change unseen. The same bytes cut into pieces of another length are another blob: a run has one length.
package struct BlobReference: Sendable, Hashable {
    /// XXH3-128 over the digests of the pieces: the blob's name in every question and answer.
    package let digest: Digest128
    /// Of all pieces together, at most `WireLimits.blobBytes` where it came over the wire.
    package let byteCount: UInt64

    /// As somebody else announced it; an owner's own comes with its `Blob`.
    package init(digest: Digest128, byteCount: UInt64) {
        self.digest = digest
        self.byteCount = byteCount
    }

    /// - Parameter pieces: XXH3-128 of every piece, in order.
    package init(ofPieces pieces: [Digest128], byteCount: UInt64) {
        var writer = ByteWriter(reserving: 16 * pieces.count)
        for digest in pieces { digest.encode(into: &writer) }
        self.init(digest: XXH3.hash128(writer.bytes), byteCount: byteCount)
    }

    /// None for an empty blob; the last piece may be shorter than the others.
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
