import Formats

// How each message body is written and read. A body's two halves stand together, so that a reader can hold them against
// each other; the limits are those of `WireLimits`.

extension Greeting {
    func encode(into writer: inout ByteWriter) {
        writer.append(worker.high)
        writer.append(worker.low)
        writer.append(channel.rawValue)
        writer.append(processIdentifier)
        writer.append(threads)
        for text in [hostName, processor, software, device] {
            writer.append(text: clipped(text, to: WireLimits.shortTextBytes))
        }
    }

    init(from reader: inout ByteReader) throws(WireError) {
        let high = try reader.read(UInt64.self)
        worker = WorkerIdentity(high: high, low: try reader.read())
        channel = try readCase(Channel.self, from: &reader)
        processIdentifier = try reader.read()
        threads = try reader.read()
        guard threads >= 1, threads <= 4096 else { throw WireError("a worker of \(threads) threads") }
        hostName = try reader.readLine()
        processor = try reader.readLine()
        software = try reader.readLine()
        device = try reader.readLine()
    }
}

extension Readiness {
    func encode(into writer: inout ByteWriter) {
        layoutDigest.encode(into: &writer)
        writer.append(counted: dataDigest)
        probe.encode(into: &writer)
        mathTable.encode(into: &writer)
    }

    init(from reader: inout ByteReader) throws(WireError) {
        layoutDigest = try Digest128(from: &reader)
        dataDigest = try reader.readBlock(limit: 32, of: "bytes of a digest")
        probe = try Digest128(from: &reader)
        mathTable = try Digest128(from: &reader)
    }
}

extension Progress {
    func encode(into writer: inout ByteWriter) {
        writer.append(phase.rawValue)
        writer.append(shardsFinished)
        writer.append(bytesReceived)
    }

    init(from reader: inout ByteReader) throws(WireError) {
        phase = try readCase(Phase.self, from: &reader)
        shardsFinished = try reader.read()
        bytesReceived = try reader.read()
    }
}

extension BlobReference {
    func encode(into writer: inout ByteWriter) {
        digest.encode(into: &writer)
        writer.append(byteCount)
    }

    init(from reader: inout ByteReader) throws(WireError) {
        let digest = try Digest128(from: &reader)
        let byteCount = try reader.read(UInt64.self)
        guard byteCount <= WireLimits.blobBytes else { throw WireError("a blob of \(byteCount) bytes") }
        self.init(digest: digest, byteCount: byteCount)
    }

    static func encode(_ optional: BlobReference?, into writer: inout ByteWriter) {
        writer.append(optional != nil)
        optional?.encode(into: &writer)
    }

    static func optional(from reader: inout ByteReader) throws(WireError) -> BlobReference? {
        try reader.readBool() ? try BlobReference(from: &reader) : nil
    }
}

extension Welcome {
    func encode(into writer: inout ByteWriter) {
        writer.append(text: configuration)
        writer.append(counted: dataDigest)
        data.encode(into: &writer)
        layoutDigest.encode(into: &writer)
        writer.append(UInt32(pieceBytes))
        pace.encode(into: &writer)
    }

    init(from reader: inout ByteReader) throws(WireError) {
        configuration = try reader.readText(limit: WireLimits.textBytes)
        dataDigest = try reader.readBlock(limit: 32, of: "bytes of a digest")
        data = try BlobReference(from: &reader)
        layoutDigest = try Digest128(from: &reader)
        pieceBytes = Int(try reader.read(UInt32.self))
        guard (WireLimits.smallestPieceBytes...WireLimits.largestPieceBytes).contains(pieceBytes),
            pieceBytes % WireLimits.pieceGranuleBytes == 0
        else { throw WireError("pieces of \(pieceBytes) bytes") }
        pace = try Pace(from: &reader)
    }
}

extension Refusal {
    func encode(into writer: inout ByteWriter) {
        writer.append(reason.rawValue)
        writer.append(text: clipped(sentence, to: WireLimits.shortTextBytes))
    }

    init(from reader: inout ByteReader) throws(WireError) {
        reason = try readCase(Reason.self, from: &reader)
        sentence = try reader.readLine()
    }
}
