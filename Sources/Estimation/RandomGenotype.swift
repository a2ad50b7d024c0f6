import Randomness
package import SearchSpace

/// Cells drawn uniformly from the whole space: every operation, `none` included, is as likely as any other on every edge of
/// both cells. The baseline that any search has to beat.
package enum RandomGenotype {
    /// - Parameter attempt: draws of one seed are numbered, each a key of its own.
    package static func draw(topology: CellTopology, seed: UInt64, attempt: UInt64) -> Genotype {
        let stream = RandomStream(seed: seed, purpose: .randomGenotype, major: attempt)
        func cell(_ offset: Int) -> [Genotype.Choice] {
            topology.edges.map { edge in
                let column = stream.below(UInt32(Operation.count), UInt64(offset + edge.index))
                guard let operation = Operation(rawValue: UInt8(column)) else {
                    preconditionFailure("a column of alpha")
                }
                return Genotype.Choice(operation: operation, from: edge.from, to: edge.to)
            }
        }
        let outputs = Array(topology.outputNodes)
        return Genotype(
            normal: cell(0), reduce: cell(topology.edgeCount), normalConcat: outputs, reduceConcat: outputs)
    }

    /// The first draw that is acceptable, so uniform among all that are.
    ///
    /// - Returns: nil where none of so many attempts is.
    package static func firstDraw(
        topology: CellTopology, seed: UInt64, attempts: Int, isAcceptable: (Genotype) -> Bool
    ) -> (genotype: Genotype, attempt: Int)? {
        for attempt in 0..<attempts {
            let genotype = draw(topology: topology, seed: seed, attempt: UInt64(attempt))
            if isAcceptable(genotype) { return (genotype, attempt) }
        }
        return nil
    }
}
