import Host
package import Reporting

/// What a run says, each line twice: in `log.txt` for people, in `events.jsonl` for programs.
package struct RunLog: Sendable {
    static let textName = "log.txt"
    static let eventsName = "events.jsonl"

    private let text: RotatedFile
    private let events: RotatedFile

    /// Of each of the four files that there are at most.
    package static let limitBytes = 64 << 20

    /// - Parameter limitBytes: of each file.
    package init(_ directory: RunDirectory, limitBytes: Int = limitBytes) {
        text = RotatedFile(Self.textName, in: directory.path, limitBytes: limitBytes)
        events = RotatedFile(Self.eventsName, in: directory.path, limitBytes: limitBytes)
    }

    /// - Throws: `SystemError`.
    package func say(_ line: LogLine, in context: LogContext) throws {
        let time = Clock.timestamp()
        try text.append("\(time) \(line.text)")
        try events.append(line.json(time: time, in: context))
    }
}
