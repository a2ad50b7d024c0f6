/// How a cell is taken from alpha.
package enum DerivationRule: String, CaseIterable, Sendable, Hashable {
    /// The most probable operation of every edge, `none` included and dead nodes legal (SNAS 2.2): all edges are kept.
    case snas
    /// The two strongest edges of every node, each with its most probable operation, `none` left out of both (DARTS 2.4). Of
    /// equals the lower index wins.
    case darts
}

extension Genotype {
    /// The cell that a rule keeps. Edges stand in index order (the official SNAS code sorts them by strength, which says
    /// nothing about the network); of equal operations the first is kept, of equal edges the ones of lower index.
    package static func derived(
        from alpha: Alpha, topology: CellTopology, rule: DerivationRule = .snas
    ) -> Genotype {
        precondition(alpha.normal.edgeCount == topology.edgeCount)
        let choices = { (table: AlphaTable) -> [Choice] in
            switch rule {
            case .snas:
                zip(topology.edges, table.mostProbable()).map { Choice(operation: $1, from: $0.from, to: $0.to) }
            case .darts: topology.outputNodes.flatMap { strongestTwo(table, topology.edges[topology.edges(into: $0)]) }
            }
        }
        let concat = Array(topology.outputNodes)
        return Genotype(
            normal: choices(alpha.normal), reduce: choices(alpha.reduce), normalConcat: concat, reduceConcat: concat)
    }

    /// An edge's strength is the softmax probability of its best operation that is not `none`. The softmax over all
    /// candidates changes no order inside an edge, but it does between edges: a likely `none` weakens its edge.
    private static func strongestTwo(_ table: AlphaTable, _ edges: ArraySlice<Edge>) -> [Choice] {
        let probabilities = table.probabilities()
        let best = edges.map { edge -> (edge: Edge, operation: Operation, strength: Double) in
            var (operation, strength) = (Operation.maxPool3x3, -1.0)
            for candidate in Operation.candidates where candidate != .none {
                let probability = probabilities[edge.index * Operation.count + candidate.index]
                if probability > strength { (operation, strength) = (candidate, probability) }
            }
            return (edge, operation, strength)
        }
        let ranked = best.sorted { ($1.strength, $0.edge.index) < ($0.strength, $1.edge.index) }
        return ranked.prefix(2).sorted { $0.edge.index < $1.edge.index }
            .map { Choice(operation: $0.operation, from: $0.edge.from, to: $0.edge.to) }
    }
}

extension Mixture {
    /// One for the operation that the genotype keeps on each edge of the super-network, zero for the others; `none` on edges
    /// that it does not name.
    ///
    /// - Parameter genotype: of candidates only, no edge twice: what either rule derives.
    package static func oneHot(_ genotype: Genotype) -> Mixture {
        let topology = CellTopology(intermediateNodes: genotype.intermediateNodes)
        func table(_ kind: CellKind) -> [Float] {
            let kept = Dictionary(
                genotype[kind].map { ([$0.from, $0.to], $0.operation) },
                uniquingKeysWith: { _, _ in preconditionFailure("an edge of a super-network keeps one operation") })
            return topology.edges.flatMap { edge in
                let operation = kept[[edge.from, edge.to]] ?? .none
                precondition(operation.isCandidate, "a super-network has no \(operation.name)")
                return Operation.candidates.map { $0 == operation ? Float(1) : 0 }
            }
        }
        return Mixture(normal: table(.normal), reduce: table(.reduce))
    }
}
