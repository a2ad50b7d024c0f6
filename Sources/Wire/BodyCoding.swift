import Formats
import Optimization

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

extension ShardReport {
    /// What the shortest report takes on the wire: a count of reports is checked against it before anything is allocated.
    static let smallestBytes = 29
    private static let noEntry = UInt32.max

    func encode(into writer: inout ByteWriter) {
        writer.append(UInt32(shard))
        writer.append(UInt32(imageCount))
        writer.append(loss)
        writer.append(UInt32(hits))
        writer.append(finite)
        writer.append(nonFiniteEntry.map { UInt32($0) } ?? Self.noEntry)
        writer.append(floats: alphaGradient)
        writer.append(floats: credits)
    }

    init(from reader: inout ByteReader) throws(WireError) {
        shard = Int(try reader.read(UInt32.self))
        imageCount = Int(try reader.read(UInt32.self))
        loss = try reader.readFloat()
        hits = Int(try reader.read(UInt32.self))
        finite = try reader.readBool()
        let entry = try reader.read(UInt32.self)
        nonFiniteEntry = entry == Self.noEntry ? nil : Int(entry)
        alphaGradient = try reader.readFloats(limit: WireLimits.alphaEntries)
        credits = try reader.readFloats(limit: WireLimits.alphaEntries)
    }
}

extension NodeResult {
    func encode(into writer: inout ByteWriter) {
        writer.append(attempt)
        BlobReference.encode(payload, into: &writer)
        writer.append(UInt32(reports.count))
        for report in reports { report.encode(into: &writer) }
    }

    init(from reader: inout ByteReader) throws(WireError) {
        attempt = try reader.read()
        payload = try BlobReference.optional(from: &reader)
        let count = try reader.readCount(limit: reader.remaining / ShardReport.smallestBytes, of: "shard reports")
        reports = []
        reports.reserveCapacity(count)
        for _ in 0..<count { reports.append(try ShardReport(from: &reader)) }
    }
}

extension Welcome {
    func encode(into writer: inout ByteWriter) {
        writer.append(text: configuration)
        writer.append(counted: dataDigest)
        data.encode(into: &writer)
        layoutDigest.encode(into: &writer)
        writer.append(UInt32(pieceBytes))
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

extension NodeAssignment {
    func encode(into writer: inout ByteWriter) {
        writer.append(attempt)
        writer.append(UInt32(nodes.count))
        for node in nodes {
            writer.append(UInt32(node.level))
            writer.append(UInt32(node.index))
        }
    }

    init(from reader: inout ByteReader) throws(WireError) {
        attempt = try reader.read()
        let count = try reader.readCount(limit: WireLimits.nodesInOneMessage, of: "nodes")
        nodes = []
        for _ in 0..<count {
            let level = try reader.read(UInt32.self)
            let index = try reader.read(UInt32.self)
            guard level <= 32, Int(index) < WireLimits.shards else { throw WireError("node (\(level), \(index))") }
            nodes.append(TreeNode(level: Int(level), index: Int(index)))
        }
    }
}

extension RoundJob {
    func encode(into writer: inout ByteWriter) {
        writer.append(kind.rawValue)
        writer.append(step)
        writer.append(epoch)
        writer.append(stepInEpoch)
        writer.append(UInt32(shardCount))
        writer.append(UInt32(imageCount))
        writer.append(temperature)
        writer.append(dropPathProbability)
        writer.append(operationDropProbability)
        writer.append(floats: table)
    }

    init(from reader: inout ByteReader) throws(WireError) {
        kind = try readCase(RoundKind.self, from: &reader)
        step = try reader.read()
        epoch = try reader.read()
        stepInEpoch = try reader.read()
        shardCount = Int(try reader.read(UInt32.self))
        imageCount = Int(try reader.read(UInt32.self))
        guard (1...WireLimits.shards).contains(shardCount) else { throw WireError("a round of \(shardCount) shards") }
        guard step <= WireLimits.steps, imageCount <= WireLimits.images else {
            throw WireError("step \(step) of \(imageCount) images")
        }
        guard imageCount >= shardCount else { throw WireError("\(imageCount) images in \(shardCount) shards") }
        temperature = try reader.readDouble()
        dropPathProbability = try reader.readDouble()
        operationDropProbability = try reader.readDouble()
        guard temperature.isFinite, temperature > 0 else { throw WireError("temperature \(temperature)") }
        guard dropPathProbability >= 0, dropPathProbability < 1 else {
            throw WireError("drop-path probability \(dropPathProbability)")
        }
        guard operationDropProbability >= 0, operationDropProbability < 1 else {
            throw WireError("operation-drop probability \(operationDropProbability)")
        }
        table = try reader.readFloats(limit: WireLimits.alphaEntries)
    }
}

extension RoundOpening {
    func encode(into writer: inout ByteWriter) {
        job.encode(into: &writer)
        assignment.encode(into: &writer)
        weights.encode(into: &writer)
        BlobReference.encode(statistics, into: &writer)
    }

    init(from reader: inout ByteReader) throws(WireError) {
        job = try RoundJob(from: &reader)
        assignment = try NodeAssignment(from: &reader)
        weights = try BlobReference(from: &reader)
        statistics = try BlobReference.optional(from: &reader)
    }
}
