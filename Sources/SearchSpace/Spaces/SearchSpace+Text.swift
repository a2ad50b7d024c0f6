/// A space of one's own as one word, as settings keep it and the wire carries it:
/// `own:NAME:SKELETON:NODES:NORMAL:REDUCE`. A kind's edges are joined by `/`, an edge's candidates by `+`; one edge stands for
/// all, and `-` for a kind that there is not.
extension SearchSpace {
    private static let mark = "own"

    /// Nodes of the largest cell, and candidates of the widest edge, of a space of one's own.
    package static let nodeLimit = 12

    package var word: String {
        let kinds = CellKind.allCases.map { kind -> String in
            let edges = shape.candidates[shape.rows(of: kind)].map { $0.map(\.name).joined(separator: "+") }
            guard let first = edges.first else { return "-" }
            return edges.allSatisfy { $0 == first } ? first : edges.joined(separator: "/")
        }
        return ([Self.mark, name, skeleton.rawValue, String(topology.intermediateNodes)] + kinds).joined(separator: ":")
    }

    /// - Returns: nil for what `word` does not write.
    package init?(word: String) {
        let parts = word.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 6, parts[0] == Self.mark, Self.isName(parts[1]),
            let skeleton = Skeleton(rawValue: parts[2]),
            let nodes = Int(parts[3]), (1...Self.nodeLimit).contains(nodes)
        else { return nil }
        let topology = Self.topology(skeleton, intermediateNodes: nodes)
        var candidates: [[[Operation]]] = []
        for kind in parts[4...] {
            guard let edges = Self.edges(kind, count: topology.edgeCount) else { return nil }
            candidates.append(edges)
        }
        self.init(name: parts[1], topology: topology, candidates: candidates, skeleton: skeleton)
        guard isUsable else { return nil }
    }

    /// The graph that a skeleton stacks.
    package static func topology(_ skeleton: Skeleton, intermediateNodes nodes: Int) -> CellTopology {
        switch skeleton {
        case .reductions: CellTopology(intermediateNodes: nodes)
        case .stages: CellTopology(intermediateNodes: nodes, inputs: 1, output: .lastNode)
        }
    }

    package static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.count <= 64
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_-.".contains($0)) }
    }

    /// Whether every kind that the skeleton stacks has edges, and every edge something that it can do.
    package var isUsable: Bool {
        let wanted: [CellKind] = skeleton == .reductions ? CellKind.allCases : [.normal]
        return kinds == wanted && shape.candidates.allSatisfy { $0.contains { $0 != .none } }
    }

    private static func edges(_ text: String, count: Int) -> [[Operation]]? {
        guard text != "-" else { return [] }
        var edges: [[Operation]] = []
        for edge in text.split(separator: "/", omittingEmptySubsequences: false) {
            let operations = edge.split(separator: "+", omittingEmptySubsequences: false).map {
                Operation(name: String($0))
            }
            let known = operations.compactMap { $0 }
            guard !known.isEmpty, known.count == operations.count, Set(known).count == known.count else { return nil }
            edges.append(known)
        }
        if edges.count == 1 { edges = [[Operation]](repeating: edges[0], count: count) }
        return edges.count == count ? edges : nil
    }
}
