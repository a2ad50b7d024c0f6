/// NASLib's compact form of cells of NAS-Bench-301 (`naslib/search_spaces/nasbench301/conversions.py`): two tuples, of the normal and
/// the reduction cell, of eight `(from, operation's number)` each; edges 2i and 2i+1 lead to node i, all nodes are given on.
extension Genotype {
    /// Numbers count these from 0. BANANAS, whose form it was, counted `none` as 0 and these from 1: a text in that numbering can
    /// be told only where it has a 7.
    private static let operations: [Operation] = [
        .maxPool3x3, .avgPool3x3, .skipConnect, .sepConv3x3, .sepConv5x5, .dilConv3x3, .dilConv5x5,
    ]

    private static let edgeCount = 8

    /// Whether it is meant to be two lists of pairs of numbers.
    static func isNASBench301(_ items: [Literal]) -> Bool {
        guard items.count == 2, let edge = items[0].items?.first?.items, edge.count == 2 else { return false }
        return edge.allSatisfy { (try? $0.whole("")) != nil }
    }

    /// - Throws: `GenotypeError` with the place and what was expected there.
    init(nasBench301 cells: [Literal]) throws(GenotypeError) {
        let normal = try Self.shape("normal", cells[0])
        try self.init(normal: normal, reduce: try Self.shape("reduce", cells[1]))
    }

    private static func shape(_ kind: String, _ literal: Literal) throws(GenotypeError) -> CellShape {
        let edges = try literal.items("\(kind): a tuple of \(edgeCount) pairs")
        guard edges.count == edgeCount else {
            throw GenotypeError(
                reason: "\(kind) has \(edges.count) pairs of numbers; a cell of NAS-Bench-301 has \(edgeCount)",
                at: literal.offset)
        }
        var pairs: [Literal] = []
        for edge in edges {
            let parts = try edge.items("\(kind): a pair (from, operation's number)")
            guard parts.count == 2 else {
                throw GenotypeError(reason: "\(kind): a pair (from, operation's number) expected", at: edge.offset)
            }
            let number = try parts[1].whole("an operation's number")
            guard operations.indices.contains(number) else {
                let hint =
                    number == operations.count
                    ? ": BANANAS counts from none, 0, and max_pool_3x3, 1; take 1 from each number" : ""
                throw GenotypeError(
                    reason:
                        "\(kind): operation \(number); NAS-Bench-301's are 0 (max_pool_3x3) to 6 (dil_conv_5x5)\(hint)",
                    at: parts[1].offset)
            }
            let name = Literal(value: .text(operations[number].name), offset: parts[1].offset)
            pairs.append(Literal(value: .sequence([name, parts[0]]), offset: edge.offset))
        }
        return try CellShape(
            try CellEdges(kind, Literal(value: .sequence(pairs), offset: literal.offset)), concat: [2, 3, 4, 5],
            concatOffset: literal.offset)
    }

    /// - Throws: `GenotypeError` for other than four nodes with two edges, all given on, of the benchmark's seven operations.
    func nasBench301Text() throws(GenotypeError) -> String {
        let genotype = try withTwoEdgesPerNode()
        var cells: [String] = []
        for kind in genotype.kinds {
            guard genotype[kind].count == Self.edgeCount, genotype.concat(kind) == [2, 3, 4, 5] else {
                throw GenotypeError(
                    reason: "its \(kind) cell has \(genotype.intermediateNodes(of: kind)) nodes and gives on "
                        + "\(genotype.concat(kind)), and four nodes that are all given on are written")
            }
            var pairs: [String] = []
            for edge in genotype[kind] {
                guard let number = Self.operations.firstIndex(of: edge.operation) else {
                    throw GenotypeError(reason: "NAS-Bench-301 has no \(edge.operation.name)")
                }
                pairs.append("(\(edge.from), \(number))")
            }
            cells.append("(\(pairs.joined(separator: ", ")))")
        }
        return "(\(cells.joined(separator: ", ")))"
    }
}
