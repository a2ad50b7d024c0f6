package import Formats
package import SearchSpace

/// A genotype as JSON, for programs: the text, every edge with both its nodes, and where the cell came from. It is what a run leaves
/// as `genotype.json`, and is read back by its text.
package enum GenotypeJSON {
    /// - Parameter provenance: of a run its identity, seed, data and fingerprint; of a converted cell the file it stood in.
    package static func document(_ genotype: Genotype, provenance: [JSONValue.Member]) -> JSONValue {
        let choices = genotype.kinds.map { kind in
            JSONValue.Member(
                kind == .normal ? "normal" : "reduce",
                .array(
                    genotype[kind].map {
                        .object([
                            "operation": .string($0.operation.name), "from": .integer($0.from), "to": .integer($0.to),
                        ])
                    }))
        }
        return .object(
            [JSONValue.Member("genotype", .string(genotype.text))] + choices
                + [JSONValue.Member("provenance", .object(provenance))])
    }
}
