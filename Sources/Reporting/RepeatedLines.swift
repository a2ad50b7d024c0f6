import Formats

/// Keeps the same news from filling a log: it is said at once, and again only after a while, with how often it would have been
/// said. The caller has the clock.
package struct RepeatedLines: Sendable {
    private var told: [String: (at: Duration, unsaid: Int)] = [:]

    /// Until the same news is said again.
    package static let interval: Duration = .seconds(60)
    /// Different news within the interval; further ones are not said.
    package static let limit = 64

    /// Nothing has been said yet.
    package init() {}

    /// - Parameter news: what makes two lines the same; the sentence where it is nil.
    /// - Returns: the line to say now; nil for none.
    package mutating func pass(_ line: LogLine, sameAs news: String? = nil, at now: Duration) -> LogLine? {
        let key = news ?? line.sentence
        if let earlier = told[key], now - earlier.at < Self.interval {
            told[key]?.unsaid += 1
            return nil
        }
        if told[key] == nil, told.count >= Self.limit {
            told = told.filter { now - $0.value.at < Self.interval }
            if told.count >= Self.limit { return nil }
        }
        let unsaid = told[key]?.unsaid ?? 0
        told[key] = (now, 0)
        guard unsaid > 0 else { return line }
        return LogLine(
            line.event, "\(line.sentence) (and \(unsaid) times since that was said last)", level: line.level,
            members: line.fields + [.init("unsaid", .integer(unsaid))])
    }
}
