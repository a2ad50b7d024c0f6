/// A digest of what every step left, by step: a step that is computed again must give the same.
package struct StepJournal: Sendable, Equatable {
    package enum Verdict: Sendable, Equatable {
        case new
        case same
        /// Another digest stands for this step: this machine is not the one that computed it first.
        case differs(before: String)
    }

    private let isChecked: Bool
    private var digests: [Int: String] = [:]

    package init(settings: ProtocolSettings = ProtocolSettings()) { isChecked = settings.isOn(.journal) }

    /// What a journal read back says; of several lines for a step the first counts.
    package mutating func remember(step: Int, digest: String) {
        if digests[step] == nil { digests[step] = digest }
    }

    package mutating func record(step: Int, digest: String) -> Verdict {
        guard let before = digests[step] else {
            digests[step] = digest
            return .new
        }
        return before == digest || !isChecked ? .same : .differs(before: before)
    }
}
