extension Alpha {
    /// The network that the rule of DARTS (2.4) keeps, as a mixture: into each node the two edges whose best operation is most
    /// probable, each with that operation; `none` on all others. `none` is left out of both choices but takes part in the
    /// softmax, so a likely `none` weakens its edge. Of equals the lower index wins.
    package func strongestEdges(_ topology: CellTopology) -> Mixture {
        Mixture(normal: normal.strongestEdges(topology), reduce: reduce.strongestEdges(topology))
    }
}

extension AlphaTable {
    /// One-hot rows, edge by operation.
    fileprivate func strongestEdges(_ topology: CellTopology) -> [Float] {
        let probabilities = probabilities()
        var best: [(operation: Int, strength: Double)] = []
        for edge in 0..<edgeCount {
            var choice = (operation: 1, strength: probabilities[edge * Operation.count + 1])
            for operation in 2..<Operation.count {
                let strength = probabilities[edge * Operation.count + operation]
                if strength > choice.strength { choice = (operation, strength) }
            }
            best.append(choice)
        }
        var kept = [Int](repeating: Operation.none.index, count: edgeCount)
        for node in topology.outputNodes {
            let ranked = topology.edges(into: node).sorted { (best[$1].strength, $0) < (best[$0].strength, $1) }
            for edge in ranked.prefix(2) { kept[edge] = best[edge].operation }
        }
        return kept.flatMap { operation in (0..<Operation.count).map { $0 == operation ? 1 : 0 } }
    }
}
