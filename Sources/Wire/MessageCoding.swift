import Formats
import Optimization

/// The number a message has on the wire. Numbers are never used again.
enum MessageType: UInt16 {
    case hello = 1
    case ready, roundReceived, progress, nodeFinished, leaving, statusWanted, echoWanted
    case welcome = 32
    case refused, roundOpened, nodesAssigned, nodeSettled, roundClosed, beat, stop, status, pause
    case piecesWanted = 64
    case piece, blobMissing
}

extension Message {
    var type: MessageType {
        switch self {
        case .hello: .hello
        case .ready: .ready
        case .roundReceived: .roundReceived
        case .progress: .progress
        case .nodeFinished: .nodeFinished
        case .leaving: .leaving
        case .statusWanted: .statusWanted
        case .echoWanted: .echoWanted
        case .welcome: .welcome
        case .refused: .refused
        case .roundOpened: .roundOpened
        case .nodesAssigned: .nodesAssigned
        case .nodeSettled: .nodeSettled
        case .roundClosed: .roundClosed
        case .beat: .beat
        case .stop: .stop
        case .pause: .pause
        case .status: .status
        case .piecesWanted: .piecesWanted
        case .piece: .piece
        case .blobMissing: .blobMissing
        }
    }

    func encodeBody(into writer: inout ByteWriter) {
        switch self {
        case .roundReceived, .roundClosed, .beat, .statusWanted: break
        case .hello(let greeting): greeting.encode(into: &writer)
        case .ready(let readiness): readiness.encode(into: &writer)
        case .progress(let progress): progress.encode(into: &writer)
        case .nodeFinished(let result): result.encode(into: &writer)
        case .leaving(let reason), .stop(let reason), .pause(let reason):
            writer.append(text: clipped(reason, to: WireLimits.shortTextBytes))
        case .echoWanted(let wanted): wanted.encode(into: &writer)
        case .status(let document): writer.append(text: clipped(document, to: WireLimits.statusBytes))
        case .welcome(let welcome): welcome.encode(into: &writer)
        case .refused(let refusal): refusal.encode(into: &writer)
        case .roundOpened(let opening): opening.encode(into: &writer)
        case .nodesAssigned(let assignment): assignment.encode(into: &writer)
        case .nodeSettled(let accepted): writer.append(accepted)
        case .piecesWanted(let wanted): wanted.encode(into: &writer)
        case .piece(let piece):
            piece.blob.encode(into: &writer)
            writer.append(UInt32(piece.index))
            piece.digest.encode(into: &writer)
        case .blobMissing(let digest): digest.encode(into: &writer)
        }
    }

    /// The bytes that are sent behind the frame; only a piece has any.
    var block: ByteView? {
        if case .piece(let piece) = self { piece.bytes } else { nil }
    }

    static func decodeBody(
        of type: MessageType, from reader: inout ByteReader, block: ByteView?
    ) throws(WireError) -> Message {
        switch type {
        case .roundReceived: .roundReceived
        case .roundClosed: .roundClosed
        case .beat: .beat
        case .statusWanted: .statusWanted
        case .hello: .hello(try Greeting(from: &reader))
        case .ready: .ready(try Readiness(from: &reader))
        case .progress: .progress(try Progress(from: &reader))
        case .nodeFinished: .nodeFinished(try NodeResult(from: &reader))
        case .leaving: .leaving(reason: try reader.readLine())
        case .stop: .stop(reason: try reader.readLine())
        case .pause: .pause(reason: try reader.readLine())
        case .echoWanted: .echoWanted(try EchoWanted(from: &reader))
        case .status: .status(document: try reader.readText(limit: WireLimits.statusBytes))
        case .welcome: .welcome(try Welcome(from: &reader))
        case .refused: .refused(try Refusal(from: &reader))
        case .roundOpened: .roundOpened(try RoundOpening(from: &reader))
        case .nodesAssigned: .nodesAssigned(try NodeAssignment(from: &reader))
        case .nodeSettled: .nodeSettled(accepted: try reader.readBool())
        case .piecesWanted: .piecesWanted(try PiecesWanted(from: &reader))
        case .piece: .piece(try Piece(from: &reader, block: block))
        case .blobMissing: .blobMissing(try Digest128(from: &reader))
        }
    }
}

extension EchoWanted {
    func encode(into writer: inout ByteWriter) {
        writer.append(UInt32(answerBytes))
        writer.append(counted: filler)
    }

    init(from reader: inout ByteReader) throws(WireError) {
        answerBytes = try reader.readCount(limit: WireLimits.echoBytes, of: "bytes of an echo")
        guard answerBytes > 0 else { throw WireError("a question for an empty echo") }
        filler = try reader.readBlock(limit: WireLimits.echoBytes, of: "bytes of an echo")
    }
}

extension PiecesWanted {
    func encode(into writer: inout ByteWriter) {
        blob.encode(into: &writer)
        writer.append(UInt32(indices.lowerBound))
        writer.append(UInt32(indices.count))
    }

    init(from reader: inout ByteReader) throws(WireError) {
        blob = try Digest128(from: &reader)
        let first = Int(try reader.read(UInt32.self))
        let count = try reader.readCount(limit: WireLimits.piecesInOneQuestion, of: "pieces")
        guard count > 0 else { throw WireError("a question for no piece") }
        indices = first..<first + count
    }
}

extension Piece {
    init(from reader: inout ByteReader, block: ByteView?) throws(WireError) {
        guard let block, block.count <= WireLimits.largestPieceBytes else {
            throw WireError("a piece without its bytes")
        }
        let blob = try Digest128(from: &reader)
        let index = Int(try reader.read(UInt32.self))
        let digest = try Digest128(from: &reader)
        guard block.withUnsafeBytes({ XXH3.hash128($0) }) == digest else {
            throw WireError("a piece differs from its digest")
        }
        self.init(blob: blob, index: index, bytes: block, digest: digest)
    }
}

/// Cuts a text that is only for people to what a frame may hold, at a whole character.
func clipped(_ text: String, to limitBytes: Int) -> String {
    guard text.utf8.count > limitBytes else { return text }
    var cut = ""
    for character in text {
        guard cut.utf8.count + character.utf8.count <= limitBytes else { break }
        cut.append(character)
    }
    return cut
}

/// Reads an enumeration's case from its number on the wire.
func readCase<Value: RawRepresentable>(
    _ type: Value.Type, from reader: inout ByteReader
) throws(WireError) -> Value where Value.RawValue == UInt8 {
    let number = try reader.read(UInt8.self)
    guard let value = Value(rawValue: number) else { throw WireError("\(number) is no \(type)") }
    return value
}

extension Digest128 {
    func encode(into writer: inout ByteWriter) {
        writer.append(high)
        writer.append(low)
    }

    init(from reader: inout ByteReader) throws(WireError) {
        let high = try reader.read(UInt64.self)
        self.init(high: high, low: try reader.read(UInt64.self))
    }
}
