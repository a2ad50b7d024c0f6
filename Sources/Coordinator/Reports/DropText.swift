import Formats
import Reporting
import SearchProtocol

/// What was dropped unread or unused, for the log and the metrics.
enum DropText {
    /// How often the log says it, when something was dropped.
    static let interval: Duration = .seconds(60)

    /// Nil where nothing was dropped.
    static func line(_ counts: DropCounts) -> LogLine? {
        let words = counts.byReason.filter { $0.value > 0 }.map {
            "\($0.key.split(separator: "_").joined(separator: " ")) \($0.value)"
        }
        guard !words.isEmpty else { return nil }
        return LogLine(
            .messagesDropped, "messages dropped so far: \(words.joined(separator: ", "))",
            members: counts.byReason.map { JSONValue.Member($0.key, .integer($0.value)) })
    }

    /// A line of the metrics.
    static func metrics(_ counts: DropCounts, step: Int) -> JSONValue {
        let pairs = counts.byReason.map { JSONValue.Member($0.key, .integer($0.value)) }
        return .object([JSONValue.Member("kind", .string("drops")), JSONValue.Member("step", .integer(step))] + pairs)
    }
}
