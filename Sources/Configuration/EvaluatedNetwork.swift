import Host

/// A network that is looked at on the held-out images after an epoch. All have the super-network's weights of that moment;
/// they differ in the mixture alone. Side by side they show the gap between what is searched and what is kept: a soft sample
/// that does well says little about the one-hot network that remains of it.
package enum EvaluatedNetwork: String, Sendable, CaseIterable, Hashable {
    /// The super-network under one relaxed sample Z: what the search optimises.
    case soft
    /// The child of that same draw: on each edge the operation with the largest Z.
    case hard
    /// The network of the cell that would be kept now, by the search's own rule: on each edge the most probable operation, `none`
    /// included (SNAS 2.2), or DARTS'.
    case derived
    /// What DARTS derives: two edges a node, `none` left out (DARTS 2.4). Where that is the search's rule it is not looked at
    /// besides.
    case top2

    /// For people; the raw value is for files and settings.
    package var label: String {
        switch self {
        case .soft: "soft sample"
        case .hard: "hard sample"
        case .derived: "derived"
        case .top2: "top-2"
        }
    }

    /// Reads names with commas between them, each at most once, in any order.
    ///
    /// - Returns: the networks in their own order; nil where a name is unknown, doubled or missing.
    static func list(_ text: String) -> [EvaluatedNetwork]? {
        let names = Spelling.items(text)
        let known = allCases.map(\.rawValue)
        let networks = Set(
            names.compactMap { Spelling.name($0, among: known).flatMap { EvaluatedNetwork(rawValue: $0) } })
        return networks.count == names.count ? allCases.filter(networks.contains) : nil
    }
}
