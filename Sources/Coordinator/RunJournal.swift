import Formats
import Host
import SearchProtocol

/// A digest of the state after each step, kept on disk: steps computed again, after a crash, must give the same bits.
struct RunJournal {
    static let name = "journal.jsonl"

    /// What the digest is of: `alpha` or `weights`.
    private let subject: String
    private let generation: UInt64
    /// Of steps that were done before this process began: its own are done once, and would only fill memory.
    private var digests: [Int: String] = [:]

    /// - Parameter reading: nil begins an empty one.
    init(of subject: String, generation: UInt64, reading directory: RunDirectory?) throws {
        self.subject = subject
        self.generation = generation
        guard let bytes = try directory?.read(Self.name) else { return }
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            // A crash may have cut the last line short.
            guard let entry = try? JSONValue.parse(Array(line), source: Self.name),
                let step = entry["step"]?.integer, let digest = entry[subject]?.text
            else { continue }
            digests[step] = digest
        }
    }

    /// - Returns: the line to make safe; nil where it stands already.
    /// - Throws: `UserError` (internalFault) when a step gives other bits than it gave before.
    mutating func record(step: Int, digest: String, isSkipped: Bool) throws -> PersistenceRequest? {
        if let before = digests.removeValue(forKey: step) {
            guard before == digest else {
                throw UserError(
                    .internalFault,
                    "step \(step) computed again gives \(subject) \(digest), the journal has \(before): this machine, or its "
                        + "software, is not the one that computed it first")
            }
            return nil
        }
        let line = JSONValue.object([
            "step": .integer(step), subject: .string(digest),
            "generation": .integer(Int(generation)), "skipped": .bool(isSkipped),
        ])
        return PersistenceRequest(
            kind: .journal, name: "step \(step)",
            files: [PersistedFile(name: Self.name, bytes: Array((line.serialized() + "\n").utf8))])
    }
}
