import Formats
package import Keys
package import Messaging
package import Reporting

/// Puts who was kept out into words, for the log. Whoever dials all day fills no disk.
package struct AdmissionNotes {
    private let keys: CoordinatorKeys?
    private var repeated = RepeatedLines()
    /// Callers that were kept out, and connections that ended in their handshake.
    package private(set) var refusals = 0

    /// - Parameter keys: nil for a coordinator that lets everybody in.
    package init(_ keys: CoordinatorKeys?) { self.keys = keys }

    /// What the log should say of them; a line that has just been said is held back.
    package mutating func lines(
        _ failures: [HandshakeFailure], _ denied: [DeniedConnection], at now: Duration
    ) -> [LogLine] {
        if failures.isEmpty, denied.isEmpty { return [] }
        refusals += denied.count + failures.count { sentence($0) != nil }
        return (denied.map(words) + failures.compactMap(words)).compactMap { repeated.pass($0, at: now) }
    }

    private func words(_ connection: DeniedConnection) -> LogLine {
        let who = connection.address.isEmpty ? "a worker" : "a worker at \(connection.address)"
        let list = keys?.listPlace ?? "the list"
        let fields: KeyValuePairs<String, JSONValue> = [
            "address": .string(connection.address), "public_key": .string("\(connection.key)"),
        ]
        switch connection.verdict {
        case .admitted(let name): return LogLine(.callerNote, "\(who) with the key of \(name) is let in", fields)
        case .unknown(let remark):
            let remedy =
                keys?.isListRead == true
                ? "a file with it there lets it in, without a restart" : "it is let in when this starts again with it"
            let text =
                "\(who) is refused: its key \(connection.key) is not in \(list); \(remedy)"
                + (remark.isEmpty ? "" : " (\(remark))")
            return LogLine(.callerNote, text, level: .warning, fields)
        case .undecided(let reason):
            return LogLine(
                .callerNote, "\(who) is refused for now, because the list of workers cannot be used: \(reason)",
                level: .warning, fields)
        }
    }

    /// Nil for what the authenticator tells better.
    private func words(_ failure: HandshakeFailure) -> LogLine? {
        sentence(failure).map { LogLine(.callerNote, $0, level: .warning) }
    }

    private func sentence(_ failure: HandshakeFailure) -> String? {
        switch failure {
        case .denied: nil
        case .wrongKey:
            "a connection is refused: whoever dials has another key for this coordinator than its own"
                + (keys.map { ", \($0.pair.publicKey)" } ?? "")
                + " (in a worker's folder it is in \(KeyFile.coordinatorName))"
        case .mechanismMismatch, .brokenOff:
            "a connection ended in its handshake: a worker that was started "
                + (keys == nil
                    ? "with --keys (this coordinator has none)" : "without --keys (this coordinator has keys)")
                + ", one that died, or no worker at all"
        case .noAnswer, .malformed: "a connection is closed that does not speak as a worker does"
        }
    }
}
