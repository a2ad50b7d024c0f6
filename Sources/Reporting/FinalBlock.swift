package import SearchSpace

/// What people are told when a run is over: what was found, how good it is, where it lies, and what to do next; a line each.
package struct FinalBlock: Sendable, Equatable {
    private let found: String
    private let worth: String
    private let place: String
    private let next: String

    /// Each without the word that stands before it, and without a full stop.
    ///
    /// - Parameters:
    ///   - place: the folder.
    ///   - next: a command that can be typed as it stands.
    package init(found: String, worth: String, place: String, next: String) {
        self.found = found
        self.worth = worth
        self.place = place
        self.next = next
    }

    /// Four, without their ends.
    package var lines: [String] {
        ["found:     \(found)", "how good:  \(worth)", "where:     \(place)", "next:      \(next)"]
    }

    /// Which operation most edges of each kind of cell keep, and how many others there are.
    package static func words(_ genotype: Genotype) -> String {
        genotype.kinds.map { kind in
            let operations = genotype[kind].map(\.operation.name)
            let counts = Dictionary(operations.map { ($0, 1) }, uniquingKeysWith: +)
            let most = counts.min { ($1.value, $0.key) < ($0.value, $1.key) }
            let others = operations.count - (most?.value ?? 0)
            let words =
                (most.map { ["\($0.value) \($0.key)"] } ?? [])
                + (others > 0 ? ["\(others) other\(others == 1 ? "" : "s")"] : [])
            return "\(kind == .normal ? "normal" : "reduction") cell of \(words.joined(separator: ", "))"
        }.joined(separator: "; ")
    }
}
