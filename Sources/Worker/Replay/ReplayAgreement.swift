import Formats
import Host
import Randomness
import Reporting
import RunStore
import SearchProtocol
import Training

/// How what is computed again compares with what the run computed.
struct ReplayAgreement: Sendable {
    /// Whether the probe and the mathematics of this machine are those of the run's workers.
    let isSameKind: Bool
    /// Of this machine, for its network and by its kernels.
    let kind: MachineKind
    /// The first step that left other bits than the journal has; nil where none did so far.
    private(set) var firstToPart: Int?
    /// Steps that were held against the journal.
    private(set) var stepsCompared = 0
    private let folder: String
    private let allowsMixedKinds: Bool

    /// - Throws: `UserError` (protocolMismatch) where this machine is of another kind and none is allowed.
    init(of directory: RunDirectory, _ run: PreparedRun, allowsMixedKinds: Bool) throws {
        folder = directory.path
        self.allowsMixedKinds = allowsMixedKinds
        kind = MachineKind(probe: try run.probe(), mathTable: XXH3.hash128(MathTable.bytes()))
        let known = try MachineKindRecord.read(directory)
        isSameKind = known == nil || known == kind
        guard let known, known != kind else { return }
        let sentence =
            "this machine computes other bits than the workers of '\(directory.path)' did: probe \(kind.probe.hexadecimal), "
            + "theirs \(known.probe.hexadecimal)"
        guard allowsMixedKinds else {
            throw UserError(
                .protocolMismatch,
                sentence + "; take --kernels as they did, a machine of their kind, or --allow_mixed_kinds")
        }
        LogStream.worker.say(LogLine(.note, sentence, level: .warning))
    }

    /// - Parameter known: what the journal says of the step; nil where it says nothing.
    /// - Throws: `UserError` (internalFault) where the bits are others and no other kind is allowed.
    mutating func compare(_ digests: StepDigests, with known: StepDigests?, step: Int) throws {
        guard let known else { return }
        stepsCompared += 1
        guard known != digests, firstToPart == nil else { return }
        firstToPart = step
        let sentence =
            "step \(step) of '\(folder)' computed again gives \(Self.words(digests)), the journal has \(Self.words(known))"
        guard allowsMixedKinds else {
            throw UserError(
                .internalFault,
                sentence + ": a machine of another kind, or the checkpoint or the journal is damaged")
        }
        LogStream.worker.say(LogLine(.note, sentence, level: .warning))
    }

    private static func words(_ digests: StepDigests) -> String {
        (digests.alpha.map { "alpha \($0), " } ?? "") + "weights \(digests.weights)"
    }
}
