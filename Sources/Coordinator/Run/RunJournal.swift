import Formats
import Host
import SearchProtocol
import Training

/// Digests of alpha and of the weights after each step, kept on disk: steps computed again, after a crash, must give the same bits.
struct RunJournal {
    static let name = "journal.jsonl"

    private let generation: UInt64
    private var steps = StepJournal()

    /// - Parameter reading: nil begins an empty one.
    init(generation: UInt64, reading directory: RunDirectory?) throws {
        self.generation = generation
        guard let directory, let bytes = try directory.read(Self.name) else { return }
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            // A crash may have cut the last line short.
            guard let entry = try? JSONValue.parse(Array(line), source: Self.name),
                let step = entry["step"]?.integer, let weights = entry["weights"]?.text
            else { continue }
            steps.remember(step: step, digest: Self.words(StepDigests(alpha: entry["alpha"]?.text, weights: weights)))
        }
        // What is written next must not become part of a line that was cut short.
        if let last = bytes.last, last != UInt8(ascii: "\n") {
            try FileSystem.appendFile("\(directory.path)/\(Self.name)", [UInt8(ascii: "\n")])
        }
    }

    /// - Returns: the line to make safe; nil where it stands already.
    /// - Throws: `UserError` (internalFault) when a step gives other bits than it gave before.
    mutating func record(
        step: Int, _ digests: StepDigests, isSkipped: Bool
    ) throws(UserError) -> PersistenceRequest? {
        let words = Self.words(digests)
        switch steps.record(step: step, digest: words) {
        case .same: return nil
        case .differs(let before):
            throw UserError(
                .internalFault,
                "step \(step) computed again gives \(words), the journal has \(before): this machine, or its "
                    + "software, is not the one that computed it first")
        case .new: break
        }
        let alpha = digests.alpha.map { [JSONValue.Member("alpha", .string($0))] } ?? []
        let line = JSONValue.object(
            [JSONValue.Member("step", .integer(step))] + alpha + [
                .init("weights", .string(digests.weights)), .init("generation", .integer(Int(generation))),
                .init("skipped", .bool(isSkipped)),
            ])
        return PersistenceRequest(
            kind: .journal, name: "step \(step)",
            files: [PersistedFile(name: Self.name, bytes: Array((line.serialized() + "\n").utf8))])
    }

    private static func words(_ digests: StepDigests) -> String {
        (digests.alpha.map { "alpha \($0), " } ?? "") + "weights \(digests.weights)"
    }
}
