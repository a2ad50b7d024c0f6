import Formats
import Host
import Keys
import Messaging
import Reporting
import Wire

#if canImport(Glibc)
    import Glibc
#endif

/// One worker on another host: its place there, the ssh that leads to it, and what it says.
final class LaunchedWorker {
    let host: WorkerHost
    /// Of its log: the host's label, with a number from the second worker of the host on.
    let name: String
    /// Which of the host's workers it is, from 1.
    private let number: Int
    private let plan: LaunchPlan
    private(set) var slot: WorkerSlot
    private var script: RemoteScript?
    private var stage = Stage.starting
    private var answer: BundleAnswer?
    /// Told last about a failure, so that it is told once.
    private var toldReason: String?
    private let log: WorkerLog

    /// What ssh does there: where the program is copied it is looked for, sent where it is missing, and started.
    private enum Stage { case looking, sending, starting }

    init(_ host: WorkerHost, number: Int, plan: LaunchPlan, at now: Duration) {
        self.number = number
        self.host = host
        self.plan = plan
        name = number == 1 ? host.label : "\(host.label)-\(number)"
        log = WorkerLog("\(plan.logFolder)/\(name).log")
        slot = WorkerSlot(at: now, copies: plan.copy != nil)
    }

    var descriptors: [Int32] { script?.descriptors ?? [] }
    /// Whether ssh to it runs.
    var isConnected: Bool { script != nil }

    /// - Parameters:
    ///   - keys: that it is handed when it is started.
    ///   - mayStart: false while as many are being started as this machine should start at once.
    /// - Returns: what is to be told.
    func look(members: Set<WorkerIdentity>, keys: String, mayStart: Bool, at now: Duration) -> [LogLine] {
        var notes = read(keys, at: now)
        if case .waiting = slot.state, !mayStart { return notes }
        switch slot.look(members: members, at: now) {
        case .none: break
        case .start: notes += begin(plan.copy == nil ? .starting : .looking, keys, at: now)
        case .giveUp: script?.kill()
        }
        return notes
    }

    private func begin(_ stage: Stage, _ keys: String, at now: Duration) -> [LogLine] {
        self.stage = stage
        answer = nil
        do {
            switch (stage, plan.copy) {
            case (.looking, let copy?):
                script = try connect(copy.script.probe)
                script?.closeInput()
            case (.sending, let copy?): script = try connect(copy.script.receive, inputFrom: copy.archive.path)
            default:
                let copied = plan.copy.map { "\($0.script.verify)\n" } ?? ""
                script = try connect(
                    copied + RemoteStart.script,
                    RemoteStart.arguments(
                        program: plan.program, wireVersion: plan.wireVersion, host: host, number: number,
                        callerPort: plan.callerPort, addresses: plan.addresses, workerWords: plan.workerWords))
                script?.tell("\(keys)\(KeySource.endOfKeys)")
            }
            return []
        } catch {
            slot.failedToStart(at: now)
            return told(error.userSentence)
        }
    }

    private func connect(_ text: String, _ arguments: [String] = [], inputFrom path: String? = nil) throws
        -> RemoteScript
    {
        try RemoteScript(plan.ssh, to: host, script: text, arguments, inputFrom: path)
    }

    /// Takes what it says, and how it ended.
    ///
    /// - Parameter keys: for a worker whose program is there now; nil where none is to be started.
    private func read(_ keys: String?, at now: Duration) -> [LogLine] {
        guard let script else { return [] }
        let lines = script.takeAll()
        take(lines.output, isOutput: true, at: now)
        take(lines.errors, isOutput: false, at: now)
        guard let status = script.status else { return [] }
        self.script = nil
        if stage != .starting, status == .exited(0), let keys, !slot.isOver {
            switch (stage, answer) {
            case (.looking, .absent?): return begin(.sending, keys, at: now)
            case (_, .there?): return begin(.starting, keys, at: now)
            default: break
            }
        }
        return ended(slot.ended(status, isCopying: stage != .starting, lastWords: script.lastWords, at: now))
    }

    private func take(_ lines: [String], isOutput: Bool, at now: Duration) {
        if isOutput, let identity = lines.lazy.compactMap(ControlPipe.identity).first {
            slot.met(identity, at: now)
            toldReason = nil
        }
        if isOutput, stage != .starting, let copy = plan.copy {
            // The answer is the last line; what a login shell prints comes before it.
            for line in lines { answer = BundleAnswer(line, of: copy.bundle) ?? answer }
            return
        }
        let words = lines.filter { !$0.allSatisfy(\.isWhitespace) && ControlPipe.identity(in: $0) == nil }
        log.add(words, time: Clock.timestamp())
        guard plan.isShown else { return }
        for line in words { StandardStreams.note("\(name) | \(line)", clearsLine: true) }
    }

    private func ended(_ end: WorkerSlot.End) -> [LogLine] {
        switch end {
        case .done: return []
        case .leftOut(let reason):
            return [
                LogLine(
                    .hostLeftOut, "\(host.description) is left out: \(reason)", level: .warning,
                    ["worker_host": .string(host.description), "reason": .string(reason)])
            ]
        case .again(let reason, nil):
            return told("\(reason); a worker that runs there goes on while the coordinator hears it")
        case .again(let reason, let seconds?):
            return told("\(reason); it is tried again, the first time in \(Int(seconds)) s")
        }
    }

    /// Once for each reason in a row: a host that is down for hours has one line, not a thousand.
    private func told(_ sentence: String) -> [LogLine] {
        let reason = String(sentence.prefix { $0 != ";" })
        guard toldReason != reason else { return [] }
        toldReason = reason
        return [
            LogLine(
                .workerStartFailed, "\(host.description): \(sentence)", level: .warning,
                ["worker_host": .string(host.description)])
        ]
    }

    // MARK: The end

    /// Tells it to leave; nothing is started here any more.
    func leave() {
        slot.leave()
        script?.tell(ControlPipe.leave)
    }

    /// Takes what it still says.
    ///
    /// - Returns: whether it has ended.
    func hasEnded(at now: Duration) -> Bool {
        _ = read(nil, at: now)
        return script == nil
    }

    func kill(_ signal: Int32) { script?.kill(signal) }
}
