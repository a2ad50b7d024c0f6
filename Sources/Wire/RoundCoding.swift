import Optimization
import SearchSpace

// A round's job, who computes which part of it, and what comes of it, as bytes.

extension RoundJob {
    func encode(into writer: inout ByteWriter) {
        writer.append(images.rawValue)
        mixing.encode(into: &writer)
        writer.append(yields.rawValue)
        writer.append(step)
        writer.append(epoch)
        writer.append(stepInEpoch)
        writer.append(UInt32(shardCount))
        writer.append(UInt32(imageCount))
        writer.append(dropPathProbability)
        writer.append(operationDropProbability)
        writer.append(floats: table)
        writer.append(floats: lossFactors)
    }

    init(from reader: inout ByteReader) throws(WireError) {
        images = try readCase(RoundImages.self, from: &reader)
        mixing = try Mixing(from: &reader)
        yields = RoundYields(rawValue: try reader.read())
        guard RoundYields.all.isSuperset(of: yields) else { throw WireError("yields \(yields.rawValue)") }
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
        dropPathProbability = try reader.readDouble()
        operationDropProbability = try reader.readDouble()
        guard dropPathProbability >= 0, dropPathProbability < 1 else {
            throw WireError("drop-path probability \(dropPathProbability)")
        }
        guard operationDropProbability >= 0, operationDropProbability < 1 else {
            throw WireError("operation-drop probability \(operationDropProbability)")
        }
        table = try reader.readFloats(limit: WireLimits.alphaEntries)
        guard table.isEmpty == (mixing == .none) else { throw WireError("\(table.count) entries to mix by \(mixing)") }
        lossFactors = try reader.readFloats(limit: shardCount)
        try checkYields()
    }

    private func checkYields() throws(WireError) {
        guard !yields.contains(.alphaGradient) || mixing.readsAlpha else {
            throw WireError("alpha's gradient where no shard reads alpha")
        }
        guard yields.hasGradient || !mixing.readsAlpha else {
            throw WireError("a mixture of alpha in a round without a gradient, whose mixtures are given")
        }
        let judges = yields.contains(.policyGradient)
        guard judges == (images == .rewardBatch), !judges || (yields == .policyGradient && mixing == .categorical)
        else {
            throw WireError("yields \(yields.rawValue) of \(images) by \(mixing)")
        }
        guard !yields.contains(.logits) || (yields == [.predictions, .logits] && shardCount < WireLimits.payloadParts)
        else { throw WireError("logits of \(shardCount) shards that yield \(yields.rawValue)") }
        guard lossFactors.isEmpty || (lossFactors.count == shardCount && images.isBatch && !mixing.leavesOut) else {
            throw WireError("\(lossFactors.count) factors for \(shardCount) shards of \(images)")
        }
        guard lossFactors.allSatisfy({ $0.isFinite && $0 > 0 }) else {
            throw WireError("a loss's factor that is not positive")
        }
    }
}

extension Mixing {
    private enum Form: UInt8, CaseIterable { case none, relaxed, given, softmax, oneHot, categorical, floored }

    func encode(into writer: inout ByteWriter) {
        switch self {
        case .none: writer.append(Form.none.rawValue)
        case .relaxed(let temperature):
            writer.append(Form.relaxed.rawValue)
            writer.append(temperature)
        case .floored(let temperature, let floor):
            writer.append(Form.floored.rawValue)
            writer.append(temperature)
            writer.append(floor)
        case .oneHot(let temperature):
            writer.append(Form.oneHot.rawValue)
            writer.append(temperature)
        case .given: writer.append(Form.given.rawValue)
        case .softmax: writer.append(Form.softmax.rawValue)
        case .categorical: writer.append(Form.categorical.rawValue)
        }
    }

    init(from reader: inout ByteReader) throws(WireError) {
        switch try readCase(Form.self, from: &reader) {
        case .none: self = .none
        case .given: self = .given
        case .softmax: self = .softmax
        case .categorical: self = .categorical
        case .relaxed: self = .relaxed(temperature: try Self.temperature(from: &reader))
        case .oneHot: self = .oneHot(temperature: try Self.temperature(from: &reader))
        case .floored:
            let temperature = try Self.temperature(from: &reader)
            let floor = try reader.readDouble()
            guard floor > 0, floor <= MixtureFloor.largest else { throw WireError("a mixture's floor of \(floor)") }
            self = .floored(temperature: temperature, floor: floor)
        }
    }

    private static func temperature(from reader: inout ByteReader) throws(WireError) -> Double {
        let temperature = try reader.readDouble()
        guard temperature.isFinite, temperature > 0 else { throw WireError("temperature \(temperature)") }
        return temperature
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

extension NodeResult {
    func encode(into writer: inout ByteWriter) {
        writer.append(attempt)
        BlobReference.encode(payload, into: &writer)
        writer.append(parts != nil)
        parts?.encode(into: &writer)
        writer.append(UInt32(reports.count))
        for report in reports { report.encode(into: &writer) }
    }

    init(from reader: inout ByteReader) throws(WireError) {
        attempt = try reader.read()
        payload = try BlobReference.optional(from: &reader)
        parts = try reader.readBool() ? try PartSet(from: &reader) : nil
        let count = try reader.readCount(limit: reader.remaining / ShardReport.smallestBytes, of: "shard reports")
        reports = []
        reports.reserveCapacity(count)
        for _ in 0..<count { reports.append(try ShardReport(from: &reader)) }
    }
}

extension PartSet {
    /// How many parts there are, then a bit for each: no part can be named twice.
    func encode(into writer: inout ByteWriter) {
        writer.append(UInt32(partCount))
        writer.append(counted: bytes)
    }

    init(from reader: inout ByteReader) throws(WireError) {
        let count = try reader.readCount(limit: WireLimits.payloadParts, of: "parts")
        let bytes = try reader.readBlock(limit: PartSet.byteCount(of: WireLimits.payloadParts), of: "bytes of parts")
        guard let set = PartSet(of: count, bytes: bytes) else {
            throw WireError("\(bytes.count) bytes that do not name some of \(count) parts")
        }
        self = set
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
