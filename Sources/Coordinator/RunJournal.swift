import Formats
import Host
import SearchProtocol

/// A digest of the state after each step, kept on disk: steps computed again, after a crash, must give the same bits.
struct RunJournal {
    static let name = "journal.jsonl"

    /// What the digest is of: `alpha` or `weights`.
    private let subject: String
    private let generation: UInt64
    private var steps = StepJournal()

    /// - Parameter reading: nil begins an empty one.
    init(of subject: String, generation: UInt64, reading directory: RunDirectory?) throws {
        self.subject = subject
        self.generation = generation
        guard let directory, let bytes = try directory.read(Self.name) else { return }
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            // A crash may have cut the last line short.
            guard let entry = try? JSONValue.parse(Array(line), source: Self.name),
                let step = entry["step"]?.integer, let digest = entry[subject]?.text
            else { continue }
            steps.remember(step: step, digest: digest)
        }
        // What is written next must not become part of a line that was cut short.
        if let last = bytes.last, last != UInt8(ascii: "\n") {
            try FileSystem.appendFile("\(directory.path)/\(Self.name)", [UInt8(ascii: "\n")])
        }
    }

    /// - Returns: the line to make safe; nil where it stands already.
    /// - Throws: `UserError` (internalFault) when a step gives other bits than it gave before.
    mutating func record(step: Int, digest: String, isSkipped: Bool) throws -> PersistenceRequest? {
        switch steps.record(step: step, digest: digest) {
        case .same: return nil
        case .differs(let before):
            throw UserError(
                .internalFault,
                "step \(step) computed again gives \(subject) \(digest), the journal has \(before): this machine, or its "
                    + "software, is not the one that computed it first")
        case .new: break
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
