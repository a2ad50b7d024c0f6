package import Wire

/// A blob on its way here, asked for piece by piece, and written where it is wanted: as bytes or as floats.
///
/// At most `window` pieces are under way; a piece that did not come in time is asked for again. Pieces that nobody asked
/// for, that are too long, too short or here already change nothing, so a lying sender cannot grow this side's memory.
package struct BlobReception<Value: BitwiseCopyable & Sendable>: Sendable {
    package let blob: BlobReference
    package let pieceBytes: Int
    package private(set) var bytesReceived = 0
    private let window: Int
    private let pieceLimit: Duration
    private var values: [Value]
    private var isHere: [Bool]
    private var nextUnasked = 0
    /// Piece index to the time it was last asked for.
    private var underWay: [Int: Duration] = [:]
    private var missing: Int

    /// Precondition: the blob is whole values.
    package init(_ blob: BlobReference, pieceBytes: Int, window: Int, pieceLimit: Duration) {
        precondition(blob.byteCount <= WireLimits.blobBytes && pieceBytes > 0 && window > 0)
        let count = Int(blob.byteCount) / MemoryLayout<Value>.stride
        precondition(count * MemoryLayout<Value>.stride == Int(blob.byteCount))
        self.blob = blob
        self.pieceBytes = pieceBytes
        self.window = window
        self.pieceLimit = pieceLimit
        // Nobody sees a value before all pieces are written: clearing them first would be work for nothing.
        values = [Value](unsafeUninitializedCapacity: count) { $1 = count }
        isHere = [Bool](repeating: false, count: blob.pieceCount(pieceBytes: pieceBytes))
        missing = isHere.count
    }

    package var isWhole: Bool { missing == 0 }

    /// The pieces to ask for now, in ascending order: those overdue, and new ones whenever half of the window is free, so that a
    /// question is about several.
    package mutating func questions(at now: Duration) -> [Range<Int>] {
        var wanted: [Int] = []
        for (index, asked) in underWay where now - asked >= pieceLimit { wanted.append(index) }
        let unasked = isHere.count - nextUnasked
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

    /// - Returns: whether the piece was one that was missing.
    @discardableResult
    package mutating func receive(_ piece: Piece) -> Bool {
        guard piece.blob == blob.digest, let range = blob.range(ofPiece: piece.index, pieceBytes: pieceBytes),
            !isHere[piece.index], underWay[piece.index] != nil, piece.bytes.count == range.count
        else { return false }
        values.withUnsafeMutableBytes { target in
            piece.bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: target[range]).copyMemory(from: $0) }
        }
        isHere[piece.index] = true
        underWay[piece.index] = nil
        missing -= 1
        bytesReceived += range.count
        return true
    }

    /// What came, in the order of bytes of the wire, once all pieces are here and their digest is the one announced; nil when
    /// it differs.
    package consuming func verified() -> [Value]? {
        precondition(isWhole)
        return values.withUnsafeBytes { BlobReference(of: $0) } == blob ? values : nil
    }

    /// When the first piece under way is overdue.
    package var deadline: Duration? { underWay.values.min().map { $0 + pieceLimit } }
}
