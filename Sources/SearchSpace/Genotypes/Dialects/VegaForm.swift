/// Vega's form (`examples/nas/darts_cnn/darts_cifar10.json`): JSON in which a cell's `genotype` is a list of
/// `["operation", target, source]`. The two cells stand beside each other anywhere in a description of a network.
extension Genotype {
    /// - Parameter cells: has `normal` and `reduce`, each a dictionary with `genotype` and `concat`.
    /// - Throws: `GenotypeError` with the place and what was expected there.
    init(vega cells: LiteralRecord) throws(GenotypeError) {
        func shape(_ kind: String) throws(GenotypeError) -> CellShape {
            let literal = try cells.required(kind)
            guard case .dictionary(let members) = literal.value else {
                throw GenotypeError(
                    reason: "\(kind): a dictionary with genotype and concat expected, \(literal.kind) found",
                    at: literal.offset)
            }
            let cell = LiteralRecord(members, at: literal.offset)
            let concat = try cell.required("concat")
            return try CellShape(
                try CellEdges(kind, try cell.required("genotype"), third: .source).groupedByTarget(),
                concat: try CellEdges.concat("\(kind)_concat", concat), concatOffset: concat.offset)
        }
        let normal = try shape("normal")
        try self.init(normal: normal, reduce: try shape("reduce"))
    }

    /// The two cells, as they stand under `cells` of a description: `steps` is the number of intermediate nodes.
    func vegaText() throws(GenotypeError) -> String {
        try checkPair()
        let types: [CellKind: String] = [.normal: "NormalCell", .reduce: "ReduceCell"]
        let cells = kinds.map { kind in
            let edges = self[kind].map { "[\"\($0.operation.name)\", \($0.to), \($0.from)]" }
            return """
                "\(kind)": {
                    "type": "\(types[kind] ?? "")",
                    "steps": \(intermediateNodes(of: kind)),
                    "genotype": [\(edges.joined(separator: ", "))],
                    "concat": [\(concat(kind).map(String.init).joined(separator: ", "))]
                  }
                """
        }
        return "{\n  \(cells.joined(separator: ",\n  "))\n}"
    }
}
