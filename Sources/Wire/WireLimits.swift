/// Every bound of the wire, named once, with its unit.
package enum WireLimits {
    /// Written first in every frame; the four bytes read "SNAS".
    package static let magic: UInt32 = 0x5341_4E53
    /// Raised whenever a frame of the old meaning would be misread.
    package static let version: UInt16 = 11
    /// Largest frame, header included. ZeroMQ's heartbeats are only answered between frames, so a frame must pass
    /// even a slow link well within the heartbeat's timeout.
    package static let frameBytes = 1 << 20
    /// The header's length, as `Envelope` lays it out.
    package static let headerBytes = 64
    /// By how much a piece stays below a whole frame.
    package static let pieceOverheadBytes = 64
    /// Least that a welcome may name as the length of pieces; a blob's last one may be shorter.
    package static let smallestPieceBytes = 4 << 10
    /// Pieces hold whole floats, so that each can be added from where it lies.
    package static let pieceGranuleBytes = 4
    /// Most that a welcome may name as the length of pieces, and longest block that is read.
    package static let largestPieceBytes = frameBytes - headerBytes - pieceOverheadBytes
    /// Largest blob anyone may announce: data sets of a million small images, and networks of 500 M weights, fit.
    package static let blobBytes: UInt64 = 4 << 30
    /// Of the configuration's text in a welcome, in UTF-8.
    package static let textBytes = 64 << 10
    /// Of a name, a reason or a sentence for people, in UTF-8. What is longer is cut.
    package static let shortTextBytes = 512
    /// The status of a run with a thousand workers.
    package static let statusBytes = 512 << 10
    /// Of an echo, in either direction.
    package static let echoBytes = 512 << 10
    /// Shards of one round: an evaluation of 60,000 images at 64 a shard has 938.
    package static let shards = 1 << 16
    /// Images of one round, or of one shard.
    package static let images = 1 << 28
    /// Steps of a run: well within what a draw's key can count.
    package static let steps: UInt64 = 1 << 48
    /// Nodes that one opening or assignment may give; more of them take more messages.
    package static let nodesInOneMessage = 4096
    /// Pieces that may be asked for at once; more of them take more questions.
    package static let piecesInOneQuestion = 64
    /// Entries of all alpha tables together: two tables of cells of twelve nodes with all operations fit.
    package static let alphaEntries = 4096
    /// Parts of a payload: one for each entry of alpha's tables, or for each shard whose logits are asked for, and one that is always
    /// there.
    package static let payloadParts = alphaEntries + 1
}

/// A frame that does not say what a frame must say. It is counted and dropped, never trusted.
package struct WireError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What is wrong, for the log; of what the sender wrote it repeats numbers alone.
    package let reason: String

    package init(_ reason: String) { self.reason = reason }

    package var description: String { "unreadable frame: \(reason)" }
}
