import Formats
import Testing
import Wire

import SearchProtocol

/// A blob that comes in pieces: what is believed, what is asked for.
@Suite
struct BlobReceptionTests {
    private static let floats = (0..<50).map { Float($0) / 3 }
    private static let blob = Blob(floats: floats, pieceBytes: 32)
    private static let pieces = (0..<7).compactMap { blob.piece($0) }

    private func reception(
        _ reference: BlobReference = blob.reference, as form: BlobReception.Form = .views
    ) -> BlobReception {
        BlobReception(reference, pieceBytes: 32, window: 8, limits: PieceLimits(), as: form)
    }

    private func expect(_ isTaken: Bool, _ reception: inout BlobReception, _ piece: Piece, at now: Duration) {
        let was = reception.receive(piece, at: now)
        #expect(was == isTaken, "piece \(piece.index)")
    }

    /// Asks for all pieces and gives these.
    private func filled(_ pieces: [Piece], as form: BlobReception.Form) -> BlobReception {
        var reception = reception(as: form)
        _ = reception.questions(at: .zero)
        for piece in pieces { expect(true, &reception, piece, at: .zero) }
        return reception
    }

    @Test("Pieces in any order give the blob, as views, bytes and floats")
    func whole() {
        let bytes = LittleEndian.bytes(of: Self.floats)
        for pieces in [Self.pieces, Self.pieces.reversed()] {
            #expect(filled(pieces, as: .views).verified()?.bytes == bytes)
            #expect(filled(pieces, as: .views).verified()?.floats == Self.floats)
            #expect(filled(pieces, as: .bytes).verifiedBytes() == bytes)
            #expect(filled(pieces, as: .floats).verifiedFloats() == Self.floats)
        }
    }

    @Test(
        "A watched blob tells its first value that is not finite, in whatever order its pieces come; another one tells nothing"
    )
    func watched() {
        for (places, expected) in [([], nil), ([49], 49), ([17, 40], 17), ([0], 0)] as [([Int], Int?)] {
            for value in [Float.infinity, -.infinity, .nan] {
                var floats = Self.floats
                for place in places { floats[place] = value }
                let blob = Blob(floats: floats, pieceBytes: 32)
                for order in [Array(0..<7), Array((0..<7).reversed())] {
                    for isWatched in [true, false] {
                        var reception = BlobReception(
                            blob.reference, pieceBytes: 32, window: 8, limits: PieceLimits(), isWatched: isWatched)
                        _ = reception.questions(at: .zero)
                        for piece in order.compactMap({ blob.piece($0) }) { expect(true, &reception, piece, at: .zero) }
                        #expect(reception.firstNonFinite == (isWatched ? expected : nil))
                    }
                }
            }
        }
    }

    @Test("One changed byte in any piece is noticed, even where the piece's own digest fits it")
    func changed() {
        for place in 0..<200 {
            var pieces = Self.pieces
            var bytes = pieces[place / 32].bytes.array
            bytes[place % 32] ^= 1
            // A sender that hashes what it changed: the frame is right, the blob is not the one announced.
            pieces[place / 32] = Piece(blob: Self.blob.reference.digest, index: place / 32, bytes: ByteView(bytes))
            #expect(filled(pieces, as: .views).verified() == nil)
            #expect(filled(pieces, as: .bytes).verifiedBytes() == nil)
            #expect(filled(pieces, as: .floats).verifiedFloats() == nil)
        }
    }

    @Test("Two pieces that changed places are noticed")
    func exchanged() {
        var pieces = Self.pieces
        pieces[1] = Piece(blob: Self.blob.reference.digest, index: 1, bytes: Self.pieces[2].bytes)
        pieces[2] = Piece(blob: Self.blob.reference.digest, index: 2, bytes: Self.pieces[1].bytes)
        #expect(filled(pieces, as: .views).verified() == nil)
    }

    @Test("Pieces nobody asked for, of another blob or length, or here already, change nothing")
    func unwanted() {
        var reception = reception()
        expect(false, &reception, Self.pieces[0], at: .zero)
        _ = reception.questions(at: .zero)
        let other = Digest128(high: 1, low: 1)
        expect(false, &reception, Piece(blob: other, index: 0, bytes: Self.pieces[0].bytes), at: .zero)
        let digest = Self.blob.reference.digest
        for (index, count) in [(0, 31), (0, 33), (6, 32), (7, 8), (-1, 32)] {
            let bytes = ByteView([UInt8](repeating: 0, count: count))
            expect(false, &reception, Piece(blob: digest, index: index, bytes: bytes), at: .zero)
        }
        expect(true, &reception, Self.pieces[0], at: .zero)
        expect(false, &reception, Self.pieces[0], at: .zero)
        #expect(reception.bytesReceived == 32 && !reception.isWhole)
    }

    @Test("The window grows with prompt pieces up to its limit, not with slow ones, and falls back when one is overdue")
    func window() {
        let limits = PieceLimits()
        let long = Blob(ByteView([UInt8](repeating: 5, count: 400)), pieceBytes: 4)
        func under(_ delay: Duration) -> BlobReception {
            var reception = BlobReception(
                long.reference, pieceBytes: 4, window: limits.smallestWindow, limits: limits)
            var now = Duration.zero
            var asked = reception.questions(at: now).flatMap { Array($0) }
            for index in 0..<60 {
                #expect(asked.count - index <= limits.largestWindow)
                now += delay
                if let piece = long.piece(index) { expect(true, &reception, piece, at: now) }
                asked += reception.questions(at: now).flatMap { Array($0) }
            }
            return reception
        }
        #expect(under(.microseconds(100)).window == limits.largestWindow)
        #expect(under(.milliseconds(200)).window == limits.smallestWindow)
        var late = under(.microseconds(100))
        let again = late.questions(at: .seconds(60)).flatMap { Array($0) }
        #expect(again.count >= limits.smallestWindow && again.first == 60, "what did not come is asked for again")
        #expect(late.window == limits.smallestWindow)
    }
}
