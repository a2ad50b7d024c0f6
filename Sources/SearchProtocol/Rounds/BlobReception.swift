import Formats
import Optimization
package import Wire

/// A blob on its way here, asked for piece by piece. Pieces stay where they came to lie, or are written in one
/// piece as they come.
///
/// At most a window of pieces is under way; a piece that did not come in time is asked for again. The window grows while
/// pieces come promptly and falls back when one is overdue: a fast link is kept busy, a slow one is not flooded. Pieces that nobody asked
/// for, that are too long, too short or here already change nothing, so a lying sender cannot grow this side's memory.
package struct BlobReception: Sendable {
    /// What was announced: what came is held against it.
    package let blob: BlobReference
    /// As the welcome says it: both sides cut blobs by it.
    package let pieceBytes: Int
    /// Of the pieces that are here, each counted once.
    package private(set) var bytesReceived = 0
    /// Pieces that may be under way now.
    package private(set) var window: Int
    private let limits: PieceLimits
    /// How long a piece may be under way; it grows when that turned out to be shorter than the link needs.
    private var patience: Duration
    /// XXH3-128 of each piece; nil of one that is not here.
    private var digests: [Digest128?]
    private let form: Form
    /// One of `views`, `bytes` and `floats`, by `form`, holds what came; the other two stay empty.
    private var views: [ByteView?] = []
    private var bytes: [UInt8] = []
    private var floats: [Float] = []

    /// How what comes is kept.
    package enum Form: Sendable {
        /// For what is read once, and soon.
        case views
        /// For what is long and kept: so it is never in memory twice.
        case bytes
        /// For what is wanted as one vector as soon as it is whole. Precondition: whole floats.
        case floats
    }
    /// Where the first float is that is infinite or not a number, of the pieces that are here; nil where there is none or
    /// nobody wants to know.
    package private(set) var firstNonFinite: Int?
    private let isWatched: Bool
    private var nextUnasked = 0
    /// Piece index to the time it was last asked for.
    private var underWay: [Int: Duration] = [:]
    private var missing: Int

    /// - Parameter isWatched: whether each piece is searched for what is not finite as it comes, while it still lies in the cache.
    ///   Precondition: whole floats, and pieces of them.
    package init(
        _ blob: BlobReference, pieceBytes: Int, window: Int, limits: PieceLimits, as form: Form = .views,
        isWatched: Bool = false
    ) {
        precondition(blob.byteCount <= WireLimits.blobBytes && pieceBytes > 0)
        precondition((limits.smallestWindow...limits.largestWindow).contains(window) && limits.smallestWindow > 0)
        self.blob = blob
        self.pieceBytes = pieceBytes
        self.window = window
        self.limits = limits
        patience = limits.overdue
        digests = Array(repeating: nil, count: blob.pieceCount(pieceBytes: pieceBytes))
        missing = digests.count
        self.form = form
        self.isWatched = isWatched
        // Nobody sees a value before all pieces are written: clearing them first would be work for nothing.
        switch form {
        case .views: views = Array(repeating: nil, count: digests.count)
        case .bytes: bytes = Self.uncleared(Int(blob.byteCount))
        case .floats:
            precondition(blob.byteCount % 4 == 0)
            floats = Self.uncleared(Int(blob.byteCount) / 4)
        }
    }

    /// Whether all pieces are here; of an empty blob at once. Their digests are checked by `verified` and its like.
    package var isWhole: Bool { missing == 0 }

    /// The pieces to ask for now, in ascending order: those overdue, and new ones whenever half of the window is free, so that a
    /// question is about several.
    package mutating func questions(at now: Duration) -> [Range<Int>] {
        var wanted: [Int] = []
        for (index, asked) in underWay where now - asked >= patience { wanted.append(index) }
        if !wanted.isEmpty {
            window = limits.smallestWindow
            // Asking again and again on a slow link would fill it with answers to old questions.
            patience = min(patience * 2, limits.overdue * (1 << PieceLimits.overdueDoublings))
        }
        let unasked = digests.count - nextUnasked
        if window - underWay.count >= min((window + 1) / 2, unasked) {
            for _ in 0..<min(window - underWay.count, unasked) {
                wanted.append(nextUnasked)
                underWay[nextUnasked] = now
                nextUnasked += 1
            }
        }
        if wanted.isEmpty { return [] }
        wanted.sort()
        for index in wanted { underWay[index] = now }
        return runs(of: wanted)
    }

    private func runs(of indices: [Int]) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        for index in indices {
            if let last = runs.last, last.upperBound == index, last.count < WireLimits.piecesInOneQuestion {
                runs[runs.count - 1] = last.lowerBound..<index + 1
            } else {
                runs.append(index..<index + 1)
            }
        }
        return runs
    }

    /// Forgets what was asked, so that all of it is asked for again: the other side may have changed.
    package mutating func askAgain() {
        for index in underWay.keys { underWay[index] = .seconds(-1_000_000) }
    }

    /// - Parameters:
    ///   - piece: its bytes were held against its digest when it was decoded.
    /// - Returns: whether the piece was one that was missing.
    @discardableResult
    package mutating func receive(_ piece: Piece, at now: Duration) -> Bool {
        guard piece.blob == blob.digest, let range = blob.range(ofPiece: piece.index, pieceBytes: pieceBytes),
            digests[piece.index] == nil, let asked = underWay[piece.index], piece.bytes.count == range.count
        else { return false }
        if now - asked <= limits.prompt { window = min(window + 2, limits.largestWindow) }
        if isWatched, let entry = GatheredBlob(pieces: [piece.bytes]).vector.flatMap(VectorSum.firstNonFinite) {
            firstNonFinite = min(firstNonFinite ?? .max, range.lowerBound / 4 + entry)
        }
        switch form {
        case .views: views[piece.index] = piece.bytes
        case .bytes: bytes.withUnsafeMutableBytes { Self.write(piece, $0, range) }
        case .floats: floats.withUnsafeMutableBytes { Self.write(piece, $0, range) }
        }
        digests[piece.index] = piece.digest
        underWay[piece.index] = nil
        missing -= 1
        bytesReceived += range.count
        return true
    }

    /// What came, in order, once all pieces are here and their digests are those of the blob announced; nil when they are not.
    /// - Parameter isChecked: false in the simulation alone.
    package func verified(isChecked: Bool = true) -> GatheredBlob? {
        precondition(isWhole && form == .views)
        return isAsAnnounced || !isChecked ? GatheredBlob(pieces: views.compactMap { $0 }) : nil
    }

    /// As `verified`, for a reception in the form of bytes.
    package consuming func verifiedBytes() -> [UInt8]? {
        precondition(isWhole && form == .bytes)
        return isAsAnnounced ? bytes : nil
    }

    /// As `verified`, for a reception in the form of floats: in this machine's order of bytes.
    package consuming func verifiedFloats(isChecked: Bool = true) -> [Float]? {
        precondition(isWhole && form == .floats)
        guard isAsAnnounced || !isChecked else { return nil }
        var floats = floats
        LittleEndian.reorder(&floats)
        return floats
    }

    private static func uncleared<Value: BitwiseCopyable>(_ count: Int) -> [Value] {
        [Value](unsafeUninitializedCapacity: count) { $1 = count }
    }

    private static func write(_ piece: Piece, _ target: UnsafeMutableRawBufferPointer, _ range: Range<Int>) {
        piece.bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: target[range]).copyMemory(from: $0) }
    }

    private var isAsAnnounced: Bool {
        BlobReference(ofPieces: digests.compactMap { $0 }, byteCount: blob.byteCount) == blob
    }

    /// When the first piece under way is overdue.
    package var deadline: Duration? { underWay.values.min().map { $0 + patience } }
}
