/// A space of one's own as one word, as settings keep it and the wire carries it:
/// `own:NAME:SKELETON:GRAPHS:NORMAL:REDUCE`. A kind's graph is its nodes, with `+last_node` where that alone is its output and a
/// skeleton leaves the choice; one graph stands for all kinds, two are joined by `/`. So are a kind's edges, and an edge's
/// candidates by `+`; one edge stands for all, and `-` for a kind that there is not.
extension SearchSpace {
    private static let mark = "own"

    /// Nodes of the largest cell, and candidates of the widest edge, of a space of one's own.
    package static let nodeLimit = 12

    /// The space as such a word, from which `init(word:)` makes an equal one. An auxiliary skip is not told:
    /// it has a setting of its own.
    package var word: String {
        let kinds = CellKind.allCases.map { kind -> String in
            let edges = shape.candidates[shape.rows(of: kind)].map { $0.map(\.name).joined(separator: "+") }
            guard let first = edges.first else { return "-" }
            return edges.allSatisfy { $0 == first } ? first : edges.joined(separator: "/")
        }
        return ([Self.mark, name, skeleton.rawValue, graphs] + kinds).joined(separator: ":")
    }

    private var graphs: String {
        let graphs = kinds.map { Self.word(topology($0), skeleton) }
        return Set(graphs).count == 1 ? graphs[0] : graphs.joined(separator: "/")
    }

    /// How its cells are stacked, and their nodes, in a word without a colon: what a network does whatever its edges keep.
    package var graph: String { "\(skeleton.rawValue)-\(graphs)" }

    /// The intermediate nodes of each kind in a text that `graph` wrote; nil for another text.
    package static func nodes(ofGraph text: String, kinds: Int) -> [Int]? {
        guard let dash = text.firstIndex(of: "-") else { return nil }
        let counts = text[text.index(after: dash)...].split(separator: "/").compactMap { part in
            Int(part.prefix { $0.isNumber })
        }
        return counts.count == 1 ? counts + Array(repeating: counts[0], count: kinds - 1) : counts
    }

    /// Whether `graph` may have written it, in 1 to 64 characters.
    package static func isGraph(_ text: String) -> Bool {
        !text.isEmpty && text.count <= 64
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_-+/".contains($0)) }
    }

    private static func word(_ topology: CellTopology, _ skeleton: Skeleton) -> String {
        let nodes = String(topology.intermediateNodes)
        return topology.output == skeleton.outputs.first ? nodes : "\(nodes)+\(topology.output.rawValue)"
    }

    /// - Returns: nil for what `word` does not write.
    package init?(word: String) {
        let parts = word.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 6, parts[0] == Self.mark, Self.isName(parts[1]),
            let skeleton = Skeleton(rawValue: parts[2]), let graphs = Self.graphs(parts[3], skeleton)
        else { return nil }
        var candidates: [[[Operation]]] = []
        for (kind, topology) in zip(parts[4...], graphs) {
            guard let edges = Self.edges(kind, count: topology.edgeCount) else { return nil }
            candidates.append(edges)
        }
        self.init(name: parts[1], topologies: graphs, candidates: candidates, skeleton: skeleton)
        guard isUsable else { return nil }
    }

    private static func graphs(_ text: String, _ skeleton: Skeleton) -> [CellTopology]? {
        var graphs: [CellTopology] = []
        for word in text.split(separator: "/", omittingEmptySubsequences: false) {
            let parts = word.split(separator: "+", omittingEmptySubsequences: false)
            guard parts.count <= 2, let nodes = Int(parts[0]), (1...nodeLimit).contains(nodes) else { return nil }
            let named = parts.count == 2 ? CellTopology.Output(rawValue: String(parts[1])) : skeleton.outputs.first
            guard let output = named, skeleton.outputs.contains(output) else { return nil }
            graphs.append(skeleton.topology(intermediateNodes: nodes, output: output))
        }
        if graphs.count == 1 { graphs = CellKind.allCases.map { _ in graphs[0] } }
        return graphs.count == CellKind.allCases.count ? graphs : nil
    }

    /// Whether a space may be called so: 1 to 64 ASCII letters, digits, `_`, `-` and `.`, none of which parts a word.
    package static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.count <= 64
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_-.".contains($0)) }
    }

    /// Whether every kind that the skeleton stacks has edges, and every node one at least that can do something.
    package var isUsable: Bool {
        kinds == skeleton.kinds
            && kinds.allSatisfy { kind in topology(kind).nodes.allSatisfy { !usableEdges(kind, into: $0).isEmpty } }
    }

    /// The edges into a node that are not left out.
    package func usableEdges(_ kind: CellKind, into node: Int) -> [Edge] {
        let topology = topology(kind)
        return topology.edges[topology.edges(into: node)].filter { !isLeftOut(kind, $0) }
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
