import Formats
import Host
import Reporting

/// What a run's log says that a page shows: its newest warnings and errors, and what its workers were.
struct ViewedEvents {
    /// Warnings that are shown at most.
    static let limit = 200
    /// Of the beginning of a line, in which its level stands behind the time.
    private static let headBytes = 96
    /// Kinds of workers that are told at most.
    private static let workerLimit = 20

    private(set) var newest: [PageRun.Warning] = []
    /// Older ones, that were left out.
    private(set) var earlier = 0
    /// Software and processor, each kind once, in the order in which they came.
    private(set) var workers: [String] = []
    private(set) var remarks: [String] = []

    /// - Throws: `SystemError`.
    init(_ directory: RunDirectory) throws {
        let log = RotatedFile(RunLog.eventsName, in: directory.path, limitBytes: RunLog.limitBytes)
        var damaged = 0
        for path in [log.pathBefore, log.path] where FileSystem.exists(path) {
            let content = try FileSystem.readFile(path, limitBytes: RunDirectory.fileLimitBytes)
            for line in content.split(separator: UInt8(ascii: "\n")) {
                let head = String(decoding: line.prefix(Self.headBytes), as: UTF8.self)
                if head.contains("\"event\":\"worker_greeted\"") { note(worker: line) }
                guard Self.saysOne(head) else { continue }
                guard let warning = Self.warning(line) else {
                    damaged += 1
                    continue
                }
                newest.append(warning)
                // In batches, for dropping the first of an array moves all others.
                if newest.count == 2 * Self.limit { dropOldest() }
            }
        }
        dropOldest()
        if damaged > 0 {
            remarks.append("\(RunLog.eventsName): \(damaged) damaged line\(damaged == 1 ? "" : "s") passed over")
        }
    }

    private mutating func dropOldest() {
        earlier += max(0, newest.count - Self.limit)
        newest = newest.suffix(Self.limit)
    }

    /// Most lines are news of no concern here: those are not parsed.
    private static func saysOne(_ head: String) -> Bool {
        head.contains("\"level\":\"warning\"") || head.contains("\"level\":\"error\"")
    }

    private mutating func note(worker line: ArraySlice<UInt8>) {
        guard workers.count < Self.workerLimit,
            let value = try? JSONValue.parse(Array(line), source: "events")
        else { return }
        let words = ["software", "processor"].compactMap { value[$0]?.text }.joined(separator: ", ")
        if !words.isEmpty, !workers.contains(words) { workers.append(words) }
    }

    /// Of what a line says, its head is enough. Behind it a key may stand twice, which no JSON is read with: some events name a
    /// worker's host beside the coordinator's. An unescaped quote never stands within a message.
    private static func warning(_ line: ArraySlice<UInt8>) -> PageRun.Warning? {
        let end = line.firstRange(of: Array(",\"program\":\"".utf8))?.lowerBound
        let object = end.map { Array(line[..<$0]) + [UInt8(ascii: "}")] } ?? Array(line)
        guard let value = try? JSONValue.parse(object, source: "events"), let message = value["message"]?.text,
            let level = value["level"]?.text
        else { return nil }
        return PageRun.Warning(time: value["time"]?.text ?? "", level: level, message: message)
    }
}
