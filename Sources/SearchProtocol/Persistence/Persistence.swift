/// One thing to do to the run's folder. The shell does it and answers `fileDone` or `fileFailed`; the next is given only then.
package enum FileAction: Sendable, Equatable {
    case createDirectory(String)
    case write(String, [UInt8])
    case append(String, [UInt8])
    case sync(String)
    case syncDirectory(String)
    case rename(from: String, to: String)
    case removeTree(String)
}

/// Something to be made safe. Paths are relative to the run's folder.
package struct PersistenceRequest: Sendable, Equatable {
    /// Of a checkpoint its folder's name below `checkpoints`; of a journal's line what a person is told if it fails.
    package typealias Name = String

    /// What is written and how it becomes visible.
    package enum Kind: Sendable, Equatable {
        /// A folder that appears whole or not at all; what the retention lets go is removed once it stands.
        case checkpoint(CheckpointMark, keep: CheckpointRetention)
        /// Bytes at the end of one file, synced.
        case journal
    }

    package var kind: Kind
    package var name: Name
    /// Those of a checkpoint; of a journal the bytes to add to each file.
    package var files: [PersistedFile]

    package init(kind: Kind, name: Name, files: [PersistedFile]) {
        self.kind = kind
        self.name = name
        self.files = files
    }

    /// Named as its mark is.
    package init(checkpoint mark: CheckpointMark, keep: CheckpointRetention, files: [PersistedFile]) {
        self.init(kind: .checkpoint(mark, keep: keep), name: mark.name, files: files)
    }

    /// Whether a newer checkpoint makes this one superfluous before it is written.
    fileprivate var canBeOvertaken: Bool {
        if case .checkpoint(let mark, _) = kind { !mark.endsEpoch } else { false }
    }

    fileprivate var endsEpoch: Bool { if case .checkpoint(let mark, _) = kind { mark.endsEpoch } else { false } }
}

/// A file, or what is added to it, as bytes.
package struct PersistedFile: Sendable, Equatable {
    /// Relative to the checkpoint's folder; a journal's to the run's folder.
    package var name: String
    package var bytes: [UInt8]

    package init(name: String, bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
    }
}

/// Writes one request after the other, one action at a time, so that what is on disk after a crash between any two
/// actions is either the old state or the new one.
///
/// A checkpoint is written into `.tmp-<name>`, each file synced, then the folder, then renamed to its name and the parent
/// synced; only then are others removed, by what stands at that moment. A checkpoint that fails is given up with a note, never
/// half kept: the others stay. Lines of a journal that fail are written once more before those that come next.
package struct PersistenceInstance: Sendable {
    private let syncs: Bool
    private var waiting: [PersistenceRequest] = []
    private var current: PersistenceRequest?
    private var actions: [FileAction] = []
    /// Checkpoints that stand, oldest first.
    package private(set) var standing: [CheckpointMark]
    /// What is still to be removed now that the current checkpoint stands; nil until it does.
    private var removing: ArraySlice<PersistenceRequest.Name>?
    /// Checkpoints whose writing failed: what there is of them goes with the next one. The unfinished folder goes before that
    /// is written, for the disk may be full.
    private var failures: [PersistenceRequest.Name] = []
    /// Checkpoints that are there, but the folder above them could not be synced: they stand when the next one does, for its
    /// sync is theirs too.
    private var unsynced: [CheckpointMark] = []

    /// Whether a line may have been cut short: what comes next must not become a part of it.
    private var lineMayBeTorn = false
    /// Lines whose writing or syncing failed, by file.
    private var unwritten: [String: [UInt8]] = [:]

    /// Bytes of failed lines that are kept for each file; of more the oldest are given up.
    package static let unwrittenLimitBytes = 1 << 20

    /// More requests than this never wait.
    static let waitingLimit = 256
    /// Checkpoints of epochs that wait for a slow disk; a further one overtakes the oldest. Others are overtaken at once.
    static let epochsWaitingLimit = 4

    /// - Parameter standing: what a run that goes on has on disk.
    package init(standing: [CheckpointMark], settings: ProtocolSettings = ProtocolSettings()) {
        self.standing = standing.sorted { $0.name < $1.name }
        syncs = settings.isOn(.sync)
    }

    /// Whether nothing is being written and nothing waits.
    package var isIdle: Bool { current == nil }

    /// Requests that were given and have neither finished nor failed.
    package var requestsNotSafe: Int { waiting.count + (current == nil ? 0 : 1) }

    /// What comes of an event: an action that the shell is to do, or the end of a request.
    package enum Outcome: Sendable, Equatable {
        case act(FileAction)
        case finished(PersistenceRequest.Name)
        case failed(PersistenceRequest.Name, reason: String)
    }

    /// Takes a request on. A checkpoint overtakes those that wait and do not end an epoch.
    ///
    /// - Returns: its first action; empty while another request is written. Precondition: fewer than `waitingLimit` wait.
    package mutating func enqueue(_ request: PersistenceRequest) -> [Outcome] {
        if case .checkpoint = request.kind {
            waiting.removeAll(where: \.canBeOvertaken)
            if waiting.count(where: \.endsEpoch) >= Self.epochsWaitingLimit,
                let oldest = waiting.firstIndex(where: \.endsEpoch)
            {
                waiting.remove(at: oldest)
            }
        }
        precondition(waiting.count < Self.waitingLimit, "more is persisted than a disk takes")
        waiting.append(request)
        return current == nil ? startNext() : []
    }

    /// Lines that wait for one file are written and synced together: a slow disk holds up one sync, not one a line.
    private mutating func joinWaitingLines(to request: PersistenceRequest) -> PersistenceRequest {
        var joined = request
        guard request.kind == .journal else { return joined }
        for place in joined.files.indices {
            joined.files[place].bytes.insert(
                contentsOf: unwritten.removeValue(forKey: joined.files[place].name) ?? [], at: 0)
        }
        while let next = waiting.first, next.kind == .journal,
            next.files.map(\.name) == request.files.map(\.name)
        {
            waiting.removeFirst()
            for place in joined.files.indices { joined.files[place].bytes += next.files[place].bytes }
        }
        return joined
    }

    /// The action given last is done.
    ///
    /// - Returns: the next action; before it the request, where this was its last; empty where nothing is left.
    package mutating func done() -> [Outcome] {
        guard let request = current else { return [] }
        if let next = actions.first {
            actions.removeFirst()
            return [.act(next)]
        }
        if case .checkpoint(let mark, let retention) = request.kind, removing == nil {
            standing = (standing + unsynced.filter { $0.name != mark.name } + [mark]).sorted { $0.name < $1.name }
            unsynced = []
            removing = (failures.filter { $0 != mark.name } + retention.excess(standing))[...]
            failures = []
        } else if let removed = removing?.popFirst() {
            standing.removeAll { $0.name == removed }
        }
        if let next = removing?.first { return [.act(.removeTree("checkpoints/\(next)"))] }
        current = nil
        return [.finished(request.name)] + startNext()
    }

    /// The action given last failed, and its request with it. A journal's lines are kept and written before the next ones.
    ///
    /// - Returns: the failure, and the first action of the next request.
    package mutating func failed(reason: String) -> [Outcome] {
        guard let request = current else { return [] }
        if case .checkpoint(let mark, _) = request.kind, removing == nil {
            // The sync is the last action.
            if actions.isEmpty { unsynced.append(mark) } else { failures.append(request.name) }
        }
        if request.kind == .journal { keepForLater(request.files) }
        current = nil
        actions = []
        return [.failed(request.name, reason: reason)] + startNext()
    }

    private mutating func keepForLater(_ files: [PersistedFile]) {
        lineMayBeTorn = true
        for file in files {
            var newest = file.bytes.suffix(Self.unwrittenLimitBytes)
            // A line that was cut is none.
            if newest.count < file.bytes.count { newest = newest.drop { $0 != Self.newline }.dropFirst() }
            unwritten[file.name] = Array(newest)
        }
    }

    private static let newline = UInt8(ascii: "\n")

    private mutating func startNext() -> [Outcome] {
        guard !waiting.isEmpty else { return [] }
        let request = joinWaitingLines(to: waiting.removeFirst())
        current = request
        removing = nil
        actions = plan(request)
        return done()
    }

    private static func temporary(_ name: PersistenceRequest.Name) -> String { "checkpoints/.tmp-\(name)" }

    private mutating func plan(_ request: PersistenceRequest) -> [FileAction] {
        switch request.kind {
        case .journal:
            let ending = lineMayBeTorn ? [Self.newline] : []
            lineMayBeTorn = false
            return request.files.flatMap { [.append($0.name, ending + $0.bytes), .sync($0.name)] }
        case .checkpoint:
            // One of the same name is computed again and has the same bits; it counts once more when it stands once more.
            standing.removeAll { $0.name == request.name }
            let temporary = Self.temporary(request.name)
            var plan: [FileAction] = failures.map { .removeTree(Self.temporary($0)) }
            plan += [.removeTree(temporary), .createDirectory(temporary)]
            for file in request.files {
                plan.append(.write("\(temporary)/\(file.name)", file.bytes))
                if syncs { plan.append(.sync("\(temporary)/\(file.name)")) }
            }
            return plan + [
                .syncDirectory(temporary), .removeTree("checkpoints/\(request.name)"),
                .rename(from: temporary, to: "checkpoints/\(request.name)"), .syncDirectory("checkpoints"),
            ]
        }
    }
}
