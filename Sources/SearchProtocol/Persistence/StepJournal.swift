/// A digest of what every step left, by step: a step that is computed again must give the same. It holds what was read back and is
/// not passed yet: a run of days takes no more memory with each step.
package struct StepJournal: Sendable, Equatable {
    /// What the journal says to a step's digest.
    package enum Verdict: Sendable, Equatable {
        case new
        case same
        /// Another digest stands for this step: this machine is not the one that computed it first.
        case differs(before: String)
    }

    private struct Entry: Sendable, Equatable {
        let step: Int
        let digest: String
    }

    private let isChecked: Bool
    private var digests: [Int: String] = [:]
    /// Recorded last.
    private var last: Entry?

    /// - Parameter settings: other than the default only in the simulation, which takes the check away.
    package init(settings: ProtocolSettings = ProtocolSettings()) { isChecked = settings.isOn(.journal) }

    /// Steps whose digests are held.
    package var count: Int { digests.count + (last == nil ? 0 : 1) }

    /// What a journal read back says; of several lines for a step the first counts.
    package mutating func remember(step: Int, digest: String) {
        if digests[step] == nil { digests[step] = digest }
    }

    /// Steps come in order; the one recorded last may come again.
    package mutating func record(step: Int, digest: String) -> Verdict {
        // The first step after a resume leaves behind what the checkpoint already held.
        if last == nil { digests = digests.filter { $0.key >= step } }
        let before = last?.step == step ? last?.digest : digests.removeValue(forKey: step)
        last = Entry(step: step, digest: before ?? digest)
        guard let before else { return .new }
        return before == digest || !isChecked ? .same : .differs(before: before)
    }
}
