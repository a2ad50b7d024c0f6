package import Host
package import Wire

/// One worker's place on a host, as a value: when its worker is started, and what follows from how it ends. It knows no process and no
/// clock.
package struct WorkerSlot: Sendable {
    /// How it stands.
    package enum State: Sendable, Equatable {
        /// To be started, at once or later.
        case waiting(until: Duration)
        /// ssh runs; the worker has not said who it is.
        case starting(since: Duration)
        case running(WorkerIdentity, since: Duration)
        /// ssh has ended without the worker's exit code: the worker goes on as long as its coordinator lives, and is not started
        /// once more while the coordinator counts it.
        case cut(WorkerIdentity, seen: Duration)
        /// Nothing is started here any more, for a reason that would hold next time too.
        case leftOut
        /// It was told to leave, or has left.
        case drained
    }

    /// What is to be done now.
    package enum Action: Sendable, Equatable {
        case none
        case start
        /// ssh has hung: it is to be killed, and started again later.
        case giveUp
    }

    /// What the end of ssh says of its worker.
    package enum End: Sendable, Equatable {
        /// The search is over.
        case done
        case leftOut(reason: String)
        /// Nil seconds for one that the coordinator may count still.
        case again(reason: String, afterSeconds: Double?)
    }

    package private(set) var state: State
    /// In a row.
    private var failures = 0
    private let copies: Bool

    /// A worker that ran for so long has not failed to start.
    private static let goodRun: Duration = .seconds(60)
    private static let longestWait: Duration = .seconds(60)
    /// ssh's own limit on connecting, and time for a cold start from a slow disk; and for a program that goes over a slow link first.
    private static let startLimit: Duration = .seconds(120)
    private static let copyLimit: Duration = .seconds(900)
    /// A worker that lost its ssh and its coordinator ends after 10 s; one that was only silent is counted again by then.
    static let cutLimit: Duration = .seconds(20)
    /// Exit codes whose reason holds next time too: usage, data, input that is not there, another version or kind, keys, configuration.
    static let permanentCodes: Set<Int32> = Set(
        [ExitCode.usage, .data, .noInput, .protocolMismatch, .noPermission, .configuration].map(\.rawValue))
    /// Of what copies the program: what the host lacks, and no place for it.
    private static let permanentCodesOfCopying: Set<Int32> = Set([ExitCode.unavailable, .cannotCreate].map(\.rawValue))
    /// ssh's own, for everything that it could not do.
    private static let sshFailed: Int32 = 255
    /// ssh's words for what nobody but its user can mend; they are in no other language.
    private static let sshRefusals = ["Host key verification failed", "Permission denied", "no matching host key"]

    /// To be started at once.
    ///
    /// - Parameter copies: whether the program goes there first.
    package init(at now: Duration, copies: Bool = false) {
        state = .waiting(until: now)
        self.copies = copies
    }

    /// Nothing is started here any more.
    package var isOver: Bool { state == .leftOut || state == .drained }

    /// The worker that is here, or may be.
    var identity: WorkerIdentity? {
        switch state {
        case .running(let identity, _), .cut(let identity, _): identity
        default: nil
        }
    }

    /// - Parameter members: that the coordinator counts.
    /// - Returns: what is to be done; a start counts as made.
    package mutating func look(members: Set<WorkerIdentity>, at now: Duration) -> Action {
        switch state {
        case .waiting(let until) where now >= until:
            state = .starting(since: now)
            return .start
        case .starting(let since) where now - since > (copies ? Self.copyLimit : Self.startLimit): return .giveUp
        case .cut(let identity, let seen):
            if members.contains(identity) {
                state = .cut(identity, seen: now)
            } else if now - seen > Self.cutLimit {
                state = .waiting(until: now)
            }
            return .none
        default: return .none
        }
    }

    /// The worker has said who it is.
    package mutating func met(_ identity: WorkerIdentity, at now: Duration) {
        if case .starting = state { state = .running(identity, since: now) }
    }

    /// It is told to leave, or nothing is to be started here any more.
    package mutating func leave() { state = .drained }

    /// ssh could not even be run.
    mutating func failedToStart(at now: Duration) { state = .waiting(until: now + wait()) }

    /// - Parameters:
    ///   - isCopying: whether it was to find or to bring the program, and not to start it.
    ///   - lastWords: of standard error.
    /// - Returns: what it means.
    package mutating func ended(
        _ status: ProcessStatus, isCopying: Bool = false, lastWords: LastWords?, at now: Duration
    ) -> End {
        if state == .drained { return .done }
        let since: Duration? = if case .running(_, let since) = state { since } else { nil }
        if let since, now - since > Self.goodRun { failures = 0 }
        let words = lastWords?.sentence
        // What a worker said last says nothing of why its ssh ended.
        let connection = lastWords.flatMap { $0.isWorkers ? nil : $0.sentence }
        switch status {
        case .exited(0) where since != nil:
            // Where the search is not over the worker was told to go by somebody else.
            state = .waiting(until: now + wait())
            return .done
        case .exited(let code)
        where Self.permanentCodes.contains(code) || (isCopying && Self.permanentCodesOfCopying.contains(code)):
            state = .leftOut
            return .leftOut(reason: words ?? "its worker ended with exit code \(code)")
        case .exited(Self.sshFailed), .signalled:
            if let identity {
                state = .cut(identity, seen: now)
                return .again(reason: connection ?? "the connection was cut", afterSeconds: nil)
            }
            if let connection, Self.sshRefusals.contains(where: connection.contains) {
                state = .leftOut
                return .leftOut(reason: connection)
            }
            return again(connection ?? "ssh could not do it", at: now)
        case .exited(let code):
            return again(words ?? "its worker ended with exit code \(code)", at: now)
        }
    }

    private mutating func again(_ reason: String, at now: Duration) -> End {
        let wait = wait()
        state = .waiting(until: now + wait)
        return .again(reason: reason, afterSeconds: wait.seconds)
    }

    /// 1, 2, 4 seconds and so on.
    private mutating func wait() -> Duration {
        failures += 1
        return min(.seconds(1 << min(failures - 1, 10)), Self.longestWait)
    }
}
