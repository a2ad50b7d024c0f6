/// Which form a cell's list of edges has, and with it which node each edge leads to.
struct CellShape {
    let cell: CellEdges
    let concat: [Int]
    /// Intermediate nodes.
    let nodes: Int
    /// Every earlier node feeds every node; else two edges feed each.
    let hasAllEdges: Bool

    /// - Parameter concatOffset: the byte where the output's nodes stand.
    /// - Throws: `GenotypeError` where the edges are those of no cell, or its output names nodes that it has not.
    init(_ cell: CellEdges, concat: [Int], concatOffset: Int?) throws(GenotypeError) {
        self.cell = cell
        self.concat = concat
        let isFull = try Self.isFullByGroups(cell)
        (nodes, hasAllEdges) = try Self.form(cell, highest: concat.max() ?? 0)
        // The flat text that runs keep must say what the lists say.
        guard !cell.isGrouped || cell.groups.count == nodes && (isFull == hasAllEdges || nodes == 1) else {
            throw GenotypeError(
                reason:
                    "\(cell.name): two edges for each of \(cell.groups.count) nodes with the output \(concat) cannot be "
                    + "told from all edges of \(nodes) nodes in the text that runs keep", at: cell.offset)
        }
        let end = 2 + nodes
        guard concat.allSatisfy({ (2..<end).contains($0) }) else {
            throw GenotypeError(
                reason: "\(cell.name)_concat \(concat.prefix(16)) names nodes outside 2..<\(end)", at: concatOffset)
        }
        guard Set(concat).count == concat.count else {
            throw GenotypeError(reason: "\(cell.name)_concat \(concat.prefix(16)) names a node twice", at: concatOffset)
        }
    }

    /// All edges of 1, 2, 3, 4, ... nodes are 2, 5, 9, 14, ...; two a node are 2, 4, 6, 8, ... A count that is both is read
    /// as all edges, unless a node is concatenated that such a cell does not have, or its only node reads one input twice.
    private static func form(_ cell: CellEdges, highest: Int) throws(GenotypeError) -> (nodes: Int, all: Bool) {
        let edges = cell.edges
        var full = 1
        while full * (full + 3) / 2 < edges.count { full += 1 }
        let isFull = full * (full + 3) / 2 == edges.count
        guard !edges.isEmpty, isFull || edges.count % 2 == 0 else {
            throw GenotypeError(
                reason:
                    "\(cell.name) has \(edges.count) edges; two for each of four nodes are 8, all edges of four nodes "
                    + "are 14", at: cell.offset)
        }
        let isOneNode = edges.count == 2 && edges[0].from != edges[1].from
        let all =
            edges.count == 2 ? isOneNode : isFull && (edges.count % 2 == 1 || highest < 2 + full)
        return (all ? full : edges.count / 2, all)
    }

    /// Whether lists for each node have an edge from each earlier one.
    ///
    /// - Throws: `GenotypeError` where they have neither these nor two each.
    private static func isFullByGroups(_ cell: CellEdges) throws(GenotypeError) -> Bool {
        let counts = cell.groups.map(\.count)
        let isFull = counts.enumerated().allSatisfy { $1 == $0 + 2 }
        if cell.isGrouped, !isFull, let wrong = counts.firstIndex(where: { $0 != 2 }) {
            throw GenotypeError(
                reason:
                    "\(cell.name) node \(wrong + 2) has \(counts[wrong]) edges; every node has two, or one from each "
                    + "earlier node", at: cell.groups[wrong].first?.offset ?? cell.offset)
        }
        return isFull
    }

    /// The edges with their target nodes; with all edges in the order of their sources.
    ///
    /// - Throws: `GenotypeError` for an edge from a later node, and where an edge is there twice.
    func choices() throws(GenotypeError) -> [Genotype.Choice] {
        let edges = cell.edges
        var choices: [Genotype.Choice] = []
        for node in 2..<2 + nodes {
            let own = edges[choices.count..<choices.count + (hasAllEdges ? node : 2)]
            if let late = own.first(where: { $0.from >= node }) {
                throw GenotypeError(
                    reason: "\(cell.name) node \(node) has an edge from node \(late.from), which is not an earlier one",
                    at: late.offset)
            }
            let ordered = hasAllEdges ? own.sorted { $0.from < $1.from } : Array(own)
            if hasAllEdges, ordered.map(\.from) != Array(0..<node) {
                throw GenotypeError(
                    reason:
                        "\(cell.name) node \(node) has edges from \(own.map(\.from)), with all edges it has one from "
                        + "each of \(Array(0..<node))", at: own.first?.offset)
            }
            choices += ordered.map { Genotype.Choice(operation: $0.operation, from: $0.from, to: node) }
        }
        return choices
    }
}

extension CellEdges {
    /// The same, with a list for each node, where every edge says which node it leads to. Edges into one node keep their order.
    ///
    /// - Throws: `GenotypeError` for a node without an edge in front of one that has some.
    func groupedByTarget() throws(GenotypeError) -> CellEdges {
        var groups: [[Item]] = []
        for edge in edges {
            let node = (edge.to ?? 0) - 2
            guard node >= 0 else {
                throw GenotypeError(
                    reason: "\(name): an edge leads to node \(node + 2), which is an input of the cell", at: edge.offset
                )
            }
            while groups.count <= node { groups.append([]) }
            groups[node].append(edge)
        }
        if let empty = groups.firstIndex(where: \.isEmpty) {
            throw GenotypeError(reason: "\(name): no edge leads to node \(empty + 2)", at: offset)
        }
        return CellEdges(name: name, groups: groups, isGrouped: true, offset: offset)
    }

    private init(name: String, groups: [[Item]], isGrouped: Bool, offset: Int) {
        (self.name, self.groups, self.isGrouped, self.offset) = (name, groups, isGrouped, offset)
    }
}

extension Genotype {
    /// A pair of cells with two inputs.
    ///
    /// - Throws: `GenotypeError` where one has all edges and the other two a node: the text would not say which.
    init(normal: CellShape, reduce: CellShape) throws(GenotypeError) {
        let counts = (normal: normal.cell.edges.count, reduce: reduce.cell.edges.count)
        guard normal.hasAllEdges == reduce.hasAllEdges || min(counts.normal, counts.reduce) == 2 else {
            throw GenotypeError(
                reason:
                    "\(normal.cell.name) has \(counts.normal) edges, \(reduce.cell.name) has \(counts.reduce): all edges "
                    + "of one, two a node of the other", at: reduce.cell.offset)
        }
        self.init(
            normal: try normal.choices(), reduce: try reduce.choices(), normalConcat: normal.concat,
            reduceConcat: reduce.concat)
    }
}
