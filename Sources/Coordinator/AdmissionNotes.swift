package import Keys
package import Messaging

/// Puts who was kept out into words, for the log: every sentence once, and again only after a while, with how often it would
/// have been said. Whoever dials all day fills no disk.
package struct AdmissionNotes {
    private let keys: CoordinatorKeys?
    private var told: [String: (at: Duration, since: Int)] = [:]

    /// Until the same sentence is said again.
    static let interval: Duration = .seconds(60)
    /// Different sentences within the interval; further ones are not said.
    package static let limit = 64

    /// - Parameter keys: nil for a coordinator that lets everybody in.
    package init(_ keys: CoordinatorKeys?) { self.keys = keys }

    package mutating func lines(
        _ failures: [HandshakeFailure], _ denied: [DeniedConnection], at now: Duration
    ) -> [String] {
        if failures.isEmpty, denied.isEmpty { return [] }
        return (denied.map(words) + failures.compactMap(words)).compactMap { paced($0, at: now) }
    }

    private mutating func paced(_ sentence: String, at now: Duration) -> String? {
        if let earlier = told[sentence], now - earlier.at < Self.interval {
            told[sentence]?.since += 1
            return nil
        }
        if told[sentence] == nil, told.count >= Self.limit {
            told = told.filter { now - $0.value.at < Self.interval }
            if told.count >= Self.limit { return nil }
        }
        let since = told[sentence]?.since ?? 0
        told[sentence] = (now, 0)
        return since == 0 ? sentence : "\(sentence) (and \(since) times since that was said last)"
    }

    private func words(_ connection: DeniedConnection) -> String {
        let who = connection.address.isEmpty ? "a worker" : "a worker at \(connection.address)"
        let list = keys?.allowedFolder ?? "the list"
        switch connection.verdict {
        case .admitted(let name): return "\(who) with the key of \(name) is let in"
        case .unknown(let remark):
            return
                "\(who) is refused: its key \(connection.key) is not in \(list); a file with it there lets it in, without "
                + "a restart" + (remark.isEmpty ? "" : " (\(remark))")
        case .undecided(let reason):
            return "\(who) is refused for now, because the list of workers cannot be used: \(reason)"
        }
    }

    /// Nil for what the authenticator tells better.
    private func words(_ failure: HandshakeFailure) -> String? {
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
