import Formats
import Host
import Reporting

/// Warnings and errors of a run's log, the newest ones.
struct ViewedWarnings {
    /// Warnings that are shown at most.
    static let limit = 200
    /// Of the beginning of a line, in which its level stands behind the time.
    private static let headBytes = 80

    private(set) var newest: [PageRun.Warning] = []
    /// Older ones, that were left out.
    private(set) var earlier = 0
    private(set) var remarks: [String] = []

    /// - Throws: `SystemError`.
    init(_ directory: RunDirectory) throws {
        let log = RotatedFile(RunLog.eventsName, in: directory.path, limitBytes: RunLog.limitBytes)
        var damaged = 0
        for path in [log.pathBefore, log.path] where FileSystem.exists(path) {
            let content = try FileSystem.readFile(path, limitBytes: RunDirectory.fileLimitBytes)
            for line in content.split(separator: UInt8(ascii: "\n")) where Self.maySayOne(line) {
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
    private static func maySayOne(_ line: ArraySlice<UInt8>) -> Bool {
        let head = String(decoding: line.prefix(headBytes), as: UTF8.self)
        return head.contains("\"level\":\"warning\"") || head.contains("\"level\":\"error\"")
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
