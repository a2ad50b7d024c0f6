import Host
package import SearchSpace

extension SearchConfiguration {
    /// How the cell is taken from what a search has learned, where somebody says it.
    package enum Derive: Sendable, Hashable {
        /// Every method's own: its paper's.
        case auto
        /// The most probable operation of every edge.
        case argmax
        /// The two strongest edges of every node.
        case top2
        /// Of so many cells drawn from softmax(alpha) the one that does best, with inherited weights, on images that choose and do
        /// nothing else.
        case bestOf(Int)

        /// Cells that one choice may compare: each is two rounds.
        package static let candidatesAtMost = 1000
        /// What ENAS compares where nobody says how many.
        static let ownCandidates = 10
        private static let prefix = "best_of"

        var text: String {
            switch self {
            case .auto: "auto"
            case .argmax: "argmax"
            case .top2: "top2"
            case .bestOf(let count): "\(Self.prefix)_\(count)"
            }
        }

        /// `best_of_8` may be written with any of the signs that people put there: `best-of 8`, `best_of:8`.
        init?(_ text: String) {
            let plain = text.lowercased().map { " -:=".contains($0) ? "_" : $0 }
            switch String(plain) {
            case "auto": self = .auto
            case "argmax": self = .argmax
            case "top2", "top_2": self = .top2
            case let name where name.hasPrefix(Self.prefix + "_"):
                guard let count = Spelling.whole(String(name.dropFirst(Self.prefix.count + 1))),
                    (1...Self.candidatesAtMost).contains(count)
                else { return nil }
                self = .bestOf(count)
            default: return nil
            }
        }
    }

    /// How the cell is taken from alpha; where it is chosen among candidates, how it would be taken before they are compared. A cell of
    /// NAS-Bench-201 keeps every edge.
    package var derivation: DerivationRule {
        switch method.derive {
        case .argmax, .bestOf: .snas
        case .top2: .darts
        case .auto:
            switch method.search {
            case .snas, .dsnas, .enas: .snas
            case .darts, .gdas: space.cells.skeleton.takesTwoEdgesANode ? .darts : .snas
            }
        }
    }

    /// Cells that are compared at the end; nil where the cell is taken from alpha alone.
    package var candidates: Int? {
        switch method.derive {
        case .bestOf(let count): count
        case .auto: method.search == .enas ? Derive.ownCandidates : nil
        case .argmax, .top2: nil
        }
    }

    /// Share of the training images, of what the judges leave, that candidates are compared on.
    package var choosingPortion: Double { data.choosingPortion ?? (candidates == nil ? 0 : 0.1) }

    /// - Throws: `UserError` (configuration) where the rule has not what it needs.
    func checkDerivation() throws {
        guard candidates == nil || choosingPortion > 0 else {
            throw UserError(
                .configuration,
                "\(deriveWords) compares cells on images of their own, and choosing_portion 0.0 leaves it none")
        }
        guard candidates != nil || choosingPortion == 0 else {
            throw UserError(
                .configuration,
                "choosing_portion \(choosingPortion) sets images aside for a choice among cells, and nothing chooses: add "
                    + "--derive best_of_8")
        }
        if derivation == .darts { try checkTwoEdges() }
        guard !budget.asksForSize || policy.reward != .accuracy || (derivation == .snas && candidates == nil) else {
            let reason =
                candidates == nil
                ? "\(deriveWords) keeps two edges a node; give it a cost (--resource)"
                : "\(deriveWords) draws cells of any size; let the reward count it (--reward soft), or take --derive argmax"
            throw UserError(.configuration, "a target holds the size of a cell that keeps every edge, and \(reason)")
        }
    }

    private func checkTwoEdges() throws {
        guard space.cells.skeleton.takesTwoEdgesANode else {
            throw UserError(
                .configuration,
                "\(deriveWords) keeps two edges a node, and a cell of space \(space.cells.name) keeps every edge")
        }
        for kind in space.searchSpace.kinds {
            for node in space.searchSpace.topology(kind).nodes
            where space.searchSpace.usableEdges(kind, into: node).count < 2 {
                throw UserError(
                    .configuration,
                    "\(deriveWords) keeps two edges a node, and node \(node) of space \(space.cells.name)'s \(kind) cell has one"
                )
            }
        }
    }

    /// What decides how the cell is taken, as a person gave it.
    private var deriveWords: String {
        method.derive == .auto ? "--search \(method.search.rawValue)" : "--derive \(method.derive.text)"
    }
}
