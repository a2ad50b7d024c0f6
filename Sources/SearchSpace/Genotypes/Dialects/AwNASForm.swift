/// aw_nas' form (its README; `aw_nas/common.py`): a cell's name has its kind and its group's number, an edge its target.
extension Genotype {
    /// Whether a name is one of a cell group of aw_nas or of its output: `normal_0`, `reduce_1_concat`.
    static func isAwNASKey(_ key: String) -> Bool {
        let parts = key.split(separator: "_", omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count), ["normal", "reduce"].contains(parts[0]),
            parts.count == 2 || parts[2] == "concat"
        else { return false }
        return !parts[1].isEmpty && parts[1].utf8.allSatisfy(LiteralReader.isDigit)
    }

    /// - Throws: `GenotypeError` with the place and what was expected there.
    init(awNAS record: LiteralRecord) throws(GenotypeError) {
        let named = record.keys.filter { Self.isAwNASKey($0) && !$0.hasSuffix("_concat") }
        let groups = named.isEmpty ? ["normal_0", "reduce_1"] : named
        let record = try record.named(groups + groups.map { "\($0)_concat" })
        func shape(_ kind: String) throws(GenotypeError) -> CellShape {
            let own = groups.filter { $0.hasPrefix(kind) }
            guard own.count == 1, groups.count == 2 else {
                throw GenotypeError(
                    reason:
                        "one normal and one reduction cell are read, these are \(groups.prefix(8).joined(separator: ", "))",
                    at: groups.last.flatMap { record[$0]?.offset })
            }
            let cell = try CellEdges(
                own[0], try record.required(own[0]), third: .target, others: OperationNames.awNAS
            ).groupedByTarget()
            // Without it every intermediate node is given on: it is the named tuple's default.
            let concat = record["\(own[0])_concat"]
            let nodes =
                if let concat { try CellEdges.concat("\(own[0])_concat", concat) } else {
                    Array(2..<2 + cell.groups.count)
                }
            return try CellShape(cell, concat: nodes, concatOffset: concat?.offset)
        }
        let normal = try shape("normal")
        try self.init(normal: normal, reduce: try shape("reduce"))
    }

    /// Two edges a node or all of them, as the genotype has them.
    func awNASText() throws(GenotypeError) -> String {
        try checkPair()
        let names: [CellKind: String] = [.normal: "normal_0", .reduce: "reduce_1"]
        let cells = kinds.map { kind in
            let edges = self[kind].map { "('\($0.operation.name)', \($0.from), \($0.to))" }
            return "\(names[kind] ?? "")=[\(edges.joined(separator: ", "))]"
        }
        let concats = kinds.map { kind in
            "\(names[kind] ?? "")_concat=[\(concat(kind).map(String.init).joined(separator: ", "))]"
        }
        return "CNNGenotype(\((cells + concats).joined(separator: ", ")))"
    }
}
