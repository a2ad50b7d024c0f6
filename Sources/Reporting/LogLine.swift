package import Formats
import Host

/// Something that happened: a sentence for people, an event with fields for programs.
package struct LogLine: Sendable, Equatable {
    /// How much it matters; a warning is marked for people too.
    package enum Level: String, Sendable { case info, warning, error }

    /// `error` is for the last words of a program that fails.
    package let level: Level
    /// The code under `event` in the JSON form.
    package let event: LogEvent
    /// One line without its end and without a full stop, so that a prefix may stand before it.
    package let sentence: String
    /// After those that all lines have, in the given order.
    package let fields: [JSONValue.Member]
    /// What people who watch standard error are told instead of the sentence; none at all where it is empty. The run's log has the
    /// sentence in any case.
    package var brief: [String]?

    /// Fields in the order in which they are written.
    package init(
        _ event: LogEvent, _ sentence: String, level: Level = .info, _ fields: KeyValuePairs<String, JSONValue> = [:]
    ) {
        self.init(event, sentence, level: level, members: fields.map { JSONValue.Member($0.key, $0.value) })
    }

    /// For fields that are made elsewhere, or added to another line's.
    package init(_ event: LogEvent, _ sentence: String, level: Level = .info, members: [JSONValue.Member]) {
        self.level = level
        self.event = event
        self.sentence = sentence
        fields = members
    }

    /// For people.
    package var text: String { level == .warning ? "warning: \(sentence)" : sentence }

    /// For people at a terminal or before a pipe, a line each.
    package func told(inColour isColoured: Bool) -> [String] {
        if let brief { return brief }
        return isColoured && level == .warning ? ["\(Terminal.yellow("warning:")) \(sentence)"] : [text]
    }

    /// The same line, of which people are told the sentence.
    package var inFull: LogLine {
        var line = self
        line.brief = nil
        return line
    }

    /// The same line, of which people are told this.
    package func briefly(_ lines: [String]) -> LogLine {
        var line = self
        line.brief = lines
        return line
    }

    /// For programs: an object on one line, without its end.
    ///
    /// - Parameter time: RFC 3339 in UTC.
    package func json(time: String, in context: LogContext) -> String {
        let head: KeyValuePairs<String, JSONValue> = [
            "time": .string(time), "level": .string(level.rawValue), "event": .string(event.rawValue),
            "message": .string(sentence),
        ]
        return JSONValue.object(head.map { JSONValue.Member($0.key, $0.value) } + context.members + fields).serialized()
    }
}
