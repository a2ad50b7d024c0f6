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
    package typealias Name = String

    /// What is written and how it becomes visible.
    package enum Kind: Sendable, Equatable {
        /// A folder that appears whole or not at all; the oldest beyond `keep` go once it stands.
        case checkpoint(keep: Int)
        /// Bytes at the end of one file, synced.
        case journal
    }

    package var kind: Kind
    package var name: Name
    package var files: [PersistedFile]

    package init(kind: Kind, name: Name, files: [PersistedFile]) {
        self.kind = kind
        self.name = name
        self.files = files
    }
}

package struct PersistedFile: Sendable, Equatable {
    package var name: String
    package var bytes: [UInt8]

    package init(name: String, bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
    }
}

/// Writes one request after the other, one action at a time, so that what is on disk after a crash between any two
/// actions is either the old state or the new one (reliability.md 4.9).
///
/// A checkpoint is written into `.tmp-<name>`, each file synced, then the folder, then renamed to its name and the parent
/// synced; only then are older ones removed. What fails is given up with a note, never half kept: the old ones stay.
package struct PersistenceInstance: Sendable {
    private var waiting: [PersistenceRequest] = []
    private var current: PersistenceRequest?
    private var actions: [FileAction] = []
    /// Checkpoints that stand, oldest first.
    package private(set) var kept: [PersistenceRequest.Name]

    /// More requests than this never wait: the oldest checkpoint that waits is overtaken by a newer one.
    static let waitingLimit = 256

    package init(kept: [PersistenceRequest.Name]) { self.kept = kept }

    package var isIdle: Bool { current == nil }

    package enum Outcome: Sendable, Equatable {
        case act(FileAction)
        case finished(PersistenceRequest.Name)
        case failed(PersistenceRequest.Name, reason: String)
    }

    package mutating func enqueue(_ request: PersistenceRequest) -> [Outcome] {
        if case .checkpoint = request.kind {
            waiting.removeAll { if case .checkpoint = $0.kind { true } else { false } }
        }
        precondition(waiting.count < Self.waitingLimit, "more is persisted than a disk takes")
        waiting.append(request)
        return current == nil ? startNext() : []
    }

    package mutating func done() -> [Outcome] {
        guard let request = current else { return [] }
        if let next = actions.first {
            actions.removeFirst()
            return [.act(next)]
        }
        if case .checkpoint = request.kind { kept.append(request.name) }
        current = nil
        return [.finished(request.name)] + startNext()
    }

    package mutating func failed(reason: String) -> [Outcome] {
        guard let request = current else { return [] }
        current = nil
        actions = []
        return [.failed(request.name, reason: reason)] + startNext()
    }

    private mutating func startNext() -> [Outcome] {
        guard !waiting.isEmpty else { return [] }
        let request = waiting.removeFirst()
        current = request
        actions = plan(request)
        return done()
    }

    private mutating func plan(_ request: PersistenceRequest) -> [FileAction] {
        switch request.kind {
        case .journal:
            return request.files.flatMap { [.append($0.name, $0.bytes), .sync($0.name)] }
        case .checkpoint(let keep):
            let temporary = "checkpoints/.tmp-\(request.name)"
            var plan: [FileAction] = [.removeTree(temporary), .createDirectory(temporary)]
            for file in request.files {
                plan += [.write("\(temporary)/\(file.name)", file.bytes), .sync("\(temporary)/\(file.name)")]
            }
            plan += [
                .syncDirectory(temporary), .removeTree("checkpoints/\(request.name)"),
                .rename(from: temporary, to: "checkpoints/\(request.name)"), .syncDirectory("checkpoints"),
            ]
            kept.removeAll { $0 == request.name }
            while kept.count >= max(keep, 1) { plan.append(.removeTree("checkpoints/\(kept.removeFirst())")) }
            return plan
        }
    }
}
