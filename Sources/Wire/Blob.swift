import Formats

/// A blob as its owner holds it: hashed once, sent from where it lies to any number of peers.
///
/// Floats are named at once, but laid out for the wire only as their pieces are asked for, so that the first ones travel
/// while the others are still copied. Once all are, the floats are let go.
package struct Blob: Sendable, Equatable {
    package let reference: BlobReference
    package let pieceBytes: Int
    private let digests: [Digest128]
    private var views: [ByteView?]
    /// Of the views that are not made yet; in the wire's order of bytes.
    private var floats: [Float] = []
    private var viewsToMake: Int

    package init(_ bytes: ByteView, pieceBytes: Int) {
        (digests, reference) = bytes.withUnsafeBytes { Self.name($0, pieceBytes) }
        self.pieceBytes = pieceBytes
        let reference = reference
        views = digests.indices.map { index in reference.range(ofPiece: index, pieceBytes: pieceBytes).map { bytes[$0] }
        }
        viewsToMake = 0
    }

    /// Floats that nobody is going to change: sent from where they lie. For an array that is about to be written again
    /// `init(floats:)` is right, whose copies are made while the first pieces travel.
    package init(lending floats: consuming [Float], pieceBytes: Int) {
        LittleEndian.reorder(&floats)
        self.init(FloatKeeper(floats).view, pieceBytes: pieceBytes)
    }

    package init(floats: [Float], pieceBytes: Int) {
        self.floats = floats
        LittleEndian.reorder(&self.floats)
        (digests, reference) = self.floats.withUnsafeBytes { Self.name($0, pieceBytes) }
        self.pieceBytes = pieceBytes
        views = Array(repeating: nil, count: digests.count)
        viewsToMake = digests.count
    }

    private static func name(_ bytes: UnsafeRawBufferPointer, _ pieceBytes: Int) -> ([Digest128], BlobReference) {
        precondition(pieceBytes > 0)
        let digests = stride(from: 0, to: bytes.count, by: pieceBytes).map { start in
            XXH3.hash128(UnsafeRawBufferPointer(rebasing: bytes[start..<min(start + pieceBytes, bytes.count)]))
        }
        return (digests, BlobReference(ofPieces: digests, byteCount: UInt64(bytes.count)))
    }

    /// Nil where there is no such piece.
    package mutating func piece(_ index: Int) -> Piece? {
        guard let range = reference.range(ofPiece: index, pieceBytes: pieceBytes) else { return nil }
        return Piece(blob: reference.digest, index: index, bytes: view(index, range), digest: digests[index])
    }

    private mutating func view(_ index: Int, _ range: Range<Int>) -> ByteView {
        if let view = views[index] { return view }
        let view = floats.withUnsafeBytes { ByteView(copying: UnsafeRawBufferPointer(rebasing: $0[range])) }
        views[index] = view
        viewsToMake -= 1
        if viewsToMake == 0 { floats = [] }
        return view
    }
}

/// An array that is only held, never changed: its elements stay where they are.
///
/// Its buffer's address outlives the call that tells it. That holds because an array of floats has one buffer of its own (there is no
/// bridging on the systems that this runs on), which is freed with its last holder, and because whoever else holds the array copies it
/// before a write, as this one never writes.
private final class FloatKeeper: Sendable {
    private let floats: [Float]

    init(_ floats: [Float]) { self.floats = floats }

    var view: ByteView { floats.withUnsafeBytes { ByteView($0, keptBy: self) } }
}
