import Formats
package import Optimization

/// A message with the header that every one carries.
///
/// Layout, little-endian, 64 bytes: magic u32, version u16, type u16, run 16 bytes, generation u64, round u64, node level
/// u32 (`noNode` where the message speaks of none), node index u32, body length u32, zero u32, XXH3-64 over everything else
/// in the frame. The first eight bytes never change their meaning, so that a peer of another version can be told so.
///
/// Header and body are one frame. The bytes of a piece are a second one, their *block*, so that they are sent from where the
/// blob lies and read from where they came. The piece's body holds the block's digest, so the frame's covers it too.
package struct Envelope: Sendable, Equatable {
    /// `RunIdentity.unknown` in a greeting, and from whoever only asks.
    package var run: RunIdentity
    /// Of the coordinator that speaks, or that welcomed the sender; 0 in a greeting, and from whoever only asks.
    package var generation: UInt64
    /// Counted from 1 within a generation: the open round, or the one before it; 0 before the first.
    package var round: UInt64
    /// The node that is finished or settled; nil in every other message.
    package var node: TreeNode?
    package var message: Message

    /// Round 0 and no node are for a message that speaks of neither.
    package init(
        run: RunIdentity, generation: UInt64, round: UInt64 = 0, node: TreeNode? = nil, message: Message
    ) {
        self.run = run
        self.generation = generation
        self.round = round
        self.node = node
        self.message = message
    }

    private static let bodyLengthOffset = 48
    private static let digestOffset = 56
    private static let noNode = UInt32.max

    /// What is sent. Precondition: no longer than a frame may be (senders keep the limits of `WireLimits`).
    package func encoded() -> EncodedMessage {
        var writer = ByteWriter(reserving: 512)
        writer.append(WireLimits.magic)
        writer.append(WireLimits.version)
        writer.append(message.type.rawValue)
        writer.append(run.high)
        writer.append(run.low)
        writer.append(generation)
        writer.append(round)
        writer.append(node.map { UInt32($0.level) } ?? Self.noNode)
        writer.append(node.map { UInt32($0.index) } ?? 0)
        writer.append(UInt32(0))
        writer.append(UInt32(0))
        writer.append(UInt64(0))
        message.encodeBody(into: &writer)
        let count = writer.bytes.count
        precondition(count <= WireLimits.frameBytes, "a frame of \(count) bytes")
        writer.overwrite(UInt32(count - WireLimits.headerBytes), at: Self.bodyLengthOffset)
        let digest = writer.bytes.withUnsafeBytes { Self.digest(of: $0) }
        writer.overwrite(digest, at: Self.digestOffset)
        return EncodedMessage(frame: writer.bytes, block: message.block)
    }

    /// Reads one message that anybody may have sent.
    ///
    /// - Throws: `WireError` for whatever is not exactly a message of this version.
    package static func decode(_ frame: ByteView, block: ByteView? = nil) throws(WireError) -> Envelope {
        guard frame.count >= WireLimits.headerBytes else { throw WireError("\(frame.count) bytes, no whole header") }
        guard frame.count <= WireLimits.frameBytes else { throw WireError("\(frame.count) bytes, too long a frame") }
        var reader = ByteReader(frame)
        guard try reader.read(UInt32.self) == WireLimits.magic else { throw WireError("not a frame of snas") }
        let version = try reader.read(UInt16.self)
        guard version == WireLimits.version else {
            throw WireError("wire version \(version), this program speaks \(WireLimits.version)")
        }
        let typeNumber = try reader.read(UInt16.self)
        guard let type = MessageType(rawValue: typeNumber) else { throw WireError("message type \(typeNumber)") }
        let run = RunIdentity(high: try reader.read(), low: try reader.read())
        let generation = try reader.read(UInt64.self)
        let round = try reader.read(UInt64.self)
        let node = try readNode(&reader)
        guard Int(try reader.read(UInt32.self)) == frame.count - WireLimits.headerBytes else {
            throw WireError("body length differs from the frame's")
        }
        guard try reader.read(UInt32.self) == 0 else { throw WireError("reserved bits are set") }
        guard (type == .piece) == (block != nil) else {
            throw WireError("a piece comes with a block, nothing else does")
        }
        let digest = try reader.read(UInt64.self)
        guard frame.withUnsafeBytes({ self.digest(of: $0) }) == digest else { throw WireError("digest differs") }
        let message = try Message.decodeBody(of: type, from: &reader, block: block)
        try reader.finish()
        return Envelope(run: run, generation: generation, round: round, node: node, message: message)
    }

    /// What the header's digest must be: a chain over header and body, so that all bytes count and none are copied.
    /// Precondition: a whole header.
    package static func digest(of frame: UnsafeRawBufferPointer) -> UInt64 {
        let header = XXH3.hash64(UnsafeRawBufferPointer(rebasing: frame[..<digestOffset]))
        return XXH3.hash64(UnsafeRawBufferPointer(rebasing: frame[WireLimits.headerBytes...]), seed: header)
    }

    private static func readNode(_ reader: inout ByteReader) throws(WireError) -> TreeNode? {
        let level = try reader.read(UInt32.self)
        let index = try reader.read(UInt32.self)
        guard level != noNode else { return nil }
        guard level <= 32, Int(index) < WireLimits.shards else { throw WireError("node (\(level), \(index))") }
        return TreeNode(level: Int(level), index: Int(index))
    }
}

/// A message on its way out: its own words, and the block that is sent from where it lies.
package struct EncodedMessage: Sendable {
    /// Header and body.
    package let frame: [UInt8]
    /// The bytes of a piece; nil for every other message.
    package let block: ByteView?
}
