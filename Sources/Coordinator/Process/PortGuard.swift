import Formats
import Host
package import Messaging
package import Reporting

/// Keeps whoever reaches the coordinator's port from costing it more than named bounds, and says so in the log: connections
/// that bring messages without end, say unreadable things or nothing at all are cut, one by one; where that does not help, the
/// socket is closed and opened again, and the round goes on when workers have dialled.
package struct PortGuard {
    private var memory: MemoryBudget
    private var nextLook: Duration = .zero
    private var repeated = RepeatedLines()
    private let lookInterval: Duration
    private let residentBytes: () -> Int

    /// Between two openings of the socket: workers must get a chance to dial and be heard.
    package static let reopenInterval: Duration = .seconds(10)
    private var nextReopening: Duration = .zero
    private var nextReturn: Duration = .zero
    /// Connections that were cut, by the reason's code.
    package private(set) var cuts = Dictionary(uniqueKeysWithValues: CutReason.allCases.map { ($0, 0) })
    /// How often the socket was opened anew.
    package private(set) var reopenings = 0

    /// - Parameters:
    ///   - limits: by whose interval it looks.
    ///   - residentBytes: what the process takes; a test's own, or the system's word.
    package init(
        _ memory: MemoryBudget, limits: ConnectionLimits = ConnectionLimits(),
        residentBytes: @escaping () -> Int = HostInfo.residentBytes
    ) {
        self.memory = memory
        self.residentBytes = residentBytes
        lookInterval = .milliseconds(limits.lookMilliseconds)
    }

    /// How long the coordinator may sleep: what is sent without end wakes nobody.
    package var longestWait: Duration { lookInterval }

    /// Whether it is time to look.
    package func isDue(at now: Duration) -> Bool { now >= nextLook }

    /// Cuts what is over its limits.
    /// - Parameter isDrained: whether every whole message was taken: what is left then is unfinished.
    /// - Returns: what a person should read of it.
    package mutating func look(_ router: RouterSocket, isDrained: Bool, at now: Duration) -> [LogLine] {
        let countsBytes = isDrained && now >= nextLook
        if countsBytes { nextLook = now + lookInterval }
        let cut = router.cutWhatCostsTooMuch(countsBytes: countsBytes)
        if !cut.isEmpty { memory.connectionsWereCut(at: now) }
        for connection in cut { cuts[CutReason(connection), default: 0] += 1 }
        return cut.compactMap { repeated.pass(Self.line($0), at: now) }
    }

    /// The socket to go on with, where it had to be opened anew; nil where all is well.
    package mutating func reopened(
        _ router: RouterSocket, at now: Duration
    ) throws -> (router: RouterSocket, news: LogLine)? {
        guard now >= nextReopening else { return nil }
        let resident = taken(at: now)
        guard memory.isExceededForGood(by: resident, at: now) else { return nil }
        nextReopening = now + Self.reopenInterval
        let limit = memory.limitBytes
        let fresh = try router.reopened()
        HostInfo.giveFreedMemoryBack()
        reopenings += 1
        memory.raise(over: residentBytes())
        let text =
            "this process takes \(resident >> 20) MB, \(limit >> 20) MB are its limit: somebody sends messages without end or "
            + "reads nothing; the socket is closed and opened again, workers dial again"
        let fields: KeyValuePairs<String, JSONValue> = [
            "resident_bytes": .integer(resident), "limit_bytes": .integer(limit),
        ]
        return (fresh, LogLine(.portReopened, text, level: .warning, fields))
    }

    /// What this process takes. Over its budget, what was freed goes back to the system first: this program keeps it else, and
    /// what a cut connection had brought would count for ever.
    private mutating func taken(at now: Duration) -> Int {
        let resident = residentBytes()
        guard memory.isExceeded(by: resident), now >= nextReturn else { return resident }
        nextReturn = now + lookInterval
        HostInfo.giveFreedMemoryBack()
        return residentBytes()
    }

    private static func line(_ cut: CutConnection) -> LogLine {
        let text =
            switch cut {
            case .endlessMessage: "it sent a message without end"
            case .tooManyStrangers(let limit): "it said nothing, and more than \(limit) others say nothing either"
            case .unreadableMessages: "it sent several messages that cannot be read"
            }
        return LogLine(
            .connectionCut, "a connection is cut: \(text)", level: .warning,
            ["reason": .string(CutReason(cut).rawValue)])
    }

    /// What the process may take before the socket is opened anew.
    package var memoryLimitBytes: Int { memory.limitBytes }

    /// Why a connection was cut. The raw value is the word in log and metrics.
    package enum CutReason: String, Sendable, CaseIterable {
        case endlessMessage = "endless_message"
        case tooManyStrangers = "too_many_strangers"
        case unreadableMessages = "unreadable_messages"

        init(_ cut: CutConnection) {
            self =
                switch cut {
                case .endlessMessage: .endlessMessage
                case .tooManyStrangers: .tooManyStrangers
                case .unreadableMessages: .unreadableMessages
                }
        }
    }
}
