import Formats
package import Host
package import SearchProtocol
package import Training

/// Digests of alpha and of the weights after each step, kept on disk: steps computed again, after a crash, must give the same bits.
package struct RunJournal {
    static let name = "journal.jsonl"

    private let generation: UInt64
    private var steps = StepJournal()

    /// - Parameters:
    ///   - generation: which writes the lines to come.
    ///   - directory: whose journal is read; nil begins an empty one.
    /// - Throws: `SystemError`.
    package init(generation: UInt64, reading directory: RunDirectory?) throws {
        self.generation = generation
        guard let directory else { return }
        let file = JSONLines(Self.name, in: directory)
        for entry in try file.values() {
            guard let step = entry["step"]?.integer, let weights = entry["weights"]?.text else { continue }
            steps.remember(step: step, digest: Self.words(StepDigests(alpha: entry["alpha"]?.text, weights: weights)))
        }
        try file.closeLastLine()
    }

    /// What the journal of a run says of each of its steps, for whoever reads the run; of several lines for a step the first counts.
    ///
    /// - Throws: `SystemError`.
    package static func digests(of directory: RunDirectory) throws -> [Int: StepDigests] {
        var digests: [Int: StepDigests] = [:]
        for entry in try JSONLines(name, in: directory).values() {
            guard let step = entry["step"]?.integer, let weights = entry["weights"]?.text, digests[step] == nil
            else { continue }
            digests[step] = StepDigests(alpha: entry["alpha"]?.text, weights: weights)
        }
        return digests
    }

    /// Leaves the steps before one: what comes after it will be other steps.
    ///
    /// - Throws: `SystemError`.
    static func forget(stepsFrom step: Int, in directory: RunDirectory) throws {
        try JSONLines(name, in: directory).keep { ($0["step"]?.integer ?? .max) < step }
    }

    /// - Returns: the line to make safe; nil where it stands already.
    /// - Throws: `UserError` (internalFault) when a step gives other bits than it gave before.
    package mutating func record(
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
