import Host
import Keys
import Messaging
import Reporting
package import Wire

#if canImport(Glibc)
    import Glibc
#endif

/// Workers on other hosts, started by ssh: each with its host's keys, which are made here and are on no disk there, and again where
/// they fail. A host file is looked at while the search goes on: hosts that are added to it are taken in, hosts that are taken out of it
/// are let go.
package final class LaunchedWorkers: StartedWorkers {
    private let plan: LaunchPlan
    /// Nil for a list that stays as it is.
    private let path: String?
    private var list: HostList
    private var workers: [LaunchedWorker] = []
    private var keys: [WorkerHost: (text: String, key: CurvePublicKey)] = [:]
    private var nextLookAtFile: Duration
    /// Why the host file was not read last; told once.
    private var toldMistake: String?

    private static let fileInterval: Duration = .seconds(2)
    /// Connections that are being made at once: each is a process of this machine, and a few seconds of its cryptography.
    private static let startsAtOnce = 32
    /// How long workers that have heard of the end may take, and those that are told to leave.
    private static let patience: Duration = .seconds(3)

    /// Nothing is started yet.
    ///
    /// - Parameter path: of the file that the list was read from; nil where it was given in words.
    /// - Throws: `UserError`: cannotCreate where there is no place for logs.
    package init(_ plan: LaunchPlan, _ list: HostList, path: String?) throws {
        self.plan = plan
        self.list = HostList(hosts: [])
        self.path = path
        try FileSystem.createDirectory(plan.logFolder)
        nextLookAtFile = Clock.monotonic() + Self.fileInterval
        try takeIn(list, at: Clock.monotonic())
    }

    deinit { stop() }

    package var descriptors: [Int32] { workers.flatMap(\.descriptors) }

    package func look(members: Set<WorkerIdentity>, at now: Duration) -> WorkersLook {
        var look = WorkersLook()
        look.notes += lookAtFile(at: now)
        var starting = workers.count { if case .starting = $0.slot.state { true } else { false } }
        for worker in workers {
            let wasWaiting = if case .waiting = worker.slot.state { true } else { false }
            look.notes += worker.look(
                members: members, keys: keys[worker.host]?.text ?? "", mayStart: starting < Self.startsAtOnce, at: now)
            if wasWaiting, worker.isConnected { starting += 1 }
        }
        for worker in workers where worker.slot.state == .leftOut { takeOffList(worker.host) }
        workers.removeAll { $0.slot.state == .drained && !$0.isConnected }
        if workers.allSatisfy({ $0.slot.isOver && !$0.isConnected }), members.isEmpty {
            look.ending = WorkersEnding(
                sentence: "every host of \(path ?? "--hosts") is left out, and the run stopped", isPermanent: true)
        }
        return look
    }

    // MARK: The list

    private func lookAtFile(at now: Duration) -> [LogLine] {
        guard let path, now >= nextLookAtFile else { return [] }
        nextLookAtFile = now + Self.fileInterval
        do {
            let new = try HostList.read(path)
            toldMistake = nil
            return new == list ? [] : try takeIn(new, at: now)
        } catch {
            let sentence = error.userSentence
            guard toldMistake != sentence else { return [] }
            toldMistake = sentence
            return [LogLine(.hostsChanged, "\(sentence); the hosts stay as they are", level: .warning)]
        }
    }

    /// A host whose line has changed is let go and taken in anew.
    @discardableResult
    private func takeIn(_ new: HostList, at now: Duration) throws -> [LogLine] {
        let added = new.hosts.filter { !list.hosts.contains($0) }
        let removed = list.hosts.filter { !new.hosts.contains($0) }
        let isFirst = list.hosts.isEmpty
        for host in removed {
            takeOffList(host)
            for worker in workers where worker.host == host { worker.leave() }
        }
        for host in added {
            keys[host] = try plan.keys.add(host.label)
            for number in 1...host.slots {
                workers.append(LaunchedWorker(host, number: number, plan: plan, at: now))
            }
        }
        list = new
        guard !isFirst else { return [] }
        func line(_ hosts: [WorkerHost], _ words: String) -> [LogLine] {
            let names = hosts.map(\.description).joined(separator: ", ")
            return hosts.isEmpty ? [] : [LogLine(.hostsChanged, "\(names) \(words) \(path ?? "--hosts")")]
        }
        return line(removed, "let go: no longer so in") + line(added, "taken in: new in")
    }

    private func takeOffList(_ host: WorkerHost) {
        guard let key = keys.removeValue(forKey: host)?.key else { return }
        plan.keys.remove(key)
    }

    // MARK: The end

    /// Workers that have heard from their coordinator that it is over go by themselves.
    package func stop() {
        wait(Self.patience)
        for worker in workers { worker.leave() }
        wait(Self.patience)
        for signal in [SIGTERM, SIGKILL] {
            for worker in workers { worker.kill(signal) }
            wait(.seconds(1))
        }
        workers = []
        for host in Array(keys.keys) { takeOffList(host) }
    }

    private func wait(_ limit: Duration) {
        let end = Clock.monotonic() + limit
        while Clock.monotonic() < end {
            let now = Clock.monotonic()
            // All of them, so that each is read.
            let left = workers.filter { !$0.hasEnded(at: now) }
            if left.isEmpty { return }
            _ = DescriptorPoll.wait(left.flatMap(\.descriptors), timeout: .milliseconds(50))
        }
    }
}
