package import Wire

/// A blob on its way here, asked for piece by piece.
///
/// At most `window` pieces are under way; a piece that did not come in time is asked for again. Pieces that nobody asked
/// for, that are too long, too short or here already change nothing, so a lying sender cannot grow this side's memory.
package struct BlobReception: Sendable {
    package let blob: BlobReference
    package let pieceBytes: Int
    package private(set) var bytesReceived = 0
    private let window: Int
    private let pieceLimit: Duration
    private var bytes: [UInt8]
    private var isHere: [Bool]
    private var nextUnasked = 0
    /// Piece index to the time it was last asked for.
    private var underWay: [Int: Duration] = [:]
    private var missing: Int

    package init(_ blob: BlobReference, pieceBytes: Int, window: Int, pieceLimit: Duration) {
        precondition(blob.byteCount <= WireLimits.blobBytes && pieceBytes > 0 && window > 0)
        self.blob = blob
        self.pieceBytes = pieceBytes
        self.window = window
        self.pieceLimit = pieceLimit
        bytes = [UInt8](repeating: 0, count: Int(blob.byteCount))
        isHere = [Bool](repeating: false, count: blob.pieceCount(pieceBytes: pieceBytes))
        missing = isHere.count
    }

    package var isWhole: Bool { missing == 0 }

    /// The pieces to ask for now, in ascending order: new ones while the window has room, and those overdue.
    package mutating func questions(at now: Duration) -> [Int] {
        var wanted: [Int] = []
        for (index, asked) in underWay where now - asked >= pieceLimit { wanted.append(index) }
        while underWay.count < window, nextUnasked < isHere.count {
            wanted.append(nextUnasked)
            underWay[nextUnasked] = now
            nextUnasked += 1
        }
        wanted.sort()
        for index in wanted { underWay[index] = now }
        return wanted
    }

    /// Forgets what was asked, so that all of it is asked for again: the other side may have changed.
    package mutating func askAgain() {
        for index in underWay.keys { underWay[index] = .seconds(-1_000_000) }
    }

    /// - Returns: whether the piece was one that was missing.
    @discardableResult
    package mutating func receive(_ piece: Piece) -> Bool {
        guard piece.blob == blob.digest, let range = blob.range(ofPiece: piece.index, pieceBytes: pieceBytes),
            !isHere[piece.index], underWay[piece.index] != nil, piece.bytes.count == range.count
        else { return false }
        bytes.withUnsafeMutableBytes { target in
            piece.bytes.withUnsafeBytes { target[range].copyBytes(from: $0) }
        }
        isHere[piece.index] = true
        underWay[piece.index] = nil
        missing -= 1
        bytesReceived += range.count
        return true
    }

    /// The bytes, once all pieces are here and their digest is the one announced; nil when it differs.
    package consuming func verified() -> [UInt8]? {
        precondition(isWhole)
        return BlobReference(of: bytes) == blob ? bytes : nil
    }

    /// When the first piece under way is overdue.
    package var deadline: Duration? { underWay.values.min().map { $0 + pieceLimit } }
}
