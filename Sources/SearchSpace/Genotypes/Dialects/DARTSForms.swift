/// The field's flat forms: `Genotype(normal=[(op, from), ...], normal_concat=..., reduce=..., reduce_concat=...)` with two edges a
/// node (DARTS' `cnn/genotypes.py`) or with all of them (`genotype_edge_all` of SNAS), and with a list for each node (pt.darts,
/// AutoDL). The arguments may be named in any order or stand in this one; a dictionary with these keys is the same.
extension Genotype {
    private static let keys = ["normal", "normal_concat", "reduce", "reduce_concat"]
    /// AutoDL's `Genotype` has two more, which its cells of this kind leave at None.
    private static let emptyKeys = ["connectN", "connects"]

    /// - Throws: `GenotypeError` with the place and what was expected there.
    init(record: LiteralRecord) throws(GenotypeError) {
        let record = try record.named(Self.keys + Self.emptyKeys)
        for key in Self.emptyKeys {
            guard let value = record[key] else { continue }
            guard case .nothing = value.value else {
                throw GenotypeError(reason: "\(key) is not None: which edges it means is not known", at: value.offset)
            }
        }
        func shape(_ kind: String) throws(GenotypeError) -> CellShape {
            let concat = try record.required("\(kind)_concat")
            return try CellShape(
                try CellEdges(kind, try record.required(kind), others: OperationNames.katib),
                concat: try CellEdges.concat("\(kind)_concat", concat), concatOffset: concat.offset)
        }
        let normal = try shape("normal")
        try self.init(normal: normal, reduce: try shape("reduce"))
    }

    /// The same network with two edges a node: of a cell with all edges the ones that are not `none`.
    ///
    /// - Throws: `GenotypeError` where a node has another number of them.
    func withTwoEdgesPerNode() throws(GenotypeError) -> Genotype {
        try checkPair()
        guard listsAllEdges else { return self }
        var cells: [CellKind: [Choice]] = [:]
        for kind in kinds {
            for (index, edges) in edges(of: kind).enumerated() {
                let live = edges.filter { $0.operation != .none }
                guard live.count == 2 else {
                    throw GenotypeError(
                        reason:
                            "\(kind) node \(index + 2) has \(live.count) edges that are not none, and two a node are "
                            + "written")
                }
                cells[kind, default: []] += live
            }
        }
        return try Genotype(
            normal: cells[.normal] ?? [], reduce: cells[.reduce] ?? [], normalConcat: normalConcat,
            reduceConcat: reduceConcat
        ).toldByItsText()
    }

    /// The same network with an edge from every earlier node: those that are not there carry `none`.
    ///
    /// - Throws: `GenotypeError` where a node reads another one twice.
    func withAllEdges() throws(GenotypeError) -> Genotype {
        try checkPair()
        var cells: [CellKind: [Choice]] = [:]
        for kind in kinds {
            for (index, edges) in edges(of: kind).enumerated() {
                let node = index + 2
                guard Set(edges.map(\.from)).count == edges.count else {
                    throw GenotypeError(
                        reason:
                            "\(kind) node \(node) has two edges from node \(edges[0].from), and one from each earlier "
                            + "node is written")
                }
                cells[kind, default: []] += (0..<node).map { source in
                    edges.first { $0.from == source } ?? Choice(operation: .none, from: source, to: node)
                }
            }
        }
        return Genotype(
            normal: cells[.normal] ?? [], reduce: cells[.reduce] ?? [], normalConcat: normalConcat,
            reduceConcat: reduceConcat)
    }

    /// - Throws: `GenotypeError` for a cell whose flat text is read as another one.
    private func toldByItsText() throws(GenotypeError) -> Genotype {
        guard let read = try? Genotype(parsing: text), read == self else {
            throw GenotypeError(reason: "two edges a node could not be told from all edges of fewer nodes")
        }
        return self
    }

    // MARK: A list for each node

    /// pt.darts' form (`Genotype(normal=[[('sep_conv_3x3', 0), ...], ...], ...)`).
    func nestedText() throws(GenotypeError) -> String { try nestedText { $0.name } }

    /// Katib's (`Best-Genotype=...` in its trial's output): its names, no blanks.
    func katibText() throws(GenotypeError) -> String {
        try nestedText { operation throws(GenotypeError) in
            guard let name = OperationNames.katibName(operation) else {
                throw GenotypeError(reason: "Katib has no name for \(operation.name)")
            }
            return name
        }.filter { $0 != " " }
    }

    private func nestedText(
        name: (Operation) throws(GenotypeError) -> String
    ) throws(GenotypeError) -> String {
        let genotype = try withTwoEdgesPerNode()
        var parts: [String] = []
        for kind in genotype.kinds {
            var nodes: [String] = []
            for edges in genotype.edges(of: kind) {
                var pairs: [String] = []
                for edge in edges { pairs.append("('\(try name(edge.operation))', \(edge.from))") }
                nodes.append("[\(pairs.joined(separator: ", "))]")
            }
            parts.append("\(kind)=[\(nodes.joined(separator: ", "))]")
            parts.append("\(kind)_concat=\(Self.nodesText(genotype.concat(kind)))")
        }
        return "Genotype(\(parts.joined(separator: ", ")))"
    }
}
